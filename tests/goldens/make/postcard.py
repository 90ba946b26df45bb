"""Draws the references of the demo family anew, as ../../postcard/references.json tells them: by diffusers in float32 on a
CPU. The upscaler, which diffusers does not have, by the formulas of esrgan.py. To be run when a model of the family changes.

python make/postcard.py [FILE.png...]  (needs torch, diffusers, transformers, peft, opencv, safetensors, pillow)"""
import json
import os
import sys

import cv2
import diffusers
import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, ControlNetModel, StableDiffusionPipeline, T2IAdapter
from PIL import Image
from safetensors.torch import load_file

from esrgan import enlarge

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "../../postcard")
MODELS = os.path.join(HERE, "../../../models")
FLOAT32 = {"torch_dtype": torch.float32}
FOLLOWERS = {"StableDiffusionControlNetPipeline": ControlNetModel, "StableDiffusionAdapterPipeline": T2IAdapter}


def main(wanted):
    torch.set_num_threads(int(os.environ.get("THREADS", "1")))
    file = os.path.join(OUT, "references.json")
    entries = json.load(open(file))
    draw = {"vae": autoencoder, "image": picture, "upscaler": upscaled, "preview": preview}
    for entry in entries:
        name = entry.get("file", entry.get("decoded"))
        if entry["kind"] in draw and (not wanted or name in wanted):
            draw[entry["kind"]](entry)
            print(name, flush=True)
    with open(file, "w") as out:
        json.dump(entries, out, indent=1)
        out.write("\n")


def picture(entry):
    pipeline = build(entry)
    pipeline.set_progress_bar_config(disable=True)
    told = entry.get("scheduler_config", pipeline.scheduler.config)
    pipeline.scheduler = getattr(diffusers, entry["scheduler"]).from_config(
        {name: -float("inf") if value == "-inf" else value for name, value in told.items()}
    )
    loras = entry.get("loras", [])
    for name, _ in loras:
        pipeline.load_lora_weights(os.path.join(MODELS, name), adapter_name=name)
    if loras:
        pipeline.set_adapters([name for name, _ in loras], [weight for _, weight in loras])
    size = {} if entry["pipeline"] == "StableDiffusionImg2ImgPipeline" else {side: entry[side] for side in ("width", "height")}
    drawn = pipeline(
        entry["prompt"],
        negative_prompt=entry["negative_prompt"],
        num_inference_steps=entry["steps"],
        guidance_scale=entry["guidance_scale"],
        generator=torch.Generator("cpu").manual_seed(entry["seed"]),
        **size,
        **begun_from(entry),
        **followed(entry),
    )
    drawn.images[0].save(os.path.join(OUT, entry["file"]))


def build(entry):
    pipeline = StableDiffusionPipeline.from_pretrained(os.path.join(MODELS, "postcard"), **FLOAT32)
    if entry["pipeline"] == "StableDiffusionPipeline":
        return pipeline
    added = {}
    if "control" in entry:
        follower = FOLLOWERS[entry["pipeline"]].from_pretrained(os.path.join(MODELS, entry["control"]["model"]), **FLOAT32)
        added = {"adapter" if isinstance(follower, T2IAdapter) else "controlnet": follower}
    return getattr(diffusers, entry["pipeline"]).from_pipe(pipeline, **added, **FLOAT32)


def begun_from(entry):
    told = {name: entry[name] for name in ("strength", "padding_mask_crop") if name in entry}
    pictures = {"image": entry.get("image"), "mask_image": entry.get("mask")}
    return {**told, **{name: opened(file) for name, file in pictures.items() if file}}


def followed(entry):
    if "control" not in entry:
        return {}
    control = entry["control"]
    edges = cv2.Canny(np.array(opened(control["image"])), 100, 200)
    scale = "adapter_conditioning_scale" if "Adapter" in entry["pipeline"] else "controlnet_conditioning_scale"
    return {"image": Image.fromarray(np.repeat(edges[:, :, None], 3, 2)), scale: control["scale"]}


def autoencoder(entry):
    """What the decoder makes of latents that are kept."""
    vae = AutoencoderKL.from_pretrained(os.path.join(MODELS, "postcard/vae"), **FLOAT32)
    values = vae.decode(load_file(os.path.join(OUT, entry["latents"]))["mode"]).sample / 2 + 0.5
    shown = torch.from_numpy(np.array(opened(entry["image"]))).permute(2, 0, 1).float() / 255
    entry["psnr"] = float(-10 * torch.log10((values[0].clamp(0, 1) - shown).square().mean()))
    save(values, entry["decoded"])


def upscaled(entry):
    file = os.path.join(MODELS, entry["model"], "upscaler.safetensors")
    weights = {name: tensor.float() for name, tensor in load_file(file).items()}
    pixels = torch.from_numpy(np.array(opened(entry["image"]))).permute(2, 0, 1)[None]
    save(enlarge(weights, pixels.float() / 255, 2, 1), entry["file"])


def preview(entry):
    """Of what the autoencoder makes of a picture, scaled as the U-Net has it."""
    tiny = AutoencoderTiny.from_pretrained(os.path.join(MODELS, entry["model"]), **FLOAT32)
    scaled = load_file(os.path.join(OUT, entry["latents"]))["mode"] * entry["scaled_by"]
    save(tiny.decode(scaled / tiny.config.scaling_factor).sample / 2 + 0.5, entry["file"])


def opened(file):
    return Image.open(os.path.join(OUT, file)).convert("RGB")


def save(values, file):
    pixels = (values[0].detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(os.path.join(OUT, file))


if __name__ == "__main__":
    with torch.no_grad():
        main(sys.argv[1:])
