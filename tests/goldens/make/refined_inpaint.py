"""A part of a picture, repainted by a tiny SDXL checkpoint and its refiner after diffusers' inpainting pipelines.
python make/refined_inpaint.py  (needs diffusers and torch; the README names the versions)"""
import json
import os

import diffusers as D
import torch
from PIL import Image
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PICTURE, MASK = "pipelines/inputs/shapes-64x64.png", "pipelines/inputs/mask-64x64.png"
WORDS = dict(prompt="a painting of a cat riding a horse", negative_prompt="blurry", num_inference_steps=6, guidance_scale=5.0, height=64, width=64)


def traced(pipe, call, seed, **pictures):
    t, steps, calls = {}, [], []
    ostep, of = pipe.scheduler.step, pipe.unet.forward

    def step(o, ts, s, *a, **k):
        r = ostep(o, ts, s, *a, **k)
        if not steps:
            t["latents.initial"] = s.clone()
        t["step.%d.prev_sample" % len(steps)] = r[0].clone()
        steps.append(1)
        return r

    def forward(sample, *a, **k):
        r = of(sample, *a, **k)
        if len(calls) < 2:
            t["unet.%d.sample" % len(calls)], t["unet.%d.out" % len(calls)] = sample.clone(), r[0].clone()
        calls.append(1)
        return r

    pipe.scheduler.step, pipe.unet.forward = step, forward
    t["images"] = pipe(generator=torch.Generator().manual_seed(seed), **pictures, **call).images
    pipe.scheduler.step, pipe.unet.forward = ostep, of
    return t


def save(name, pipe, model, call, seed, t):
    base = os.path.join(ROOT, "pipelines/sdxl-base-refiner", name)
    save_file({k: v.clone().contiguous() for k, v in t.items()}, base + ".safetensors")
    scheduler = dict({k: v for k, v in pipe.scheduler.config.items() if not k.startswith("_")}, _class_name=type(pipe.scheduler).__name__)
    json.dump({"family": "sdxl-base-refiner", "case": name, "pipeline_class": "StableDiffusionXLInpaintPipeline", "model": model, "scheduler": scheduler, "seed": seed, "call": call},
              open(base + ".json", "w"), indent=1)


def main():
    def load(model):
        pipe = D.StableDiffusionXLInpaintPipeline.from_pretrained(os.path.join(ROOT, model), add_watermarker=False)
        pipe.scheduler = D.EulerDiscreteScheduler.from_config(pipe.scheduler.config)
        pipe.set_progress_bar_config(disable=True)
        return pipe

    picture, mask = Image.open(os.path.join(ROOT, PICTURE)).convert("RGB"), Image.open(os.path.join(ROOT, MASK)).convert("L")
    base, refiner = load("pipelines/sdxl/model"), load("pipelines/sdxl-refiner/model")
    first = dict(WORDS, strength=0.9, denoising_end=0.6, output_type="latent")
    t = traced(base, first, 31, image=picture, mask_image=mask)
    save("inpaint-0.6.base", base, "pipelines/sdxl/model", dict(first, image={"png": PICTURE}, mask_image={"png": MASK}), 31, t)
    second = dict(WORDS, denoising_start=0.6, output_type="pt")
    left = t["images"]
    t = dict(traced(refiner, second, 32, image=left, mask_image=mask), **{"input.image": left})
    save("inpaint-0.6.refiner", refiner, "pipelines/sdxl-refiner/model", dict(second, image={"tensor": "input.image"}, mask_image={"png": MASK}), 32, t)


with torch.no_grad():
    main()
