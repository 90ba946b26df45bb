"""Paints one object of each picture in coordinates of its own, and in its colour."""

from __future__ import annotations

import torch
from torch import Tensor

from ..world import BALLOON, COLOURS, SAILBOAT
from .canvas import Canvas, Colour, soft
from .shapes import ellipse
from .sky import NIGHT, Light

#: In the order of COLOURS.
PALETTE = torch.tensor(
    [[0.86, 0.17, 0.17], [0.97, 0.53, 0.10], [0.98, 0.84, 0.18], [0.20, 0.64, 0.29], [0.16, 0.42, 0.85],
     [0.50, 0.25, 0.70], [0.97, 0.54, 0.71], [0.97, 0.96, 0.93], [0.12, 0.12, 0.15]]
)  # fmt: skip
BLACK, WHITE = COLOURS.index("black"), COLOURS.index("white")
HEIGHT = 0.54
#: In the order of OBJECTS.
RELATIVE_HEIGHT = (0.98, 1.0, 0.92, 1.0, 1.05, 1.05)


class Brush:
    """u [n, size, size] goes from the middle of the object to a side, v from the ground (0) to the top (about -1)."""

    def __init__(self, canvas: Canvas, light: Light, kind: int, at_sea: bool):
        self.canvas, self.at_sea, self.ambient = canvas, at_sea, light.ambient
        x = torch.tensor([0.26, 0.5, 0.74])[canvas.place][:, None, None] + 0.07 * (canvas.lot(57) - 0.5)
        self.scale = HEIGHT * RELATIVE_HEIGHT[kind] * (0.95 + 0.1 * canvas.lot(58))
        y = 0.865 + 0.03 * (canvas.lot(59) - 0.5)
        if kind == SAILBOAT and at_sea:
            y = y - 0.05
        if kind == BALLOON:
            y = 0.58 + 0.06 * (canvas.lot(59) - 0.5) + (self.scale - 0.375) * 0.45
        either_way = torch.where(canvas.lot(57) > 0.5, 1.0, -1.0)
        self.u, self.v = (canvas.x - x) / self.scale * either_way, (canvas.y - y) / self.scale

        # Objects keep more of their own colour than what is around them.
        self.light = light.ambient + (1 - light.ambient) * 0.42
        own = PALETTE[canvas.colour]
        self.black, self.white = ((canvas.colour == colour).float()[:, None] for colour in (BLACK, WHITE))
        self.night = (canvas.time == NIGHT).float()[:, None]
        self.own = own * self.light
        # A lighter and a darker tone that black and white have as well.
        self.lighter = (own + (1 - own) * 0.22 + self.black * 0.06).clamp(0, 1) * self.light
        self.darker = (own * 0.76 - self.white * 0.02).clamp(0, 1) * self.light
        day = torch.tensor([[0.62, 0.80, 0.92]]) * self.light
        self.window = torch.where(self.night > 0.5, torch.tensor([[1, 0.86, 0.45]]), day)

    def tone(self, red: float, green: float, blue: float) -> Tensor:
        """A fixed colour in the light of the scene, [n, 3]."""
        return torch.tensor([[red, green, blue]]) * self.light

    def paint(self, distance: Tensor, colour: Colour, strength: float = 1.0, shadow: bool = True) -> None:
        self.canvas.paint(self.canvas.inside(distance, self.scale) * strength, colour, shadow)

    def detail(self, distance: Tensor, colour: Colour, strength: float = 1.0) -> None:
        """What lies in the layer that it is painted on, and throws no shadow."""
        self.paint(distance, colour, strength, shadow=False)

    def ground(self) -> None:
        """What the object stands on: an island at sea, or else its shadow."""
        if self.at_sea:
            foam = torch.tensor([[0.93, 0.97, 1.0]]) * self.ambient
            self.detail(ellipse(self.u, self.v, 0, 0.13, 0.90, 0.15), foam, strength=0.5)
            self.paint(ellipse(self.u, self.v, 0, 0.10, 0.80, 0.14), self.tone(0.90, 0.79, 0.57))
            self.detail(ellipse(self.u, self.v, 0, 0.055, 0.60, 0.07), self.tone(0.50, 0.70, 0.40))
        self._drop_shadow()

    def pond(self) -> None:
        """Water for a boat that is not at sea."""
        if self.at_sea:
            return
        water = self.canvas.by_time([[0.62, 0.70, 0.84], [0.40, 0.72, 0.88], [0.78, 0.50, 0.52], [0.14, 0.22, 0.44]])
        self.paint(ellipse(self.u, self.v, 0, 0.03, 0.98, 0.19), water * 0.82)
        self.detail(ellipse(self.u, self.v, 0, 0.02, 0.92, 0.15), water)

    def _drop_shadow(self) -> None:
        if not self.canvas.papercut:
            shadow = soft(ellipse(self.u, self.v, 0.10, 0.015, 0.62, 0.06), 0.05) * 0.28
            self.canvas.paint(shadow, (0.0, 0.0, 0.05), shadow=False)
