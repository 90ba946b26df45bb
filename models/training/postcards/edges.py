"""What adapters that follow edges are trained with: the base draws scenes again, told of their edges."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .diffusion import NoiseLoss, load_text_encoder
from .pool import Pool, make_pool
from .tokens import CaptionDropper

#: Captions are dropped often: what they leave open is to be taken from the edges.
DROPPED = 0.3


class EdgeLoss:
    """How well noise is told from picture by who also sees the picture's edges."""

    def __init__(self, batch: int):
        make_pool("plain")
        pool = Pool("plain")
        self.batch = batch
        self.latents, self.captions, self.edges = pool.latents, pool.captions, pool.edges
        self.text_encoder, self.noise_loss, self.dropped = load_text_encoder(), NoiseLoss(), CaptionDropper(DROPPED)

    def __call__(self, predict: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> Tensor:
        """The loss of a batch from anywhere.

        @param predict gives the noise in noisy latents [n, 4, h, w] at steps [n], by words [n, 77, d] and edges
            [n, 3, 8h, 8w] of 0 or 1
        """
        chosen = torch.randint(len(self.latents), (self.batch,))
        ids = self.captions[chosen, torch.randint(self.captions.shape[1], (self.batch,))]
        shown = self.edges[chosen, None].float().expand(-1, 3, -1, -1)
        with torch.no_grad():
            words = self.text_encoder(self.dropped(ids)).last_hidden_state
        return self.noise_loss(lambda noisy, at: predict(noisy, at, words, shown), self.latents[chosen])
