"""A T2I-Adapter, Mou et al. 2023, arXiv:2302.08453, for Canny edges: a hundredth of a ControlNet, run once a picture."""

from __future__ import annotations

import torch
from diffusers import T2IAdapter

from ..cards import export_folder
from ..diffusion import NoiseLoss, load_text_encoder, load_unet
from ..fit import Plan, fit
from ..pool import Pool, make_pool
from ..tokens import CaptionDropper

PLAN = Plan(steps=800, batch=12, rate=2e-3, warmup=20, average=0.985, weight_decay=0.0, bfloat16=True)
#: The light layout has one block more than widths: together the four levels of the U-Net's way down.
CHANNELS = [64, 128, 192]
BLOCKS = 4


def build() -> T2IAdapter:
    return T2IAdapter(3, CHANNELS, num_res_blocks=BLOCKS, downscale_factor=8, adapter_type="light_adapter")


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    make_pool("plain")
    pool = Pool("plain")
    latents, captions, edges = pool.latents, pool.captions, pool.edges
    # Captions are dropped often: what they leave open is to be taken from the edges.
    unet, text_encoder, noise_loss, dropped = load_unet(), load_text_encoder(), NoiseLoss(), CaptionDropper(0.3)
    torch.manual_seed(plan.seed)
    adapter = build().train()

    def loss() -> torch.Tensor:
        chosen = torch.randint(len(latents), (plan.batch,))
        ids = captions[chosen, torch.randint(captions.shape[1], (plan.batch,))]
        shown = edges[chosen, None].float().expand(-1, 3, -1, -1)
        with torch.no_grad():
            words = text_encoder(dropped(ids)).last_hidden_state

        def predict(noisy: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
            added = adapter(shown)
            return unet(noisy, at, words, down_intrablock_additional_residuals=added).sample.float()

        return noise_loss(predict, latents[chosen])

    fit("t2i_adapter", list(adapter.parameters()), loss, plan)
    adapter.half().save_pretrained(export_folder("postcard-t2i-adapter-canny"))
