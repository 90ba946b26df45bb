"""The decoder of the base's autoencoder once more, on small pictures: the encoder, and so every latent, stays as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from ..autoencoder import load_autoencoder
from ..cards import export_folder
from ..fit import Plan, fit
from ..pool import both_styles, forget_decoded
from .preview import difference

PLAN = Plan(steps=1400, batch=8, rate=4e-4, warmup=50, average=0.99, weight_decay=0.0, bfloat16=True)


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    latents, pictures = both_styles()
    torch.manual_seed(plan.seed)
    vae = load_autoencoder()
    learned = [*vae.decoder.requires_grad_(True).parameters(), *vae.post_quant_conv.requires_grad_(True).parameters()]

    def loss() -> Tensor:
        chosen = torch.randint(len(latents), (plan.batch,))
        decoded = vae.decode(latents[chosen] / vae.config.scaling_factor).sample
        return difference(decoded.float(), pictures[chosen].float() / 127.5 - 1)

    fit("decoder", learned, loss, plan)
    vae.half().save_pretrained(export_folder("postcard") / "vae")
    forget_decoded()
