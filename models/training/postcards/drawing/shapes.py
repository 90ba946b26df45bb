"""Signed distances to shapes: below 0 inside. u grows to the right, v downwards; each [n, size, size]."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def box(u: Tensor, v: Tensor, x: float, y: float, half_width: float, half_height: float, corner: float = 0.0) -> Tensor:
    across, down = (u - x).abs() - half_width + corner, (v - y).abs() - half_height + corner
    if corner == 0:
        return torch.maximum(across, down)
    outside = torch.hypot(across.clamp(min=0), down.clamp(min=0))
    return outside + torch.maximum(across, down).clamp(max=0) - corner


def circle(u: Tensor, v: Tensor, x: float, y: float, radius: float) -> Tensor:
    return torch.hypot(u - x, v - y) - radius


def ellipse(u: Tensor, v: Tensor, x: float, y: float, half_width: float, half_height: float) -> Tensor:
    return (torch.hypot((u - x) / half_width, (v - y) / half_height) - 1) * min(half_width, half_height)


def polygon(u: Tensor, v: Tensor, *corners: tuple[float, float]) -> Tensor:
    """A convex one, its corners in either order."""
    edges = list(zip(corners, corners[1:] + corners[:1]))
    turn = 1.0 if sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in edges) > 0 else -1.0
    distance = None
    for (x0, y0), (x1, y1) in edges:
        dx, dy = x1 - x0, y1 - y0
        length = math.hypot(dx, dy)
        to_edge = (u - x0) * (turn * dy / length) + (v - y0) * (-turn * dx / length)
        distance = to_edge if distance is None else torch.maximum(distance, to_edge)
    return distance


def both(a: Tensor, b: Tensor) -> Tensor:
    """Where two shapes overlap."""
    return torch.maximum(a, b)


def either(a: Tensor, b: Tensor) -> Tensor:
    """Two shapes as one."""
    return torch.minimum(a, b)
