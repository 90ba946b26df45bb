"""The loop that all stages train with: seeded, averaged, and going on where it was stopped."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from .places import state

SAVE_EVERY_SECONDS = 90
LOG_EVERY_STEPS = 25


@dataclass(frozen=True)
class Plan:
    """How long and how fast a stage learns: a warm-up, then half a cosine down to `end` of the rate."""

    steps: int
    batch: int
    rate: float
    warmup: int = 50
    end: float = 0.02
    #: Weights are averaged over about 1 / (1 - average) steps.
    average: float = 0.995
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 0
    #: Multiplies and convolves in bfloat16: twice as fast where the CPU has AVX-512 BF16, far slower where it has not.
    bfloat16: bool = False

    def lasting(self, steps: int | None) -> Plan:
        """The same for another number of steps, where one is given."""
        return replace(self, steps=steps) if steps else self

    def rate_at(self, step: int) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.rate * min(1.0, (step + 1) / self.warmup) * (self.end + (1 - self.end) * cosine)


@dataclass
class Progress:
    """What a training has done so far, over all its runs."""

    step: int
    seconds: float
    #: Smoothed loss every LOG_EVERY_STEPS steps.
    losses: list[float]


def fit(
    stage: str,
    parameters: Sequence[nn.Parameter],
    loss_of_batch: Callable[[], Tensor],
    plan: Plan,
    slow: Sequence[nn.Parameter] = (),
) -> Progress:
    """Trains `parameters` and leaves their averages in them.

    Every minute and a half the state is written to `<state>/<stage>/training.pt`, and a later call goes on from there
    with the same random numbers. `record.json` beside it tells what was done.

    @param loss_of_batch draws a batch of `plan.batch` and gives its loss
    @param slow more parameters, which learn at a quarter of the rate
    """
    folder = state() / stage
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "training.pt"
    groups = [{"params": list(parameters), "share": 1.0}] + ([{"params": list(slow), "share": 0.25}] if slow else [])
    parameters = [*parameters, *slow]
    averages = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.99), weight_decay=plan.weight_decay)
    progress = Progress(step=0, seconds=0.0, losses=[])
    torch.manual_seed(plan.seed)
    if checkpoint.exists():
        progress = _resume(checkpoint, parameters, averages, optimizer)

    began, smooth, saved = time.time() - progress.seconds, None, time.time()
    while progress.step < plan.steps:
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(progress.step) * group["share"]
        with torch.autocast("cpu", torch.bfloat16, enabled=plan.bfloat16):
            loss = loss_of_batch()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, plan.clip)
        optimizer.step()
        progress.step += 1
        progress.seconds = time.time() - began
        _average(averages, parameters, min(plan.average, (1 + progress.step) / (10 + progress.step)))

        smooth = float(loss) if smooth is None else 0.95 * smooth + 0.05 * float(loss)
        if progress.step % LOG_EVERY_STEPS == 0:
            progress.losses.append(round(smooth, 6))
            speed = progress.step * plan.batch / progress.seconds
            print(
                f"{stage}: step {progress.step} of {plan.steps}, loss {smooth:.5f}, {speed:.1f} samples/s", flush=True
            )
        if time.time() - saved > SAVE_EVERY_SECONDS or progress.step == plan.steps:
            _save(checkpoint, parameters, averages, optimizer, progress)
            saved = time.time()

    with torch.no_grad():
        for parameter, average in zip(parameters, averages):
            parameter.copy_(average)
    _record(folder, plan, progress)
    return progress


@torch.no_grad()
def _average(averages: list[Tensor], parameters: list[nn.Parameter], keep: float) -> None:
    torch._foreach_lerp_(averages, [parameter.detach() for parameter in parameters], 1 - keep)


def _save(checkpoint: Path, parameters, averages, optimizer, progress: Progress) -> None:
    new = checkpoint.with_suffix(".new")
    torch.save(
        {
            "parameters": [parameter.detach() for parameter in parameters],
            "averages": averages,
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "progress": asdict(progress),
        },
        new,
    )
    new.replace(checkpoint)  # never half written


def _resume(checkpoint: Path, parameters, averages, optimizer) -> Progress:
    saved = torch.load(checkpoint)
    with torch.no_grad():
        for own, theirs in zip([*parameters, *averages], [*saved["parameters"], *saved["averages"]], strict=True):
            own.copy_(theirs)
    optimizer.load_state_dict(saved["optimizer"])
    torch.set_rng_state(saved["random"])
    return Progress(**saved["progress"])


def _record(folder: Path, plan: Plan, progress: Progress) -> None:
    record = {
        "plan": asdict(plan),
        "steps": progress.step,
        "samples": progress.step * plan.batch,
        "seconds": round(progress.seconds),
        "threads": torch.get_num_threads(),
        "losses": progress.losses,
    }
    (folder / "record.json").write_text(json.dumps(record, indent=1) + "\n")
