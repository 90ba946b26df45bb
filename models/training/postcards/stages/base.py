"""The base itself: a U-Net and its text encoder from scratch, with the tokenizer and the autoencoder as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from ..cards import export_folder
from ..diffusion import NoiseLoss
from ..fit import Plan, fit
from ..places import BASE
from ..pool import Pool, make_pool
from ..tokens import CaptionDropper
from ..world import COLOURS, OBJECTS, PLACES, TERRAINS, TIMES, Scenes

WORDS_PLAN = Plan(steps=430, batch=96, rate=1.5e-3, warmup=30, end=0.1, average=0.9)
PLAN = Plan(steps=1800, batch=64, rate=1e-3, warmup=60, average=0.998)
ATTRIBUTES = {"object": OBJECTS, "colour": COLOURS, "time": TIMES, "terrain": TERRAINS, "place": PLACES}


def train(steps: int | None = None) -> None:
    make_pool("plain")
    pool = Pool("plain")
    torch.manual_seed(PLAN.seed)
    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(BASE, subfolder="unet")).train()
    text_encoder = CLIPTextModel(CLIPTextConfig.from_pretrained(BASE, subfolder="text_encoder")).train()
    _learn_words(text_encoder, pool, WORDS_PLAN.lasting(steps))
    _learn_pictures(unet, text_encoder, pool, PLAN.lasting(steps))
    unet.half().save_pretrained(export_folder("postcard") / "unet")
    _save_text_encoder(text_encoder.half(), export_folder("postcard") / "text_encoder")


def _save_text_encoder(text_encoder: CLIPTextModel, folder: Path) -> None:
    text_encoder.save_pretrained(folder)
    file = folder / "model.safetensors"
    # transformers 5 leaves out a prefix that the names in all published models have.
    weights = {f"text_model.{name.removeprefix('text_model.')}": tensor for name, tensor in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})


def _learn_words(text_encoder: CLIPTextModel, pool: Pool, plan: Plan) -> None:
    """The text encoder alone, naming what a caption says: without this start, prompts are long not followed."""
    captions, named = pool.captions, _named(pool.scenes)
    head = nn.Linear(text_encoder.config.hidden_size, sum(len(values) + 1 for values in ATTRIBUTES.values()))
    widths = [len(values) + 1 for values in ATTRIBUTES.values()]

    def loss() -> Tensor:
        chosen = torch.randint(len(captions), (plan.batch,))
        ids = captions[chosen, torch.randint(captions.shape[1], (plan.batch,))]
        end = (ids == text_encoder.config.eos_token_id).int().argmax(1)
        # The end of the caption and what pads it: the U-Net looks at all of them.
        padding = end + ((ids.shape[1] - 1 - end) * torch.rand(plan.batch)).long()
        states = text_encoder(ids).last_hidden_state
        rows, total = torch.arange(plan.batch), 0
        for place in (end, padding):
            for said, truth in zip(head(states[rows, place]).split(widths, 1), named):
                total = total + F.cross_entropy(said, truth[chosen])
        return total

    fit("base-words", [*text_encoder.parameters(), *head.parameters()], loss, plan)


def _named(scenes: Scenes) -> list[Tensor]:
    """What captions say of each attribute; one value more stands for nothing."""
    truths = []
    for attribute, values in ATTRIBUTES.items():
        value = getattr(scenes, attribute)
        if attribute != "object":
            value = np.where(getattr(scenes, f"names_{attribute}"), value, len(values))
        truths.append(torch.from_numpy(value).long())
    return truths


def _learn_pictures(unet: UNet2DConditionModel, text_encoder: CLIPTextModel, pool: Pool, plan: Plan) -> None:
    latents, captions = pool.latents, pool.captions
    noise_loss, dropped = NoiseLoss(), CaptionDropper(0.1)

    def loss() -> Tensor:
        chosen = torch.randint(len(latents), (plan.batch,))
        ids = captions[chosen, torch.randint(captions.shape[1], (plan.batch,))]
        words = text_encoder(dropped(ids)).last_hidden_state
        return noise_loss(lambda noisy, at: unet(noisy, at, words).sample, latents[chosen])

    fit("base", list(unet.parameters()), loss, plan, slow=list(text_encoder.parameters()))
