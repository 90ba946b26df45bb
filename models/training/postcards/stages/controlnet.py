"""A ControlNet that keeps to the edges of a picture, as the Canny filter finds them."""

from __future__ import annotations

import torch
from diffusers import ControlNetModel
from torch import Tensor, nn

from ..cards import export_folder
from ..diffusion import load_unet
from ..edges import EdgeLoss
from ..fit import Plan, fit

PLAN = Plan(steps=520, batch=12, rate=1e-3, warmup=20, average=0.985, weight_decay=0.0, bfloat16=True)
#: Channels of the layers that bring edges down to the size of latents; the usual (16, 32, 96, 256) fit large U-Nets.
EDGE_CHANNELS = (16, 32, 48, 64)


#: Mean square of edge maps, and of what SiLU makes of a normal distribution.
EDGES_POWER, SILU_POWER = 0.07, 0.355
#: How strong edges are beside latents, to begin with.
EDGES_SHARE = 0.3


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    unet, edge_loss = load_unet(), EdgeLoss(plan.batch)
    torch.manual_seed(plan.seed)
    controlnet = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=EDGE_CHANNELS).train()
    _open_eyes(controlnet.controlnet_cond_embedding)

    def predict(noisy: Tensor, at: Tensor, words: Tensor, edges: Tensor) -> Tensor:
        down, middle = controlnet(noisy, at, words, controlnet_cond=edges, return_dict=False)
        added = {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
        return unet(noisy, at, words, **added).sample.float()

    learned = list(controlnet.requires_grad_(True).parameters())
    fit("controlnet", learned, lambda: edge_loss(predict), plan)
    controlnet.half().save_pretrained(export_folder("postcard-controlnet-canny"))


@torch.no_grad()
def _open_eyes(embedding: nn.Module) -> None:
    """Starts the layers that see the edges so that the signal keeps its strength all the way.

    The usual start lets it fade, and ends in zeros: with that, a training of a few hundred steps learned nothing of the
    edges. The zeros behind the copied encoder alone see to it that the base is not disturbed at first.
    """
    layers = [embedding.conv_in, *embedding.blocks, embedding.conv_out]
    for layer in layers:
        power = EDGES_POWER if layer is layers[0] else SILU_POWER
        share = EDGES_SHARE if layer is layers[-1] else 1.0
        nn.init.normal_(layer.weight, std=share / (layer.weight[0].numel() * power) ** 0.5)
        nn.init.zeros_(layer.bias)
