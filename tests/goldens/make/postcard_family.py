"""What the models beside the demo's base make, by diffusers in float32 on a CPU: added to ../../postcard.

ControlNet, papercut LoRA (also with the LCM-LoRA), preview decoder; the upscaler, which diffusers does not have, by the
formulas of esrgan.py.   python make/postcard_family.py  (needs torch, diffusers, transformers, peft, opencv, safetensors)"""
import json
import os

import cv2
import numpy as np
import torch
from diffusers import (
    AutoencoderTiny,
    ControlNetModel,
    DDIMScheduler,
    LCMScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionPipeline,
)
from PIL import Image
from safetensors.torch import load_file

from esrgan import enlarge

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "../../postcard")
MODELS = os.path.join(HERE, "../../../models")
SCHEDULERS = {"ddim": DDIMScheduler, "lcm": LCMScheduler}
PAPERCUT, LCM = "postcard-papercut-lora", "postcard-lcm-lora"

#: file, prompt, negative prompt, seed, sampler, steps, guidance, LoRAs
PICTURES = [
    ("papercut_ddim_601", "papercut, a red lighthouse by the sea at sunset", "", 601, "ddim", 20, 4.0, [(PAPERCUT, 1.0)]),
    ("papercut_weak_602", "a blue house in snowy mountains at noon", "blurry", 602, "ddim", 15, 4.0, [(PAPERCUT, 0.6)]),
    ("papercut_lcm_603", "papercut, a yellow sailboat at sea at dawn", None, 603, "lcm", 4, 1.0, [(LCM, 1.0), (PAPERCUT, 0.8)]),
]
#: the same, with the picture that is followed and how strongly
FOLLOWED = [
    ("control_ddim_501", "a blue house on green hills at night", "", 501, "ddim", 20, 4.0, [], "source_101.png", 1.0),
    ("control_weak_502", "a red sailboat at sea at noon", "blurry", 502, "ddim", 15, 4.0, [], "source_105.png", 0.7),
    ("control_lcm_503", "a green house in the desert at dawn", None, 503, "lcm", 4, 1.0, [(LCM, 1.0)], "source_101.png", 1.0),
]


def main():
    torch.set_num_threads(int(os.environ.get("THREADS", "1")))
    entries = [draw(*picture) for picture in PICTURES + FOLLOWED]
    entries += [upscaled("source_101.png", "upscaled_701.png"), preview("vae_latents_1.safetensors", "preview_801.png")]
    file = os.path.join(OUT, "references.json")
    known = [entry for entry in json.load(open(file)) if entry.get("file") not in {entry["file"] for entry in entries}]
    with open(file, "w") as out:
        json.dump(known + entries, out, indent=1)
        out.write("\n")


def draw(name, prompt, negative, seed, sampler, steps, guidance, loras, image=None, scale=None):
    pipeline = StableDiffusionPipeline.from_pretrained(os.path.join(MODELS, "postcard"), torch_dtype=torch.float32)
    followed, told = {}, {}
    if image:
        folder = os.path.join(MODELS, "postcard-controlnet-canny")
        net = ControlNetModel.from_pretrained(folder, torch_dtype=torch.float32)
        pipeline = StableDiffusionControlNetPipeline(**pipeline.components, controlnet=net, requires_safety_checker=False)
        edges = cv2.Canny(np.array(Image.open(os.path.join(OUT, image)).convert("RGB")), 100, 200)
        shown = Image.fromarray(np.repeat(edges[:, :, None], 3, 2))
        followed = {"image": shown, "controlnet_conditioning_scale": scale}
        control = {"model": "postcard-controlnet-canny", "image": image, "preprocess": "canny", "scale": scale}
        told = {"control": control}
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = SCHEDULERS[sampler].from_config(pipeline.scheduler.config)
    for lora, _ in loras:
        pipeline.load_lora_weights(os.path.join(MODELS, lora), adapter_name=lora)
    if loras:
        pipeline.set_adapters([lora for lora, _ in loras], [weight for _, weight in loras])
        told["loras"] = [list(lora) for lora in loras]
    picture = pipeline(
        prompt,
        negative_prompt=negative,
        num_inference_steps=steps,
        guidance_scale=guidance,
        width=128,
        height=128,
        generator=torch.Generator("cpu").manual_seed(seed),
        **followed,
    ).images[0]
    picture.save(os.path.join(OUT, name + ".png"))
    return {
        "kind": "image",
        "file": name + ".png",
        "pipeline": type(pipeline).__name__,
        "model": "postcard",
        "prompt": prompt,
        "negative_prompt": negative,
        "seed": seed,
        "generator": "torch.Generator('cpu').manual_seed(seed)",
        "sampler": sampler,
        "scheduler": type(pipeline.scheduler).__name__,
        "steps": steps,
        "guidance_scale": guidance,
        "width": 128,
        "height": 128,
        "dtype": "float32 (weights upcast from fp16)",
        **told,
    }


def upscaled(image, file):
    folder = os.path.join(MODELS, "postcard-upscaler-x4")
    weights = {name: tensor.float() for name, tensor in load_file(os.path.join(folder, "upscaler.safetensors")).items()}
    pixels = torch.from_numpy(np.array(Image.open(os.path.join(OUT, image)).convert("RGB"))).permute(2, 0, 1)[None]
    save(enlarge(weights, pixels.float() / 255, 2, 1), file)
    return {"kind": "upscaler", "file": file, "model": "postcard-upscaler-x4", "image": image, "dtype": "float32"}


def preview(latents, file):
    """Of what the autoencoder makes of a picture, scaled as the U-Net has it."""
    tiny = AutoencoderTiny.from_pretrained(os.path.join(MODELS, "postcard-preview"), torch_dtype=torch.float32)
    factor = json.load(open(os.path.join(MODELS, "postcard/vae/config.json")))["scaling_factor"]
    scaled = load_file(os.path.join(OUT, latents))["mode"] * factor
    save(tiny.decode(scaled / tiny.config.scaling_factor).sample / 2 + 0.5, file)
    return {
        "kind": "preview",
        "file": file,
        "model": "postcard-preview",
        "latents": latents,
        "scaled_by": factor,
        "dtype": "float32",
    }


def save(values, file):
    pixels = (values[0].detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(os.path.join(OUT, file))


if __name__ == "__main__":
    with torch.no_grad():
        main()
