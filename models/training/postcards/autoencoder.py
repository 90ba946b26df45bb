"""The base's autoencoder on many pictures."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL

from .places import BASE


def load_autoencoder() -> AutoencoderKL:
    return AutoencoderKL.from_pretrained(BASE, subfolder="vae", torch_dtype=torch.float32).eval().requires_grad_(False)


@torch.no_grad()
def encode_pictures(vae: AutoencoderKL, pictures: torch.Tensor, batch: int = 32) -> torch.Tensor:
    """Scaled latents [n, 4, h/8, w/8] of pictures [n, 3, h, w] of bytes."""
    latents = [vae.encode(part.float() / 127.5 - 1).latent_dist.mode() for part in pictures.split(batch)]
    return torch.cat(latents) * vae.config.scaling_factor


@torch.no_grad()
def decode_latents(vae: AutoencoderKL, latents: torch.Tensor, batch: int = 16) -> torch.Tensor:
    """Pictures [n, 3, 8h, 8w] of bytes of scaled latents [n, 4, h, w]."""
    parts = [vae.decode(part.float() / vae.config.scaling_factor).sample for part in latents.split(batch)]
    return to_bytes(torch.cat(parts) / 2 + 0.5)


def to_bytes(pictures: torch.Tensor) -> torch.Tensor:
    """Bytes of pictures with values from 0 to 1."""
    return (pictures.clamp(0, 1) * 255).round().to(torch.uint8)
