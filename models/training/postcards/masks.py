"""Parts of pictures to repaint."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .pool import SIZE


def sample_masks(n: int, seed: int) -> Tensor:
    """Boxes and, in every other one, blobs: [n, 1, SIZE, SIZE], 1 where a picture is to be repainted."""
    random = np.random.default_rng(seed)
    along = (np.arange(SIZE) + 0.5) / SIZE
    x, y = along[None], along[:, None]
    masks = []
    for i in range(n):
        if i % 2 == 0:
            (left, top), (wide, high) = random.uniform(0.05, 0.6, 2), random.uniform(0.25, 0.5, 2)
            mask = (x > left) & (x < left + wide) & (y > top) & (y < top + high)
        else:
            mask = np.zeros((SIZE, SIZE), bool)
            centre = random.uniform(0.25, 0.75, 2)
            for _ in range(5):
                mask |= np.hypot(x - centre[0], y - centre[1]) < random.uniform(0.06, 0.18)
                centre = np.clip(centre + random.uniform(-0.12, 0.12, 2), 0, 1)
        masks.append(mask)
    return torch.from_numpy(np.stack(masks)[:, None].astype(np.float32))
