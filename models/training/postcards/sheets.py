"""Many pictures in one."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

GAP = 2


def save_sheet(file: Path, rows: list[Tensor]) -> None:
    """Writes rows of pictures, each [n, 3, h, w] of bytes, with white gaps between them."""
    lines = []
    for row in rows:
        framed = F.pad(row, (0, GAP, 0, GAP), value=255)
        lines.append(torch.cat(list(framed), dim=2))
    widest = max(line.shape[2] for line in lines)
    sheet = torch.cat([F.pad(line, (0, widest - line.shape[2]), value=255) for line in lines], dim=1)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet.permute(1, 2, 0).numpy()).save(file)
