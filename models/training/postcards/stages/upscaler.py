"""An upscaler of the ESRGAN family, four times in each direction, that knows postcards."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from ..autoencoder import decode_latents, encode_pictures, load_autoencoder, to_bytes
from ..cards import export_folder
from ..drawing import Renderer
from ..fit import Plan, fit
from ..places import state
from ..rrdb import RRDBNet
from ..world import sample_scenes
from .preview import difference

PLAN = Plan(steps=1300, batch=8, rate=1e-3, warmup=30, average=0.99, weight_decay=0.0)
SCALE = 4
#: Side of the small pictures, and of the squares of them that a step sees.
SMALL, CROP = 128, 24
PICTURES = 160
#: Share of the papercuts among them.
PAPERCUTS = 0.2


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    large, small, soft = pictures(PICTURES, seed=31)
    torch.manual_seed(plan.seed)
    upscaler = RRDBNet().train()

    def loss() -> Tensor:
        shown, wanted = zip(*(_square(large, small, soft) for _ in range(plan.batch)))
        return difference(upscaler(torch.stack(shown)), torch.stack(wanted))

    fit("upscaler", list(upscaler.parameters()), loss, plan)
    weights = {name: tensor.half().contiguous() for name, tensor in upscaler.state_dict().items()}
    save_file(weights, export_folder("postcard-upscaler-x4") / "upscaler.safetensors", metadata={"format": "pt"})


def pictures(n: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """n pictures of bytes: large, the same made small, and those as the base's autoencoder shows them, blurred."""
    file = state() / "upscaler" / f"pictures-{n}-{seed}.pt"
    if file.exists():
        return torch.load(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    renderer, vae, random = Renderer(SCALE * SMALL), load_autoencoder(), np.random.default_rng(seed)
    papercuts = round(n * PAPERCUTS)
    large = torch.cat(
        [
            to_bytes(renderer.render(sample_scenes(n - papercuts, random), chunk=16)),
            to_bytes(renderer.render(sample_scenes(papercuts, random), papercut=True, chunk=16)),
        ]
    )
    small = to_bytes(F.interpolate(large.float() / 255, scale_factor=1 / SCALE, mode="area"))
    soft = decode_latents(vae, encode_pictures(vae, small))
    torch.save((large, small, soft), file)
    return large, small, soft


def _square(large: Tensor, small: Tensor, soft: Tensor) -> tuple[Tensor, Tensor]:
    """A square from somewhere, small and large: half of the small ones as the autoencoder shows them."""
    which = int(torch.randint(len(large), ()))
    top, left = (int(torch.randint(SMALL - CROP + 1, ())) for _ in range(2))
    source = small if torch.rand(()) < 0.5 else soft
    shown = source[which, :, top : top + CROP, left : left + CROP]
    top, left, side = SCALE * top, SCALE * left, SCALE * CROP
    wanted = large[which, :, top : top + side, left : left + side]
    if torch.rand(()) < 0.5:
        shown, wanted = shown.flip(2), wanted.flip(2)
    return shown.float() / 255, wanted.float() / 255
