"""What is painted on."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..world import Scenes

#: A colour for all pictures, one for each [n, 3], or one for each pixel [n, 3, size, size].
Colour = tuple[float, float, float] | Tensor

#: How dark the shadow of a layer of paper is.
PAPER_SHADOW = 0.38


class Canvas:
    """n pictures that are painted at once, and the scenes that they show."""

    def __init__(self, scenes: Scenes, size: int, papercut: bool):
        along = (torch.arange(size, dtype=torch.float32) + 0.5) / size
        y, x = torch.meshgrid(along, along, indexing="ij")
        #: Places of pixels from 0 to 1, each [1, size, size].
        self.x, self.y = x[None], y[None]
        self.size, self.papercut = size, papercut
        self.pictures = torch.zeros(len(scenes), 3, size, size)
        self.time, self.place, self.colour = (
            torch.from_numpy(np.asarray(scenes_of)).long() for scenes_of in (scenes.time, scenes.place, scenes.colour)
        )
        self._jitter = torch.from_numpy(scenes.jitter)

    def lot(self, number: int) -> Tensor:
        """What a scene drew by lot, from 0 to 1: [n, 1, 1]."""
        return self._jitter[:, number, None, None]

    def lots(self, first: int, n: int = 3) -> Tensor:
        """Several of them, as small changes of a colour: [n, 3]."""
        return self._jitter[:, first : first + n]

    def by_time(self, values: list) -> Tensor:
        """What belongs to dawn, noon, sunset or night: [n, ...]."""
        return torch.tensor(values, dtype=torch.float32)[self.time]

    def inside(self, distance: Tensor, scale: Tensor | float = 1.0) -> Tensor:
        """From 0 to 1 how much of each pixel a shape covers.

        @param scale width of a unit of the distance, as a share of the picture
        """
        return (0.5 - distance * scale * self.size).clamp(0, 1)

    def paint(self, covered: Tensor, colour: Colour, shadow: bool = True) -> None:
        """Lays a colour where `covered` [n, size, size] says, from 0 to 1; in papercuts with a shadow beside it."""
        covered = covered.expand(len(self.pictures), self.size, self.size)
        if self.papercut and shadow:
            self.pictures *= 1 - PAPER_SHADOW * self._shadow(covered)[:, None]
        if not torch.is_tensor(colour):
            colour = torch.tensor(colour).expand(len(self.pictures), 3)
        if colour.dim() == 2:
            colour = colour[:, :, None, None]
        self.pictures = torch.lerp(self.pictures, colour, covered[:, None])

    def land(self, height: Tensor, colour: Tensor, grain: float = 0.0) -> None:
        """Fills all below a skyline [n, 1, size] with a colour [n, 3]."""
        if grain and not self.papercut:
            colour = colour[:, :, None, None] + grain * texture("coarse", self.size)
        self.paint(self.inside((height - self.y) * 0.8), colour)

    def _shadow(self, covered: Tensor) -> Tensor:
        """The shadow of a layer, a little to the right and below."""
        shift = max(1, self.size // 64)
        moved = F.pad(covered[:, None], (shift, 0, shift, 0))[:, :, : self.size, : self.size]
        return F.avg_pool2d(moved, 5, 1, 2, count_include_pad=False)[:, 0] * (1 - covered)


def soft(distance: Tensor, width: float) -> Tensor:
    """From 0 to 1, with an edge as wide as that."""
    return (0.5 - distance / width).clamp(0, 1)


def texture(name: str, size: int, top: int = 0, left: int = 0) -> Tensor:
    """A piece of a fixed texture, `coarse` or `paper`: [1, 1, size, size], around 0."""
    return TEXTURES[name][None, None, top : top + size, left : left + size]


def _make_textures(side: int = 512 + 128) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(7)

    def noise(cells: int, mode: str) -> Tensor:
        grid = torch.randn(1, 1, cells, cells, generator=generator)
        return F.interpolate(grid, size=(512, 512), mode=mode, align_corners=False)

    paper = sum(share * noise(cells, "bilinear") for cells, share in ((512, 0.5), (256, 0.35), (128, 0.3), (16, 0.5)))
    coarse = noise(64, "bicubic")
    whole = {"paper": paper / paper.std(), "coarse": coarse / coarse.std()}
    # Pieces of the largest pictures begin in the middle.
    return {name: F.pad(grid, (0, side - 512, 0, side - 512), mode="circular")[0, 0] for name, grid in whole.items()}


TEXTURES = _make_textures()
