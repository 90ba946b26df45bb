"""Scenes as pictures."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..world import OBJECTS, SEA, TERRAINS, Scenes
from .brush import Brush
from .canvas import Canvas, texture
from .objects import OBJECT_PAINTERS
from .sky import paint_sky
from .terrains import TERRAIN_PAINTERS


class Renderer:
    """Draws squares of `size` pixels, at most 512."""

    def __init__(self, size: int):
        self.size = size

    @torch.no_grad()
    def render(self, scenes: Scenes, papercut: bool = False, chunk: int = 64) -> Tensor:
        """Pictures [n, 3, size, size] with values from 0 to 1.

        @param papercut whether they are to look as if they were layers of paper
        @param chunk how many are painted at once, at most
        """
        pictures = torch.empty(len(scenes), 3, self.size, self.size)
        for terrain in range(len(TERRAINS)):
            for kind in range(len(OBJECTS)):
                alike = np.nonzero((scenes.terrain == terrain) & (scenes.object == kind))[0]
                for start in range(0, len(alike), chunk):
                    which = alike[start : start + chunk]
                    pictures[which] = self._paint(scenes[which], terrain, kind, papercut)
        return pictures

    def _paint(self, scenes: Scenes, terrain: int, kind: int, papercut: bool) -> Tensor:
        canvas = Canvas(scenes, self.size, papercut)
        light = paint_sky(canvas)
        TERRAIN_PAINTERS[terrain](canvas, light)
        OBJECT_PAINTERS[kind](Brush(canvas, light, kind, at_sea=terrain == SEA))
        return _finished(canvas).clamp(0, 1)


def _finished(canvas: Canvas) -> Tensor:
    """With the grain of paper, and a little darker towards the corners."""
    if canvas.papercut:
        warm = torch.tensor([0.96, 0.90, 0.80])[None, :, None, None]
        grain = 0.030 * texture("paper", canvas.size) + 0.012 * texture("coarse", canvas.size, top=100)
        return (canvas.pictures * 0.90 + 0.10 * warm) * (1 + grain)
    vignette = 1 - 0.10 * ((canvas.x - 0.5) ** 2 + (canvas.y - 0.5) ** 2)
    return canvas.pictures * (1 + 0.010 * texture("coarse", canvas.size, top=60, left=40)) * vignette[:, None]
