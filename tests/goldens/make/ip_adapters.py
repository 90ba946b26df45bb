"""Tiny IP-Adapters, "plus" for Stable Diffusion 1 and both kinds for SDXL, and what diffusers' pipelines draw with them.
python make/ip_adapters.py  (needs diffusers, transformers and torch; the README names the versions)"""
import json
import os

import diffusers as D
import torch
from diffusers.models.embeddings import ImageProjection, IPAdapterPlusImageProjection
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPVisionModelWithProjection

try:
    from transformers import CLIPImageProcessorPil as Processor
except ImportError:
    from transformers import CLIPImageProcessor as Processor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, "pipelines/ip-adapter")
# diffusers builds four layers, whatever the file has.
WIDTH_SEEN, MEANING, HEAD, HEADS, TOKENS, HIDDEN, LAYERS = 16, 12, 64, 2, 5, 24, 4


def filled(module, seed):
    g = torch.Generator().manual_seed(seed)
    for name, p in module.named_parameters():
        norm = "norm" in name or ".ln" in name or ".ff.0." in name
        p.data = torch.randn(p.shape, generator=g) * (1 / p[0].numel() ** 0.5 if p.dim() > 1 else 0.1) + (1.0 if norm and name.endswith("weight") else 0.0)
    return module.eval()


def projections(unet, width, seed):
    """Keys and values of pictures, numbered as the published files number them: by twos over all attentions."""
    g, tensors, number = torch.Generator().manual_seed(seed), {}, 1
    modules = dict(unet.named_modules())
    for name in unet.attn_processors:
        if not name.endswith("attn2.processor"):
            continue
        inner = modules[name.removesuffix(".processor")].to_k.out_features
        for part in ("to_k_ip", "to_v_ip"):
            tensors[f"ip_adapter.{number}.{part}.weight"] = torch.randn((inner, width), generator=g) * 0.25
        number += 2
    return tensors


def plain(width, seed):
    p = filled(ImageProjection(cross_attention_dim=width, image_embed_dim=MEANING, num_image_text_embeds=4), seed).state_dict()
    names = {"image_embeds": "proj", "norm": "norm"}
    return {"image_proj." + names[k.split(".")[0]] + "." + k.split(".")[1]: v for k, v in p.items()}


def plus(width, seed):
    """By the names of the published files: keys and values are one tensor there."""
    module = IPAdapterPlusImageProjection(embed_dims=WIDTH_SEEN, output_dims=width, hidden_dims=HIDDEN, depth=LAYERS, dim_head=HEAD, heads=HEADS, num_queries=TOKENS)
    s, out = filled(module, seed).state_dict(), {}
    for k in ("latents", "proj_in.weight", "proj_in.bias", "proj_out.weight", "proj_out.bias", "norm_out.weight", "norm_out.bias"):
        out["image_proj." + k] = s[k]
    for i in range(LAYERS):
        own, theirs = f"layers.{i}.", f"image_proj.layers.{i}."
        for a, b in (("ln0", "0.norm1"), ("ln1", "0.norm2"), ("ff.0", "1.0")):
            for part in ("weight", "bias"):
                out[f"{theirs}{b}.{part}"] = s[f"{own}{a}.{part}"]
        out[theirs + "0.to_q.weight"] = s[own + "attn.to_q.weight"]
        out[theirs + "0.to_kv.weight"] = torch.cat([s[own + "attn.to_k.weight"], s[own + "attn.to_v.weight"]])
        out[theirs + "0.to_out.weight"] = s[own + "attn.to_out.0.weight"]
        out[theirs + "1.1.weight"] = s[own + "ff.1.net.0.proj.weight"]
        out[theirs + "1.3.weight"] = s[own + "ff.1.net.2.weight"]
    return out


def record(pipe, case, adapter, family, call, picture, scale, seed):
    t, steps, calls, ostep, of = {}, [], [], pipe.scheduler.step, pipe.unet.forward

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
            t["unet.%d.added.image_embeds.0" % len(calls)] = k["added_cond_kwargs"]["image_embeds"][0].clone()
        calls.append(1)
        return r

    pipe.set_ip_adapter_scale(scale)
    pipe.scheduler.step, pipe.unet.forward = step, forward
    image = Image.open(os.path.join(ROOT, picture)).convert("RGB")
    t["images"] = pipe(ip_adapter_image=image, generator=torch.Generator().manual_seed(seed), output_type="pt", height=64, width=64, **call).images
    pipe.scheduler.step, pipe.unet.forward = ostep, of
    save_file({k: v.clone().contiguous() for k, v in t.items()}, os.path.join(FOLDER, case + ".safetensors"))
    scheduler = dict({k: v for k, v in pipe.scheduler.config.items() if not k.startswith("_")}, _class_name=type(pipe.scheduler).__name__)
    golden = {"family": "ip-adapter", "case": case, "pipeline_class": type(pipe).__name__, "model": f"pipelines/{family}/model", "scheduler": scheduler, "seed": seed, "global_seed": None,
              "call": dict(call, ip_adapter_image={"png": picture}, height=64, width=64, output_type="pt"),
              "ip_adapter": "pipelines/ip-adapter/models-more/" + adapter, "image_encoder": "pipelines/ip-adapter/image_encoder", "ip_adapter_scale": scale}
    with open(os.path.join(FOLDER, case + ".json"), "w") as f:
        f.write(json.dumps(golden, indent=1) + "\n")


def main():
    os.makedirs(FOLDER + "/models-more", exist_ok=True)
    for case, pipeline, family, projection, picture, scale, seed in (
        ("sd15-plus-scale0.8", D.StableDiffusionPipeline, "sd1", plus, "pipelines/inputs/shapes-80x64.png", 0.8, 71),
        ("sdxl-scale0.6", D.StableDiffusionXLPipeline, "sdxl", plain, "pipelines/inputs/shapes-64x64.png", 0.6, 72),
        ("sdxl-plus-scale1", D.StableDiffusionXLPipeline, "sdxl", plus, "pipelines/inputs/shapes-80x64.png", 1.0, 73),
    ):
        pipe = pipeline.from_pretrained(os.path.join(ROOT, "pipelines", family, "model"))
        pipe.set_progress_bar_config(disable=True)
        width = pipe.unet.config.cross_attention_dim
        adapter = case.split("-scale")[0] + ".safetensors"
        tensors = {**projections(pipe.unet, width, seed), **projection(width, seed + 100)}
        save_file({k: v.clone().contiguous() for k, v in tensors.items()}, os.path.join(FOLDER, "models-more", adapter))
        processor = Processor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
        pipe.register_modules(image_encoder=CLIPVisionModelWithProjection.from_pretrained(FOLDER + "/image_encoder").eval(), feature_extractor=processor)
        pipe.load_ip_adapter(FOLDER, subfolder="models-more", weight_name=adapter, image_encoder_folder=None)
        call = dict(prompt="a painting of a cat riding a horse", negative_prompt="blurry", num_inference_steps=3, guidance_scale=6.0)
        record(pipe, case, adapter, family, call, picture, scale, seed)


with torch.no_grad():
    main()
