"""Runs a U-Net with diffusers and prints what a run takes, one JSON object a line.

usage: reference.py WORK, a JSON object of `unet` (its folder), `side` (pixels) and `pictures` (a list of how many at once).
"""

import json
import sys
import time

import diffusers
import torch

work = json.loads(sys.argv[1])
torch.set_grad_enabled(False)
cuda = torch.cuda.is_available()
mps = not cuda and torch.backends.mps.is_available()
device = "cuda" if cuda else "mps" if mps else "cpu"
name = torch.cuda.get_device_name() if cuda else device
# What a CPU computes in half precision is not what anybody would run there.
dtype = torch.float32 if device == "cpu" else torch.float16
runs = 3 if device == "cpu" else 20


def wait():
    if cuda:
        torch.cuda.synchronize()
    elif mps:
        torch.mps.synchronize()


def inputs_of(unet, pictures):
    config = unet.config
    rows, latents = 2 * pictures, work["side"] // 8
    added = None
    if config.addition_embed_type == "text_time":
        width = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        added = {"text_embeds": torch.randn(rows, width, device=device, dtype=dtype), "time_ids": torch.zeros(rows, 6, device=device, dtype=dtype)}
    sample = torch.randn(rows, config.in_channels, latents, latents, device=device, dtype=dtype)
    text = torch.randn(rows, 77, config.cross_attention_dim, device=device, dtype=dtype)
    return {"sample": sample, "timestep": torch.tensor(500, device=device), "encoder_hidden_states": text, "added_cond_kwargs": added}


def measure(unet, pictures, manner):
    told = {"version": diffusers.__version__, "device": name, "precision": "F32" if dtype == torch.float32 else "F16", "manner": manner}
    told |= {"pictures": pictures, "ms": None, "peakMB": None, "failed": None}
    try:
        inputs = inputs_of(unet, pictures)
        if manner != "eager":
            inputs["sample"] = inputs["sample"].to(memory_format=torch.channels_last)
        if cuda:
            torch.cuda.reset_peak_memory_stats()
        times = []
        for _ in range(runs + 2):
            begin = time.perf_counter()
            unet(**inputs)
            wait()
            times.append(time.perf_counter() - begin)
        told["ms"] = sorted(times[2:])[runs // 2] * 1000
        told["peakMB"] = torch.cuda.max_memory_allocated() / 1e6 if cuda else None
    except Exception as error:
        told["failed"] = str(error).splitlines()[0] if str(error) else type(error).__name__
    print(json.dumps(told), flush=True)


unet = diffusers.UNet2DConditionModel.from_pretrained(work["unet"], torch_dtype=dtype).to(device)
for count in work["pictures"]:
    measure(unet, count, "eager")
unet.to(memory_format=torch.channels_last)
for count in work["pictures"]:
    measure(unet, count, "channels last")
try:
    compiled = torch.compile(unet)
    for count in work["pictures"]:
        measure(compiled, count, "compiled")
except Exception as error:
    print(f"torch.compile: {error}", file=sys.stderr)
