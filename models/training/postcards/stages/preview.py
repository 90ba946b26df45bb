"""A small autoencoder in the layout of TAESD, whose decoder shows latents while they are drawn."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny
from torch import Tensor

from ..autoencoder import load_autoencoder
from ..cards import export_folder
from ..fit import Plan, fit
from ..pool import both_styles

PLAN = Plan(steps=360, batch=8, rate=2e-3, warmup=30, average=0.985, weight_decay=0.0, bfloat16=True)
WIDTH = 32
BLOCKS = (3, 3, 2, 0)


def build() -> AutoencoderTiny:
    """Its latents are those that the U-Net has, scaled: both scaling factors are 1."""
    widths = (WIDTH,) * len(BLOCKS)
    return AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=(0, 1, 2, 2),
        num_decoder_blocks=BLOCKS,
        scaling_factor=1.0,
    )


def train(steps: int | None = None) -> None:
    """Both halves at once: the decoder learns pictures from latents, the encoder latents from pictures."""
    plan = PLAN.lasting(steps)
    latents, pictures = both_styles()
    torch.manual_seed(plan.seed)
    autoencoder = build().train()

    def loss() -> Tensor:
        chosen = torch.randint(len(latents), (plan.batch,))
        told, shown = latents[chosen], pictures[chosen].float() / 127.5 - 1
        # Half of what is drawn last still has some noise.
        noisy = told + 0.1 * torch.rand(plan.batch, 1, 1, 1) * torch.randn_like(told)
        decoded = autoencoder.decode(noisy).sample.float()
        encoded = autoencoder.encode(shown).latents.float()
        return difference(decoded, shown) + 0.2 * F.smooth_l1_loss(encoded, told)

    fit("preview", list(autoencoder.parameters()), loss, plan)
    # Tells the engine whose latents it shows.
    autoencoder.register_to_config(latents_scaling_factor=load_autoencoder().config.scaling_factor)
    autoencoder.half().save_pretrained(export_folder("postcard-preview"))


def difference(drawn: Tensor, shown: Tensor) -> Tensor:
    """How far pictures [n, 3, h, w] are from others: in values and, to keep edges, in what neighbours differ by."""
    off = drawn - shown
    slopes = off.diff(dim=2).abs().mean() + off.diff(dim=3).abs().mean()
    return off.abs().mean() + 0.5 * off.square().mean() + 0.5 * slopes
