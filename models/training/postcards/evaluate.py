"""`python -m postcards.evaluate WHAT...`: draws held-out captions with the family, and lets the judge look at them.

Every result is written to `<state>/evaluation/WHAT.json`, with a sheet of the first pictures beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from random import Random

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import (
    AutoencoderTiny,
    ControlNetModel,
    DDIMScheduler,
    LCMScheduler,
    StableDiffusionAdapterPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    T2IAdapter,
)
from safetensors.torch import load_file
from torch import Tensor

from .autoencoder import to_bytes
from .captions import caption
from .judge import HEADS, load_judge, truth_of, verdicts
from .masks import sample_masks
from .places import BASE, LCM_LORA, state
from .pool import Pool, edges_of
from .rrdb import RRDBNet
from .sheets import save_sheet
from .stages.upscaler import SCALE
from .stages.upscaler import pictures as upscaler_pictures

STEPS, GUIDANCE = 25, 4.0
LCM_STEPS = 4
BATCH = 16
SEED = 7000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m postcards.evaluate", description=__doc__)
    parser.add_argument("what", nargs="+", choices=EVALUATIONS)
    parser.add_argument("--n", type=int, default=256, help="captions, at most as many as there are held-out pictures")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = state() / "evaluation"
    folder.mkdir(exist_ok=True)
    for what in options.what:
        result = {"captions": options.n, **EVALUATIONS[what](HeldOut(options.n))}
        (folder / f"{what}.json").write_text(json.dumps(result, indent=1) + "\n")
        print(what, json.dumps(result), flush=True)


class HeldOut:
    """Scenes that no stage is trained with: their pictures, and a caption of each."""

    def __init__(self, n: int):
        self.pool = Pool("held-out")
        self.scenes = self.pool.scenes[:n]
        self.pictures = self.pool.pictures[:n]
        random = Random(99)
        self.captions = [caption(self.scenes, i, random) for i in range(n)]

    def score(self, drawn: Tensor) -> dict[str, float]:
        """How often pictures show what their captions name, and how many look like papercuts."""
        said, truth = verdicts(load_judge(), drawn), truth_of(self.scenes, "plain")
        right = {head: said[head] == truth[head] for head in HEADS}
        everything, shares = torch.ones(len(drawn), dtype=torch.bool), {}
        for head in ("object", "colour", "time", "terrain", "place"):
            named = (
                torch.ones_like(everything)
                if head == "object"
                else torch.from_numpy(getattr(self.scenes, f"names_{head}"))
            )
            shares[head] = float(right[head][named].float().mean())
            everything &= right[head] | ~named
        return {
            **shares,
            "all that is named": float(everything.float().mean()),
            "papercut": float((~right["style"]).float().mean()),
        }


def evaluate_base(held_out: HeldOut) -> dict:
    drawn = _draw(held_out, _plain(), "base")
    return {**held_out.score(drawn), "edge F1": edge_f1(held_out.pool.edges[: len(drawn)].numpy(), edges_of(drawn))}


def evaluate_lcm(held_out: HeldOut) -> dict:
    pipeline = _consistent(_plain())
    return held_out.score(_draw(held_out, pipeline, "lcm", **LCM))


def evaluate_papercut(held_out: HeldOut) -> dict:
    """In 25 steps on the base, and in 4 with the LCM-LoRA as well."""
    pipeline = _plain()
    pipeline.load_lora_weights(state() / "models" / "postcard-papercut-lora", adapter_name="papercut")
    slow = held_out.score(_draw(held_out, pipeline, "papercut", prefix="papercut, "))
    pipeline = _consistent(pipeline)
    pipeline.set_adapters(["lcm", "papercut"], [1.0, 0.8])
    return {"DDIM": slow, "LCM": held_out.score(_draw(held_out, pipeline, "papercut-lcm", prefix="papercut, ", **LCM))}


def evaluate_controlnet(held_out: HeldOut) -> dict:
    """How well edges are kept, beside what the autoencoder alone keeps of them and what unrelated pictures share."""
    folder = state() / "models" / "postcard-controlnet-canny"
    control = ControlNetModel.from_pretrained(folder, torch_dtype=torch.float32)
    pipeline = _quiet(
        StableDiffusionControlNetPipeline(**_plain().components, controlnet=control, requires_safety_checker=False)
    )
    return _follow_edges(held_out, pipeline, "controlnet")


def evaluate_t2i_adapter(held_out: HeldOut) -> dict:
    folder = state() / "models" / "postcard-t2i-adapter-canny"
    adapter = T2IAdapter.from_pretrained(folder, torch_dtype=torch.float32)
    pipeline = _quiet(StableDiffusionAdapterPipeline.from_pipe(_plain(), adapter=adapter, torch_dtype=torch.float32))
    return _follow_edges(held_out, pipeline, "t2i-adapter")


def _follow_edges(held_out: HeldOut, pipeline, name: str) -> dict:
    edges = held_out.pool.edges[: len(held_out.captions)]
    shown = edges[:, None].float().expand(-1, 3, -1, -1)
    drawn = _draw(held_out, pipeline, name, each=lambda part: {"image": shown[part]})
    found = edges_of(drawn)
    save_sheet(state() / "evaluation" / f"{name}-rows.png", [to_bytes(shown[:8]), drawn[:8], held_out.pictures[:8]])
    return {
        **held_out.score(drawn),
        "edge F1": edge_f1(edges.numpy(), found),
        "edge F1 of the autoencoder": edge_f1(edges.numpy(), edges_of(held_out.pool.seen_through_vae[: len(drawn)])),
        "edge F1 of unrelated pictures": edge_f1(edges.numpy(), np.roll(found, 1, 0)),
    }


def evaluate_inpainting(held_out: HeldOut) -> dict:
    """The base repaints a part and is blended with the rest: how far is that rest from the original, from 0 to 1?"""
    pipeline = _quiet(StableDiffusionInpaintPipeline(**_plain().components, requires_safety_checker=False))
    masks = sample_masks(len(held_out.captions), seed=5)
    originals = held_out.pictures.roll(1, 0)  # each caption repaints a part of another scene
    images = originals.float() / 127.5 - 1
    drawn = _draw(
        held_out,
        pipeline,
        "inpainting",
        each=lambda part: {"image": images[part], "mask_image": masks[part], "strength": 1.0},
    )
    kept = 1 - masks

    def far(pictures: Tensor) -> float:
        return float(((pictures.float() - originals).abs() * kept).sum() / (kept.sum() * 3 * 255))

    rows = [(originals * kept + 128 * masks).to(torch.uint8)[:8], drawn[:8], originals[:8]]
    save_sheet(state() / "evaluation" / "inpainting-rows.png", rows)
    return {
        "unmasked error": far(drawn),
        "unmasked error of the autoencoder": far(held_out.pool.seen_through_vae[: len(drawn)].roll(1, 0)),
        "unmasked error of unrelated pictures": far(held_out.pictures),
    }


@torch.no_grad()
def evaluate_upscaler(_: HeldOut) -> dict:
    """PSNR on fresh renders, beside bicubic interpolation: of clean small pictures, and of soft ones."""
    upscaler = RRDBNet()
    upscaler.load_state_dict(load_file(state() / "models" / "postcard-upscaler-x4" / "upscaler.safetensors"))
    upscaler.float().eval()
    large, small, soft = upscaler_pictures(24, seed=8031)
    result = {}
    for name, shown in (("clean", small), ("through the autoencoder", soft)):
        values = shown.float() / 255
        ours = torch.cat([to_bytes(upscaler(part)) for part in values.split(2)])
        bicubic = to_bytes(F.interpolate(values, scale_factor=SCALE, mode="bicubic", antialias=False))
        result[name] = {"PSNR": psnr(ours, large), "PSNR of bicubic": psnr(bicubic, large)}
        middle = [row[:4, :, 128:384, 160:416] for row in (bicubic, ours, large)]
        save_sheet(state() / "evaluation" / f"upscaler-{name.split()[0]}.png", middle)
    return result


@torch.no_grad()
def evaluate_preview(held_out: HeldOut) -> dict:
    """PSNR of the preview decoder on held-out renders, beside that of the base's own."""
    tiny = AutoencoderTiny.from_pretrained(state() / "models" / "postcard-preview", torch_dtype=torch.float32).eval()
    latents = held_out.pool.latents[: len(held_out.captions)]
    drawn = torch.cat([to_bytes(tiny.decode(part).sample / 2 + 0.5) for part in latents.split(BATCH)])
    exact = held_out.pool.seen_through_vae[: len(drawn)]
    save_sheet(state() / "evaluation" / "preview-rows.png", [drawn[:8], exact[:8], held_out.pictures[:8]])
    return {"PSNR": psnr(drawn, held_out.pictures), "PSNR of the autoencoder": psnr(exact, held_out.pictures)}


def psnr(drawn: Tensor, wanted: Tensor) -> float:
    """Mean over pictures [n, 3, h, w] of bytes, in dB."""
    errors = ((drawn.float() - wanted.float()) / 255).square().mean((1, 2, 3))
    return float((-10 * torch.log10(errors)).mean())


def edge_f1(wanted: np.ndarray, found: np.ndarray, slack: int = 2) -> float:
    """Mean F1 of edges [n, h, w] of 0 and 1, where `slack` pixels beside still count as the same place."""
    near, scores = np.ones((2 * slack + 1,) * 2, np.uint8), []
    for a, b in zip(wanted, found):
        precision = (b * cv2.dilate(a, near)).sum() / max(1, b.sum())
        recall = (a * cv2.dilate(b, near)).sum() / max(1, a.sum())
        scores.append(2 * precision * recall / max(1e-9, precision + recall))
    return float(np.mean(scores))


LCM = {"num_inference_steps": LCM_STEPS, "guidance_scale": 1.0}


def _plain() -> StableDiffusionPipeline:
    pipeline = StableDiffusionPipeline.from_pretrained(BASE, torch_dtype=torch.float32)
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    return _quiet(pipeline)


def _consistent(pipeline: StableDiffusionPipeline) -> StableDiffusionPipeline:
    pipeline.load_lora_weights(LCM_LORA, adapter_name="lcm")
    pipeline.scheduler = LCMScheduler.from_config(pipeline.scheduler.config)
    return pipeline


def _quiet(pipeline):
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _draw(
    held_out: HeldOut,
    pipeline,
    name: str,
    prefix: str = "",
    each: Callable[[slice], dict] = lambda _: {},
    **settings,
) -> Tensor:
    """A picture [n, 3, 128, 128] of bytes for each caption, every one from a seed of its own; saves a sheet of some."""
    settings = {"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, **settings}
    drawn = []
    for start in range(0, len(held_out.captions), BATCH):
        part = slice(start, min(start + BATCH, len(held_out.captions)))
        prompts = [prefix + text for text in held_out.captions[part]]
        generators = [torch.Generator().manual_seed(SEED + i) for i in range(start, part.stop)]
        images = pipeline(
            prompts, height=128, width=128, generator=generators, output_type="np", **each(part), **settings
        ).images
        drawn.append(to_bytes(torch.from_numpy(images).permute(0, 3, 1, 2)))
    pictures_drawn = torch.cat(drawn)
    np.save(state() / "evaluation" / f"{name}.npy", pictures_drawn.numpy())
    save_sheet(state() / "evaluation" / f"{name}.png", list(pictures_drawn[:32].split(8)))
    return pictures_drawn


EVALUATIONS = {
    "base": evaluate_base,
    "lcm": evaluate_lcm,
    "papercut": evaluate_papercut,
    "controlnet": evaluate_controlnet,
    "t2i-adapter": evaluate_t2i_adapter,
    "inpainting": evaluate_inpainting,
    "upscaler": evaluate_upscaler,
    "preview": evaluate_preview,
}

if __name__ == "__main__":
    main()
