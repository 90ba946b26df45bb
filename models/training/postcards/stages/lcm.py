"""An LCM-LoRA, Luo et al. 2023, arXiv:2311.05556: the base's pictures in four steps, with its guidance built in."""

from __future__ import annotations

import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from torch import Tensor

from ..cards import export_folder
from ..diffusion import NoiseLoss, load_text_encoder, load_unet
from ..fit import Plan, fit
from ..pool import Pool, make_pool
from ..tokens import encode
from .papercut import LAYERS

PLAN = Plan(steps=500, batch=48, rate=8e-4, warmup=15, end=0.05, average=0.97, weight_decay=1e-4)
RANK = 32
GUIDANCE = 3.5
#: Steps of the schedule that consistency is learned on, and how many of them apart.
GRID, HOP = 50, 5
#: From where on errors count linearly.
HUBER = 0.0316


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    make_pool("plain")
    pool = Pool("plain")
    latents, captions = pool.latents, pool.captions
    teacher, student, text_encoder = load_unet(), load_unet(), load_text_encoder()
    torch.manual_seed(plan.seed)
    layers = [*LAYERS, "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "time_emb_proj"]
    student.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=layers))
    alphas = NoiseLoss().schedule.alphas_cumprod
    stride = len(alphas) // GRID
    with torch.no_grad():
        nothing = text_encoder(encode([""])).last_hidden_state

    def loss() -> Tensor:
        chosen = torch.randint(len(latents), (plan.batch,))
        clean, ids = latents[chosen], captions[chosen, torch.randint(captions.shape[1], (plan.batch,))]
        index = ((torch.arange(plan.batch) + torch.rand(plan.batch)) / plan.batch * GRID).long().clamp(max=GRID - 1)
        late = (index + 1) * stride - 1
        early = torch.where(index >= HOP, (index + 1 - HOP) * stride - 1, 0)
        a = alphas[late].view(-1, 1, 1, 1)
        noisy = a.sqrt() * clean + (1 - a).sqrt() * torch.randn_like(clean)
        with torch.no_grad():
            words = text_encoder(ids).last_hidden_state
            less_noisy = _ddim_step(teacher, noisy, late, early, words, nothing, alphas)
            target = _consistent(student, less_noisy, early, words, alphas)
        off = _consistent(student, noisy, late, words, alphas) - target
        return ((off.square() + HUBER**2).sqrt() - HUBER).mean()

    fit("lcm", [parameter for parameter in student.parameters() if parameter.requires_grad], loss, plan)
    weights = {name: tensor.half().contiguous() for name, tensor in get_peft_model_state_dict(student).items()}
    StableDiffusionPipeline.save_lora_weights(export_folder("postcard-lcm-lora"), unet_lora_layers=weights)


def _ddim_step(
    teacher, noisy: Tensor, late: Tensor, early: Tensor, words: Tensor, nothing: Tensor, alphas: Tensor
) -> Tensor:
    """Where the guided base goes from `noisy` at step `late`: latents at step `early`."""
    both = torch.cat([words, nothing.expand_as(words)])
    guided, free = teacher(noisy.repeat(2, 1, 1, 1), late.repeat(2), both).sample.chunk(2)
    noise = free + GUIDANCE * (guided - free)
    a, b = (alphas[step].view(-1, 1, 1, 1) for step in (late, early))
    return b.sqrt() * (noisy - (1 - a).sqrt() * noise) / a.sqrt() + (1 - b).sqrt() * noise


def _consistent(student, noisy: Tensor, at: Tensor, words: Tensor, alphas: Tensor) -> Tensor:
    """What the student takes for the clean latents: at step 0 what it is given."""
    a, time = alphas[at].view(-1, 1, 1, 1), at.view(-1, 1, 1, 1) * 10.0
    clean = (noisy - (1 - a).sqrt() * student(noisy, at, words).sample) / a.sqrt()
    skip, out = 0.25 / (time**2 + 0.25), time / (time**2 + 0.25).sqrt()
    return skip * noisy + out * clean
