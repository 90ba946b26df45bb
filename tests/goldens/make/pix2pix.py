"""A tiny checkpoint of instruct-pix2pix's layout (8 channels), and what diffusers' pipeline makes of a picture with it.
python make/pix2pix.py  (needs diffusers and torch; the README names the versions)"""
import json
import os
import shutil

import diffusers as D
import torch
from PIL import Image
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def random_unet(base, seed):
    """A U-Net of a checkpoint's layout that is shown a picture beside the latents."""
    config = D.UNet2DConditionModel.load_config(base + "/unet")
    unet = D.UNet2DConditionModel.from_config(dict(config, in_channels=8)).eval()
    g = torch.Generator().manual_seed(seed)
    for n, p in unet.named_parameters():
        fan = p[0].numel() if p.dim() > 1 else 1
        p.data = torch.randn(p.shape, generator=g) * (1.0 / fan**0.5 if p.dim() > 1 else 0.1) + (1.0 if "norm" in n and n.endswith("weight") else 0.0)
    return unet


def pipeline(base_name, name, seed, base_class, class_name, parts, **settings):
    """A checkpoint in `instruct-pix2pix/NAME`, with the parts of another but the U-Net."""
    base, folder = os.path.join(ROOT, "pipelines", base_name, "model"), os.path.join(ROOT, "pipelines/instruct-pix2pix", name)
    unet = random_unet(base, seed)
    unet.save_pretrained(folder + "/unet")
    p = base_class.from_pretrained(base)
    scheduler = D.EulerDiscreteScheduler.from_config(p.scheduler.config)
    pipe = getattr(D, class_name)(unet=unet, scheduler=scheduler, **{part: getattr(p, part) for part in parts}, **settings)
    pipe.set_progress_bar_config(disable=True)
    for part in parts:
        shutil.copytree(os.path.join(base, part), os.path.join(folder, part), dirs_exist_ok=True)
    scheduler.save_pretrained(folder + "/scheduler")
    index = json.load(open(base + "/model_index.json"))
    index.update({"_class_name": class_name, "scheduler": ["diffusers", "EulerDiscreteScheduler"]})
    index.update({k: v for k, v in settings.items() if k == "is_cosxl_edit"})
    json.dump(index, open(folder + "/model_index.json", "w"), indent=1)
    return pipe


def record(pipe, model, class_name, cases):
    for name, call, seed in cases:
        t, steps, calls, unet = {}, [], [], pipe.unet
        ostep, of = pipe.scheduler.step, unet.forward

        def step(o, ts, s, *a, **k):
            r = ostep(o, ts, s, *a, **k)
            if not steps:
                t["latents.initial"] = s.clone()
            t["step.%d.prev_sample" % len(steps)] = t["latents.final"] = r[0].clone()
            steps.append(1)
            return r

        def forward(sample, *a, **k):
            r = of(sample, *a, **k)
            if len(calls) < 2:
                t["unet.%d.sample" % len(calls)], t["unet.%d.out" % len(calls)] = sample.clone(), r[0].clone()
            calls.append(1)
            return r

        pipe.scheduler.step, unet.forward = step, forward
        image = Image.open(os.path.join(ROOT, "pipelines/inputs/shapes-64x64.png")).convert("RGB")
        out = pipe(image=image, generator=torch.Generator().manual_seed(seed), output_type="pt", **call).images
        pipe.scheduler.step, unet.forward = ostep, of
        t["images"] = out
        base_name = os.path.join(ROOT, "pipelines/instruct-pix2pix", name)
        save_file({k: v.clone().contiguous() for k, v in t.items()}, base_name + ".safetensors")
        scheduler = dict({k: v for k, v in pipe.scheduler.config.items() if not k.startswith("_")}, _class_name="EulerDiscreteScheduler")
        json.dump({"family": "instruct-pix2pix", "case": name, "pipeline_class": class_name, "model": "pipelines/instruct-pix2pix/" + model, "scheduler": scheduler,
                   "seed": seed, "call": dict(call, image={"png": "pipelines/inputs/shapes-64x64.png"}, output_type="pt")}, open(base_name + ".json", "w"), indent=1)


EDIT = dict(prompt="make it a painting of a cat", negative_prompt="blurry", num_inference_steps=3, guidance_scale=5.0, image_guidance_scale=1.4)


def main():
    texts = ("vae", "text_encoder", "tokenizer")
    sd1 = pipeline("sd1", "model", 600, D.StableDiffusionPipeline, "StableDiffusionInstructPix2PixPipeline", texts, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    record(sd1, "model", "StableDiffusionInstructPix2PixPipeline", (
        ("edit", EDIT, 3),
        ("edit-nocfg", dict(prompt="an astronaut in the snow", num_inference_steps=2, guidance_scale=1.0, image_guidance_scale=1.5), 4)))
    xl = pipeline("sdxl", "model-xl", 601, D.StableDiffusionXLPipeline, "StableDiffusionXLInstructPix2PixPipeline", texts + ("text_encoder_2", "tokenizer_2"), is_cosxl_edit=True)
    size = dict(width=64, height=64)
    record(xl, "model-xl", "StableDiffusionXLInstructPix2PixPipeline", (
        ("edit-xl", dict(EDIT, **size), 5),
        ("edit-xl-nonegative", dict(prompt="an astronaut in the snow", num_inference_steps=2, guidance_scale=4.0, image_guidance_scale=1.5, **size), 6)))


with torch.no_grad():
    main()
