"""The sky with sun or moon, and the light that falls from it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..world import TIMES
from .canvas import Canvas

HORIZON = 0.64
NIGHT = TIMES.index("night")
TAU = 6.28


@dataclass(frozen=True)
class Light:
    #: Colour that everything is multiplied with, [n, 3].
    ambient: Tensor
    #: What far hills fade into, [n, 3].
    haze: Tensor
    #: Of the sun or moon, [n, 3].
    sun: Tensor
    #: Where that stands, from the left, [n, 1, 1].
    sun_x: Tensor


def paint_sky(canvas: Canvas) -> Light:
    _gradient(canvas)
    sun = canvas.by_time([[1, 0.93, 0.70], [1, 0.95, 0.62], [1, 0.80, 0.36], [0.97, 0.95, 0.82]])
    return Light(
        ambient=canvas.by_time([[1, 0.93, 0.93], [1, 1, 1], [1, 0.85, 0.78], [0.56, 0.60, 0.82]]),
        haze=canvas.by_time([[1, 0.85, 0.75], [0.80, 0.92, 0.98], [0.95, 0.60, 0.45], [0.18, 0.23, 0.44]]),
        sun=sun,
        sun_x=_sun_or_moon(canvas, sun),
    )


def _gradient(canvas: Canvas) -> None:
    """From the top over a middle colour to the horizon; in papercuts in five wavy bands."""
    hue = (canvas.lots(0) - 0.5) * 0.06
    top, middle, bottom = (
        (canvas.by_time(colours) + hue).clamp(0, 1)[:, :, None, None]
        for colours in (
            [[0.52, 0.60, 0.86], [0.24, 0.58, 0.91], [0.33, 0.21, 0.49], [0.045, 0.06, 0.19]],
            [[0.94, 0.74, 0.78], [0.52, 0.77, 0.96], [0.90, 0.42, 0.40], [0.10, 0.13, 0.32]],
            [[1, 0.88, 0.72], [0.83, 0.94, 0.98], [1, 0.76, 0.40], [0.20, 0.25, 0.46]],
        )
    )
    down = (canvas.y / HORIZON).clamp(0, 1)
    if canvas.papercut:
        waves = 0.035 * torch.sin(canvas.x * 7 + canvas.lot(3) * TAU) + 0.02 * torch.sin(
            canvas.x * 13 + canvas.lot(4) * TAU
        )
        down = (torch.floor((down + waves) * 5) / 4).clamp(0, 1)
    down = down.expand(len(canvas.pictures), -1, -1)[:, None]
    upper, lower = (down * 2).clamp(0, 1), (down * 2 - 1).clamp(0, 1)
    canvas.pictures = top + (middle - top) * upper + (bottom - middle) * lower


def _sun_or_moon(canvas: Canvas, colour: Tensor) -> Tensor:
    """Paints it on either side, at night as a crescent; gives its x."""

    def each(values: list[float]) -> Tensor:
        return canvas.by_time(values)[:, None, None]

    on_left = canvas.lot(20) < 0.5
    x = torch.where(on_left, 0.16 + 0.16 * canvas.lot(21), 0.84 - 0.16 * canvas.lot(21))
    y = each([0.43, 0.16, 0.46, 0.17]) + 0.07 * (canvas.lot(22) - 0.5)
    radius = each([0.062, 0.060, 0.082, 0.058]) * (0.9 + 0.25 * canvas.lot(23))
    away = torch.hypot(canvas.x - x, canvas.y - y)
    if not canvas.papercut:
        glow = torch.exp(-((away / (radius * 2.6)) ** 2)) * each([0.55, 0.45, 0.6, 0.28])
        canvas.paint(glow, colour)
    disc = canvas.inside(away - radius)
    bite = canvas.inside(torch.hypot(canvas.x - x - radius * 0.48, canvas.y - y + radius * 0.22) - radius * 0.86)
    night = (canvas.time == NIGHT)[:, None, None]
    canvas.paint(torch.where(night, disc * (1 - bite), disc), colour)
    return x
