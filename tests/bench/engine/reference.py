"""Draws with diffusers what the benchmark draws with the engine, and prints one JSON object a line.

usage: reference.py WORK, where WORK is the JSON object that work.ts describes, with a prompt and a seed.
"""

import json
import os
import sys
import time

begin = time.perf_counter()
request = json.loads(sys.argv[1])
os.environ["OMP_NUM_THREADS"] = str(request["threads"])

import diffusers  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(request["threads"])
torch.set_grad_enabled(False)
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()


def tell(what, **values):
    print(json.dumps({"what": what, "seconds": time.perf_counter() - begin, "cpu": time.process_time(), **values}), flush=True)


tell("imported", version=diffusers.__version__, torch=torch.__version__)
pipeline = getattr(diffusers, request["pipeline"]).from_pretrained(request["checkpoint"], torch_dtype=torch.float32)
pipeline.set_progress_bar_config(disable=True)
tell("loaded")

for run in range(request["runs"]):
    tell("run")
    text = {"negative_prompt": ""} if request["guidance"] > 1 else {}

    def step_done(_pipeline, step, _timestep, values):
        tell("step", step=step + 1)
        return values

    result = pipeline(
        request["prompt"],
        num_inference_steps=request["steps"],
        guidance_scale=request["guidance"],
        width=request["width"],
        height=request["height"],
        num_images_per_prompt=request["pictures"],
        generator=torch.Generator().manual_seed(request["seed"]),
        callback_on_step_end=step_done,
        output_type="latent" if request["latentsOnly"] else "np",
        **text,
    )
    if not request["latentsOnly"]:
        tell("picture", mean=float(result.images.mean()))
