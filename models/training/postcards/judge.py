"""The judge: a small classifier that tells what a postcard shows."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from .places import state
from .world import COLOURS, OBJECTS, PLACES, TERRAINS, TIMES, Scenes

STYLES = ("plain", "papercut")
HEADS = {"object": OBJECTS, "colour": COLOURS, "time": TIMES, "terrain": TERRAINS, "place": PLACES, "style": STYLES}
WIDTHS = (32, 64, 96, 128)


class Judge(nn.Module):
    """Logits of every attribute of pictures [n, 3, 64, 64] with values from 0 to 1."""

    def __init__(self):
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in zip((3, *WIDTHS), WIDTHS):
            layers += [*_layer(before, width, stride=2), *_layer(width, width)]
        self.features = nn.Sequential(*layers, nn.AdaptiveAvgPool2d((4, 4)), nn.Flatten())
        self.inner = nn.Sequential(nn.Linear(16 * WIDTHS[-1], 256), nn.ReLU(), nn.Dropout(0.2))
        self.heads = nn.ModuleDict({name: nn.Linear(256, len(values)) for name, values in HEADS.items()})

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        inner = self.inner(self.features(pictures * 2 - 1))
        return {name: head(inner) for name, head in self.heads.items()}


def _layer(before: int, width: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]


def halved(pictures: Tensor) -> Tensor:
    """Pictures [n, 3, 128, 128] of bytes as the judge sees them: all that it tells shows at half the size."""
    return F.avg_pool2d(pictures.float() / 255, 2)


def truth_of(scenes: Scenes, style: str) -> dict[str, Tensor]:
    """What the judge should say of pictures of these scenes."""
    truth = {name: torch.from_numpy(getattr(scenes, name)).long() for name in HEADS if name != "style"}
    return {**truth, "style": torch.full((len(scenes),), STYLES.index(style))}


def load_judge() -> Judge:
    judge = Judge()
    judge.load_state_dict(load_file(state() / "judge" / "judge.safetensors"))
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def verdicts(judge: Judge, pictures: Tensor) -> dict[str, Tensor]:
    """What the judge says of pictures [n, 3, 128, 128] of bytes: indices [n] of every attribute."""
    parts = [judge(halved(part)) for part in pictures.split(64)]
    return {name: torch.cat([part[name] for part in parts]).argmax(1) for name in HEADS}
