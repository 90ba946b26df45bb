"""What objects stand in: hills, mountains, the sea or a desert."""

from __future__ import annotations

import torch
from torch import Tensor

from .canvas import Canvas, soft
from .sky import TAU, Light


def paint_hills(canvas: Canvas, light: Light) -> None:
    x, y, lot = canvas.x, canvas.y, canvas.lot
    green = torch.tensor([[0.36, 0.66, 0.34]]) + (canvas.lots(33) - 0.5) * 0.08
    far = (
        0.56
        + 0.05 * torch.sin(x * (4 + 3 * lot(36)) + lot(37) * TAU)
        + 0.02 * torch.sin(x * (9 + 4 * lot(38)) + lot(39) * TAU)
    )
    middle = 0.64 + 0.05 * torch.sin(x * (3 + 3 * lot(39)) + lot(40) * TAU) + 0.015 * torch.sin(x * 8 + lot(41) * TAU)
    near = 0.745 + 0.035 * torch.sin(x * (3 + 2 * lot(42)) + lot(43) * TAU)
    canvas.land(far, green * 1.22 * light.ambient * 0.62 + light.haze * 0.38)
    canvas.land(middle, green * 1.22 * light.ambient, grain=0.012)
    canvas.land(near, green * light.ambient, grain=0.012)
    if canvas.papercut:
        canvas.land(near + 0.12, green * 0.84 * light.ambient)
        return
    for i in range(2):
        line = near + 0.06 + 0.075 * i + 0.02 * torch.sin(x * 5 + lot(44 + i) * TAU)
        canvas.paint(
            canvas.inside((y - line).abs() - 0.008 - 0.006 * i) * 0.35, green * 0.90 * light.ambient, shadow=False
        )


def paint_mountains(canvas: Canvas, light: Light) -> None:
    _range(canvas, light, first_lot=36, height=0.30, shift=0.17, far=True)
    _range(canvas, light, first_lot=41, height=0.36, shift=0.0, far=False)
    x, y, lot = canvas.x, canvas.y, canvas.lot
    behind = 0.69 + 0.03 * torch.sin(x * 6.97 + lot(47) * TAU)
    near = 0.765 + 0.03 * torch.sin(x * (3 + 2 * lot(48)) + lot(49) * TAU)
    shade = torch.tensor([[0.80, 0.86, 0.94]]) * light.ambient
    canvas.land(behind, torch.tensor([[0.70, 0.79, 0.88]]) * light.ambient)
    canvas.land(near, torch.tensor([[0.91, 0.94, 0.985]]) * light.ambient, grain=0.01)
    if canvas.papercut:
        canvas.land(near + 0.12, shade)
        return
    for i in range(2):
        line = near + 0.07 + 0.07 * i + 0.02 * torch.sin(x * 4 + lot(50 + i) * TAU)
        canvas.paint(canvas.inside((y - line).abs() - 0.007) * 0.5, shade, shadow=False)


def _range(canvas: Canvas, light: Light, first_lot: int, height: float, shift: float, far: bool) -> None:
    """Three peaks with snow on their upper halves, in shade on the right."""
    x, y, lot, foot = canvas.x, canvas.y, canvas.lot, 0.70
    rock = (torch.tensor([[0.47, 0.52, 0.62]]) + (canvas.lots(33) - 0.5) * 0.07) * light.ambient
    snow = torch.tensor([[0.95, 0.97, 1.0]]) * light.ambient
    if far:
        rock, snow = rock * 1.12 * 0.6 + light.haze * 0.4, snow * 0.68 + light.haze * 0.32
    for i in range(3):
        centre = (i + 0.5) / 3 + 0.22 * (lot(first_lot + i) - 0.5) + shift
        tall = height * (0.72 + 0.45 * torch.frac(lot(first_lot + i) * 5.7))
        wide = tall * (1 + 0.25 * lot(first_lot + 3))
        jags = 0.012 * torch.sin(x * 55 + lot(first_lot) * 20 + i) + 0.008 * torch.sin(x * 97 + i * 2)
        slope = foot - tall - y + tall * ((x - centre).abs() + jags * 0.6) / wide
        shaded = soft(centre + 0.035 * torch.sin(y * 40 + i) - x, 0.004)[:, None]
        zigzag = 0.035 * torch.sin(x * 42 + i * 2 + lot(first_lot + 2) * 6) + 0.022 * torch.sin(x * 83 + i)
        snowed = canvas.inside(y - (foot - tall * 0.52) + zigzag)[:, None]
        stone = rock[:, :, None, None] * (1 - 0.17 * shaded)
        white = snow[:, :, None, None] * (1 - 0.13 * shaded)
        canvas.paint(canvas.inside(slope * 0.72), stone + snowed * (white - stone))


def paint_sea(canvas: Canvas, light: Light) -> None:
    x, y, lot = canvas.x, canvas.y, canvas.lot
    horizon = 0.575 + 0.03 * lot(36)
    hue = (canvas.lots(33) - 0.5) * 0.06
    far = canvas.by_time([[0.62, 0.66, 0.80], [0.36, 0.70, 0.86], [0.80, 0.47, 0.47], [0.12, 0.18, 0.38]]) + hue
    near = canvas.by_time([[0.32, 0.46, 0.66], [0.08, 0.40, 0.70], [0.33, 0.22, 0.45], [0.04, 0.09, 0.24]]) + hue
    depth = ((y - horizon) / (1 - horizon)).clamp(0, 1)
    if canvas.papercut:
        depth = torch.floor((depth + 0.03 * torch.sin(x * 16 + lot(37) * TAU)) * 4).clamp(0, 3) / 3
    depth = depth.sqrt()[:, None]
    canvas.paint(canvas.inside(horizon - y), far[:, :, None, None] + (near - far)[:, :, None, None] * depth)
    if not canvas.papercut:
        _glitter(canvas, light, horizon)
    foam = far + (1 - far) * 0.35
    for i in range(6):
        line = horizon + 0.035 + 0.058 * i + 0.006 * torch.sin(x * (18 - i) + lot(39 + i) * TAU)
        dashes = torch.sin(x * (14 - 1.2 * i) + lot(40 + i) * TAU + i * 2)
        wave = canvas.inside((y - line).abs() - 0.0015 - 0.0012 * i) * soft(-(dashes - 0.25) * 0.05, 0.02)
        canvas.paint(wave * 0.55, foam, shadow=False)


def _glitter(canvas: Canvas, light: Light, horizon: Tensor) -> None:
    """The path of light below sun or moon."""
    wobble = 0.018 * torch.sin(canvas.y * 120 + canvas.lot(38) * 6)
    path = soft((canvas.x - light.sun_x + wobble).abs() - (0.02 + 0.10 * (canvas.y - horizon)), 0.03)
    strength = canvas.by_time([0.5, 0.35, 0.6, 0.4])[:, None, None]
    canvas.paint(path * (canvas.y > horizon) * strength, light.sun)


def paint_desert(canvas: Canvas, light: Light) -> None:
    x, y, lot = canvas.x, canvas.y, canvas.lot
    sand = torch.tensor([[0.93, 0.74, 0.45]]) + (canvas.lots(33) - 0.5) * 0.08
    far = 0.60 - 0.08 * _dunes(x * (1.2 + lot(36)) + lot(37))
    middle = 0.68 - 0.075 * _dunes(x * (1 + 0.8 * lot(38)) + lot(39))
    near = 0.80 - 0.065 * _dunes(x * (0.7 + 0.6 * lot(40)) + lot(41))
    canvas.land(far, sand * 1.04 * light.ambient * 0.7 + light.haze * 0.3)
    canvas.land(middle, sand * light.ambient, grain=0.01)
    _lee(canvas, middle, torch.cos(TAU * (x * (1 + 0.8 * lot(38)) + lot(39)) + 0.9), 0.25, sand * 0.86 * light.ambient)
    canvas.land(near, sand * 1.05 * light.ambient, grain=0.01)
    _lee(canvas, near, torch.cos(TAU * (x * (0.7 + 0.6 * lot(40)) + lot(41)) + 0.9), 0.22, sand * 0.90 * light.ambient)
    if not canvas.papercut:
        ripples = torch.sin((y - near * 0.6) * 210 + 3 * torch.sin(x * 9 + lot(42) * 6)) * 0.5 + 0.5
        canvas.paint(ripples * canvas.inside((near + 0.05 - y) * 0.8) * 0.10, sand * 0.80 * light.ambient, shadow=False)


def _dunes(x: Tensor) -> Tensor:
    """Waves with a flat and a steep side, from 0 to 1."""
    return 0.5 + 0.5 * torch.sin(TAU * x + 0.8 * torch.sin(TAU * x))


def _lee(canvas: Canvas, height: Tensor, side: Tensor, fall: float, colour: Tensor) -> None:
    """The shaded side of dunes."""
    shaded = soft(side * 0.05 + (canvas.y - height) * fall, 0.012) * canvas.inside((height - canvas.y) * 0.8)
    canvas.paint(shaded, colour, shadow=False)


TERRAIN_PAINTERS = (paint_hills, paint_mountains, paint_sea, paint_desert)
