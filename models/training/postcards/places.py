"""Where models lie, and where training keeps its state."""

from __future__ import annotations

import os
from pathlib import Path

MODELS = Path(__file__).resolve().parents[2]
BASE = MODELS / "postcard"
LCM_LORA = MODELS / "postcard-lcm-lora"


def state() -> Path:
    """The folder of pools, checkpoints, losses and sheets: $POSTCARDS_STATE, or `state` beside this package."""
    folder = Path(os.environ.get("POSTCARDS_STATE", Path(__file__).resolve().parents[1] / "state"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
