"""The six objects, each painted from back to front."""

from __future__ import annotations

import torch

from ..world import COLOURS
from .brush import Brush
from .shapes import both, box, circle, either, ellipse, polygon

RED, PINK = COLOURS.index("red"), COLOURS.index("pink")


def paint_house(brush: Brush) -> None:
    brush.ground()
    u, v, tone = brush.u, brush.v, brush.tone
    frame = tone(0.97, 0.96, 0.93)
    brush.paint(box(u, v, 0.25, -0.80, 0.055, 0.16), tone(0.50, 0.30, 0.26))  # chimney
    brush.paint(box(u, v, 0, -0.28, 0.40, 0.28), brush.own)
    brush.detail(box(u, v, 0.30, -0.28, 0.10, 0.28), brush.darker, strength=0.55)
    tiles = torch.where(
        brush.canvas.lot(60)[:, 0] < 0.5, torch.tensor([[0.45, 0.24, 0.20]]), torch.tensor([[0.30, 0.32, 0.40]])
    )
    roof = (tiles + brush.black * 0.22) * brush.light
    brush.paint(polygon(u, v, (-0.50, -0.54), (-0.27, -0.90), (0.27, -0.90), (0.50, -0.54)), roof)
    brush.detail(box(u, v, 0, -0.555, 0.50, 0.018), roof * 0.78)
    brush.paint(box(u, v, 0.02, -0.17, 0.085, 0.17), tone(0.40, 0.25, 0.18))
    brush.detail(circle(u, v, 0.075, -0.17, 0.014), tone(0.95, 0.85, 0.5))
    for x in (-0.24, 0.26):
        brush.paint(box(u, v, x, -0.33, 0.095, 0.095), frame)
        brush.detail(box(u, v, x, -0.33, 0.075, 0.075), brush.window)
        brush.detail(either(box(u, v, x, -0.33, 0.008, 0.08), box(u, v, x, -0.33, 0.08, 0.008)), frame)


def paint_lighthouse(brush: Brush) -> None:
    brush.ground()
    u, v, tone = brush.u, brush.v, brush.tone
    iron = tone(0.25, 0.25, 0.30)
    brush.paint(polygon(u, v, (-0.24, 0.02), (-0.19, -0.07), (0.19, -0.07), (0.24, 0.02)), tone(0.55, 0.54, 0.56))
    tower = polygon(u, v, (-0.17, -0.06), (-0.105, -0.86), (0.105, -0.86), (0.17, -0.06))
    # White stripes would not show on a white tower: grey ones there.
    stripes = torch.tensor([[0.97, 0.96, 0.93]]) - brush.white * torch.tensor([[0.22, 0.20, 0.16]])
    brush.paint(tower, stripes * brush.light)
    for i in range(3):
        brush.detail(both(tower, (v + 0.14 + 0.27 * i).abs() - 0.085), brush.own)
    brush.detail(both(tower, 0.055 - u), (0.1, 0.1, 0.2), strength=0.16)
    if not brush.canvas.papercut:
        glow = torch.exp(-((torch.hypot(u, v + 0.97) * 3.2) ** 2)) * (0.18 + 0.5 * brush.night[:, :, None])
        brush.canvas.paint(glow, (1.0, 0.92, 0.55), shadow=False)
    brush.paint(box(u, v, 0, -0.875, 0.145, 0.022), iron)
    brush.paint(box(u, v, 0, -0.96, 0.075, 0.07), (1.0, 0.90, 0.50))
    brush.detail(either(box(u, v, -0.072, -0.96, 0.008, 0.07), box(u, v, 0.072, -0.96, 0.008, 0.07)), iron)
    brush.paint(polygon(u, v, (-0.115, -1.03), (0, -1.17), (0.115, -1.03)), brush.own)
    brush.detail(box(u, v, 0, -0.12, 0.045, 0.07), tone(0.35, 0.22, 0.17))
    brush.detail(either(box(u, v, 0, -0.42, 0.025, 0.045), box(u, v, 0, -0.67, 0.022, 0.04)), tone(0.20, 0.22, 0.30))


def paint_sailboat(brush: Brush) -> None:
    brush.pond()
    u, v, tone = brush.u, brush.v, brush.tone
    brush.paint(box(u, v, -0.02, -0.60, 0.014, 0.48), tone(0.40, 0.26, 0.18))
    sail = polygon(u, v, (0.02, -1.06), (0.02, -0.24), (0.48, -0.24))
    brush.paint(sail, brush.own)
    brush.detail(both(sail, (v + 0.40).abs() - 0.035), brush.darker, strength=0.8)
    brush.paint(polygon(u, v, (-0.06, -0.98), (-0.06, -0.24), (-0.38, -0.24)), brush.lighter)
    brush.detail(polygon(u, v, (-0.02, -1.14), (-0.02, -1.05), (-0.15, -1.095)), tone(0.92, 0.25, 0.22))  # pennant
    brush.paint(polygon(u, v, (-0.52, -0.19), (-0.36, 0.03), (0.34, 0.03), (0.52, -0.19)), tone(0.47, 0.29, 0.18))
    rail = polygon(u, v, (-0.52, -0.19), (-0.495, -0.145), (0.497, -0.145), (0.52, -0.19))
    brush.detail(rail, tone(0.95, 0.92, 0.86))
    wake = either(ellipse(u, v, -0.05, 0.055, 0.5, 0.018), ellipse(u, v, 0.15, 0.095, 0.3, 0.013))
    brush.detail(wake, brush.ambient, strength=0.45)


def paint_balloon(brush: Brush) -> None:
    u, v, tone = brush.u, brush.v, brush.tone
    above = v + 0.72  # from the widest part
    bend = torch.where(above < 0, above / 0.43, above / 0.60)
    envelope = both(torch.hypot(u / 0.43, bend) * 0.43 - 0.43, v + 0.22)
    left = polygon(u, v, (-0.145, -0.24), (-0.125, -0.24), (-0.075, -0.06), (-0.09, -0.06))
    right = polygon(u, v, (0.125, -0.24), (0.145, -0.24), (0.09, -0.06), (0.075, -0.06))
    brush.detail(either(left, right), tone(0.35, 0.25, 0.2))  # ropes
    brush.paint(envelope, brush.own)
    across = (u / 0.43) / torch.sqrt((1 - bend**2).clamp(min=0.02))  # from -1 to 1 at every height
    stripe = (across.abs() - 0.62).abs() - 0.15
    stripes = either(either(both(stripe, -across), both(stripe, across)), across.abs() - 0.17) * 0.3
    brush.detail(both(envelope, stripes), brush.lighter)
    brush.detail(both(envelope, (across - 0.80).neg() * 0.3), brush.darker, strength=0.8)
    pale = torch.where(brush.white > 0.5, torch.tensor([[0.80, 0.78, 0.74]]), torch.tensor([[0.99, 0.97, 0.92]]))
    brush.detail(both(envelope, (v + 0.60).abs() - 0.022), pale * brush.light, strength=0.9)
    brush.paint(box(u, v, 0, 0.02, 0.10, 0.085, 0.02), tone(0.52, 0.33, 0.18))
    brush.detail(box(u, v, 0, -0.05, 0.115, 0.018), tone(0.36, 0.22, 0.12))


def paint_pine(brush: Brush) -> None:
    brush.ground()
    u, v = brush.u, brush.v
    brush.paint(box(u, v, 0, -0.07, 0.055, 0.09), brush.tone(0.42, 0.27, 0.17))
    for foot, half_width, height in ((-0.12, 0.40, 0.46), (-0.38, 0.32, 0.40), (-0.62, 0.235, 0.40)):
        branches = polygon(u, v, (-half_width, foot), (0, foot - height), (half_width, foot))
        brush.paint(branches, brush.own)
        brush.detail(both(branches, 0.02 * torch.sin(v * 30) - u), brush.darker, strength=0.75)


def paint_castle(brush: Brush) -> None:
    brush.ground()
    u, v, tone = brush.u, brush.v, brush.tone
    battlements = both(box(u, v, 0, -0.54, 0.34, 0.06), -torch.sin(u * 36) * 0.03)
    brush.paint(either(box(u, v, 0, -0.26, 0.34, 0.26), battlements), brush.own)
    brush.paint(box(u, v, 0, -0.62, 0.115, 0.30), brush.lighter)
    roof = _castle_roof(brush)
    brush.paint(polygon(u, v, (-0.155, -0.90), (0, -1.20), (0.155, -0.90)), roof)
    for side in (-1, 1):
        x = 0.40 * side
        brush.paint(box(u, v, x, -0.34, 0.115, 0.34), brush.darker if side > 0 else brush.own)
        brush.paint(polygon(u, v, (x - 0.155, -0.66), (x, -0.96), (x + 0.155, -0.66)), roof)
        brush.detail(box(u, v, x, -0.42, 0.026, 0.06, 0.02), brush.window)
        brush.detail(box(u, v, 0.20 * side, -0.36, 0.024, 0.05, 0.02), brush.window)
    brush.paint(either(box(u, v, 0, -0.10, 0.10, 0.11), circle(u, v, 0, -0.20, 0.10)), tone(0.34, 0.22, 0.16))
    brush.detail(box(u, v, 0, -0.74, 0.03, 0.06, 0.02), brush.window)
    brush.detail(polygon(u, v, (0, -1.30), (0, -1.21), (0.13, -1.255)), tone(0.95, 0.80, 0.25))  # flag
    brush.detail(box(u, v, 0, -1.23, 0.008, 0.08), tone(0.35, 0.30, 0.30))


def _castle_roof(brush: Brush) -> torch.Tensor:
    """Red roofs, but for walls that they would not stand out from."""
    colour = brush.canvas.colour[:, None]
    reddish = (colour == RED) | (colour == PINK)
    roof = torch.where(reddish, torch.tensor([[0.32, 0.34, 0.52]]), torch.tensor([[0.66, 0.27, 0.27]]))
    return torch.where(brush.black > 0.5, torch.tensor([[0.42, 0.30, 0.46]]), roof) * brush.light


OBJECT_PAINTERS = (paint_house, paint_lighthouse, paint_sailboat, paint_balloon, paint_pine, paint_castle)
