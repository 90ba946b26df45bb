"""A T2I-Adapter, Mou et al. 2023, arXiv:2302.08453, for Canny edges: a hundredth of a ControlNet, run once a picture."""

from __future__ import annotations

import torch
from diffusers import T2IAdapter
from torch import Tensor

from ..cards import export_folder
from ..diffusion import load_unet
from ..edges import EdgeLoss
from ..fit import Plan, fit

PLAN = Plan(steps=800, batch=12, rate=2e-3, warmup=20, average=0.985, weight_decay=0.0, bfloat16=True)
#: The light layout has one block more than widths: together the four levels of the U-Net's way down.
CHANNELS = [64, 128, 192]
BLOCKS = 4


def build() -> T2IAdapter:
    return T2IAdapter(3, CHANNELS, num_res_blocks=BLOCKS, downscale_factor=8, adapter_type="light_adapter")


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    unet, edge_loss = load_unet(), EdgeLoss(plan.batch)
    torch.manual_seed(plan.seed)
    adapter = build().train()

    def predict(noisy: Tensor, at: Tensor, words: Tensor, edges: Tensor) -> Tensor:
        return unet(noisy, at, words, down_intrablock_additional_residuals=adapter(edges)).sample.float()

    fit("t2i_adapter", list(adapter.parameters()), lambda: edge_loss(predict), plan)
    adapter.half().save_pretrained(export_folder("postcard-t2i-adapter-canny"))
