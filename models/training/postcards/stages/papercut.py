"""A LoRA that draws the postcards as papercuts: layers of paper, each with its shadow."""

from __future__ import annotations

import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from ..cards import export_folder
from ..diffusion import NoiseLoss, load_text_encoder, load_unet
from ..fit import Plan, fit
from ..pool import Pool, make_pool
from ..tokens import CaptionDropper

PLAN = Plan(steps=300, batch=8, rate=2e-3, warmup=20, average=0.98, weight_decay=1e-4)
RANK = 8
LAYERS = ["to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "conv1", "conv2"]


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    make_pool("papercut")
    pool = Pool("papercut")
    latents, captions = pool.latents, pool.captions
    unet, text_encoder, noise_loss, dropped = load_unet(), load_text_encoder(), NoiseLoss(), CaptionDropper(0.08)
    torch.manual_seed(plan.seed)
    unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=LAYERS))

    def loss() -> torch.Tensor:
        chosen = torch.randint(len(latents), (plan.batch,))
        ids = captions[chosen, torch.randint(captions.shape[1], (plan.batch,))]
        with torch.no_grad():
            words = text_encoder(dropped(ids)).last_hidden_state
        return noise_loss(lambda noisy, at: unet(noisy, at, words).sample, latents[chosen])

    fit("papercut", [parameter for parameter in unet.parameters() if parameter.requires_grad], loss, plan)
    weights = {name: tensor.half().contiguous() for name, tensor in get_peft_model_state_dict(unet).items()}
    StableDiffusionPipeline.save_lora_weights(export_folder("postcard-papercut-lora"), unet_lora_layers=weights)
