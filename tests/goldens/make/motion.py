"""Motion modules without a module in the middle, of the first and the third version, in files with the names of the first release
(guoyww/AnimateDiff), and what diffusers' UNetMotionModel makes of clips with them.
python make/motion.py  (needs diffusers and torch; the README names the versions)"""
import json
import os

import torch
from diffusers import MotionAdapter, UNet2DConditionModel, UNetMotionModel
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def original(name):
    """A name of diffusers as the first release has it."""
    parts = name.replace("transformer_blocks.0.", "temporal_transformer.transformer_blocks.0.")
    for a, b in ((".norm1", ".norms.0"), (".norm2", ".norms.1"), (".norm3", ".ff_norm"), (".attn1", ".attention_blocks.0"), (".attn2", ".attention_blocks.1"),
                 (".pos_embed", ".attention_blocks.0.pos_encoder")):
        parts = parts.replace(a, b)
    for part in ("norm.", "proj_in.", "proj_out."):
        at = ".motion_modules."
        head, tail = parts.split(at)
        number, rest = tail.split(".", 1)
        if rest.startswith(part):
            return head + at + number + ".temporal_transformer." + rest
    return parts


def main():
    unet = UNet2DConditionModel.from_pretrained(os.path.join(ROOT, "pipelines/sd1/model/unet"))
    for name, seed, length, frames, prefix in (("v1-no-mid", 1, 24, 3, ""), ("v3-no-mid", 3, 32, 5, "module.")):
        adapter = MotionAdapter(block_out_channels=(8, 8, 16, 16), motion_layers_per_block=2, motion_mid_block_layers_per_block=1, motion_num_attention_heads=8,
                                motion_norm_num_groups=4, motion_max_seq_length=length, use_motion_mid_block=False)
        g = torch.Generator().manual_seed(seed)
        for n, p in adapter.named_parameters():
            p.data = torch.randn(p.shape, generator=g) * (0.2 if p.dim() > 1 else 0.1) + (1.0 if ".norm" in n and n.endswith("weight") else 0.0)
        file = "models/motion/%s.safetensors" % name
        os.makedirs(os.path.join(ROOT, "models/motion"), exist_ok=True)
        tensors = {}
        for n, v in adapter.state_dict().items():
            tensors[prefix + original(n)] = v.clone().contiguous()
            if "pos_embed" in n:
                tensors[prefix + original(n).replace("attention_blocks.0", "attention_blocks.1")] = v.clone().contiguous()
        save_file(tensors, os.path.join(ROOT, file))
        model = UNetMotionModel.from_unet2d(unet, adapter).eval()
        sample = torch.randn((1, 4, frames, 8, 8), generator=g)
        text = torch.randn((1, 7, 16), generator=g).repeat_interleave(frames, 0)
        with torch.no_grad():
            out = model(sample, torch.tensor(301), encoder_hidden_states=text).sample
        base = os.path.join(ROOT, "modules/unet-motion", name)
        save_file({"in.sample": sample, "in.timestep": torch.tensor(301), "in.encoder_hidden_states": text.contiguous(), "out.sample": out.contiguous()}, base + ".safetensors")
        with open(base + ".json", "w") as f:
            json.dump({"module": "unet-motion", "case": name, "class": "UNetMotionModel",
                       "model": "UNetMotionModel.from_unet2d(pipelines/sd1/model/unet, %s)" % file}, f, indent=1)
            f.write("\n")


main()
