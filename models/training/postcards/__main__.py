"""`python -m postcards STAGE`: trains one stage, going on where it was stopped."""

from __future__ import annotations

import argparse
import importlib

STAGES = ("pools", "base", "lcm", "decoder", "judge", "papercut", "controlnet", "t2i_adapter", "preview", "upscaler")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m postcards", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--steps", type=int, help="instead of the stage's own number")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    import torch  # after the options: help need not wait for it

    torch.set_num_threads(options.threads)
    importlib.import_module(f".stages.{options.stage}", __package__).train(options.steps)


if __name__ == "__main__":
    main()
