"""The parts of the base that draw, and the loss that they and what is added to them are trained with."""

from __future__ import annotations

from collections.abc import Callable

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel

from .places import BASE

#: Min-SNR weighting, Hang et al. 2023, arXiv:2303.09556: what steps of little noise count at most.
GAMMA = 5.0


def load_unet() -> UNet2DConditionModel:
    unet = UNet2DConditionModel.from_pretrained(BASE, subfolder="unet", torch_dtype=torch.float32)
    return unet.eval().requires_grad_(False)


def load_text_encoder() -> CLIPTextModel:
    encoder = CLIPTextModel.from_pretrained(BASE, subfolder="text_encoder", torch_dtype=torch.float32)
    return encoder.eval().requires_grad_(False)


class NoiseLoss:
    """How well noise is told from picture: squared error of its prediction, averaged over all steps alike."""

    def __init__(self):
        self.schedule = DDPMScheduler.from_pretrained(BASE, subfolder="scheduler")
        ratio = self.schedule.alphas_cumprod / (1 - self.schedule.alphas_cumprod)
        self.weights = ratio.clamp(max=GAMMA) / ratio

    def __call__(self, predict: Callable[[Tensor, Tensor], Tensor], latents: Tensor) -> Tensor:
        """The loss of a batch.

        @param predict gives the noise in noisy latents [n, 4, h, w] at steps [n]
        @param latents without noise, [n, 4, h, w]
        """
        steps = _spread_steps(len(latents), self.schedule.config.num_train_timesteps)
        noise = torch.randn_like(latents)
        predicted = predict(self.schedule.add_noise(latents, noise, steps), steps)
        errors = (predicted - noise).square().mean((1, 2, 3))
        return (errors * self.weights[steps]).mean()


def _spread_steps(n: int, all_steps: int) -> Tensor:
    """One random step in each of n equal parts of the schedule: steadier than n steps from anywhere."""
    return ((torch.arange(n) + torch.rand(n)) / n * all_steps).long().clamp(max=all_steps - 1)
