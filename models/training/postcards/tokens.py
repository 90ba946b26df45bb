"""Captions as the token ids that the text encoder takes."""

from __future__ import annotations

from random import Random

import numpy as np
import torch
from transformers import CLIPTokenizer

from .captions import caption, negative_prompt
from .places import BASE
from .world import Scenes


def tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(BASE, subfolder="tokenizer")


def encode(texts: list[str]) -> torch.Tensor:
    """Token ids [n, 77] of some texts."""
    return tokenizer()(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids


def encode_captions(scenes: Scenes, each: int, seed: int, papercut: float = 0.0) -> np.ndarray:
    """Token ids [n, each, 77] of several captions a scene, of which the share `papercut` names that style."""
    random = Random(seed)
    texts = [
        caption(scenes, i, random, papercut=random.random() < papercut) for i in range(len(scenes)) for _ in range(each)
    ]
    return encode(texts).numpy().astype(np.int16).reshape(len(scenes), each, -1)


class CaptionDropper:
    """Takes captions away now and then, so that the model learns to draw without: the guidance needs it.

    A third of what stands in their place are negative prompts, the rest is empty.
    """

    def __init__(self, share: float, seed: int = 3, different: int = 256):
        random = Random(seed)
        blank = encode([""]).repeat(2 * different, 1)
        self.share = share
        self.instead = torch.cat([blank, encode([negative_prompt(random) for _ in range(different)])])

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """Token ids [n, 77] with some of them replaced."""
        dropped = torch.rand(len(ids), 1) < self.share
        return torch.where(dropped, self.instead[torch.randint(len(self.instead), (len(ids),))], ids)
