"""Trains the judge on renders, and on renders as the base's autoencoder shows them."""

from __future__ import annotations

import json

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from ..fit import Plan, fit
from ..judge import HEADS, Judge, halved, truth_of, verdicts
from ..places import state
from ..pool import Pool, make_pool
from ..world import PLACES

PLAN = Plan(steps=300, batch=64, rate=2e-3, average=0.99, clip=2.0)
#: By their pool: what is a papercut, and what is not.
STYLE_OF = {"plain": "plain", "papercut": "papercut"}


def train(steps: int | None = None) -> None:
    plan = PLAN.lasting(steps)
    pictures, truth = _lessons()
    torch.manual_seed(plan.seed)
    judge = Judge().train()

    def loss() -> Tensor:
        chosen = torch.randint(len(pictures), (plan.batch,))
        seen, told = _mirrored(halved(pictures[chosen]), {name: truth[name][chosen] for name in HEADS})
        said = judge(_disturbed(seen))
        return sum(F.cross_entropy(said[name], told[name], label_smoothing=0.02) for name in HEADS)

    fit("judge", list(judge.parameters()), loss, plan)
    _settle_norms(judge, pictures)
    save_file(judge.state_dict(), state() / "judge" / "judge.safetensors")
    accuracy = measure(judge.eval())
    (state() / "judge" / "accuracy.json").write_text(json.dumps(accuracy, indent=1) + "\n")
    print(json.dumps(accuracy, indent=1))


def measure(judge: Judge) -> dict[str, dict[str, float]]:
    """How often the judge is right, on renders that no stage is trained with."""
    accuracy = {}
    for name, style in (("held-out", "plain"), ("held-out-papercut", "papercut")):
        make_pool(name)
        pool = Pool(name)
        for how, pictures in (("", pool.pictures), (" through the autoencoder", pool.seen_through_vae)):
            said, truth = verdicts(judge, pictures), truth_of(pool.scenes[: len(pictures)], style)
            accuracy[name + how] = {head: float((said[head] == truth[head]).float().mean()) for head in HEADS}
    return accuracy


def _lessons() -> tuple[Tensor, dict[str, Tensor]]:
    pictures, truths = [], []
    for name, style in STYLE_OF.items():
        make_pool(name)
        pool = Pool(name)
        for seen in (pool.pictures, pool.seen_through_vae):
            pictures.append(seen)
            truths.append(truth_of(pool.scenes[: len(seen)], style))
    return torch.cat(pictures), {head: torch.cat([truth[head] for truth in truths]) for head in HEADS}


def _mirrored(pictures: Tensor, truth: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """Half of the pictures the other way round: left is right there."""
    flip = torch.rand(len(pictures)) < 0.5
    pictures = torch.where(flip[:, None, None, None], pictures.flip(3), pictures)
    return pictures, {**truth, "place": torch.where(flip, len(PLACES) - 1 - truth["place"], truth["place"])}


def _disturbed(pictures: Tensor) -> Tensor:
    """Blur, faults of exposure and noise, as drawn pictures have them and renders do not."""
    n = len(pictures)
    blurred = F.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False)
    pictures = pictures.lerp(blurred, torch.rand(n, 1, 1, 1))
    pictures = pictures * (1 + 0.06 * torch.randn(n, 3, 1, 1)) + 0.02 * torch.randn(n, 3, 1, 1)
    coarse = F.interpolate(torch.randn(n, 3, 8, 8), size=pictures.shape[2:], mode="bilinear")
    fine = torch.randn_like(pictures)
    return (pictures + 0.03 * torch.rand(n, 1, 1, 1) * (fine + coarse)).clamp(0, 1)


@torch.no_grad()
def _settle_norms(judge: Judge, pictures: Tensor, batches: int = 20, batch: int = 64) -> None:
    """Measures the statistics of the batch norms anew: they belong to the last weights, not to the averaged ones."""
    norms = [module for module in judge.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
    judge.train()
    for _ in range(batches):
        judge(_disturbed(halved(pictures[torch.randint(len(pictures), (batch,))])))
