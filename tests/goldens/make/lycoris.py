"""LoRA's relatives: LoCon, LoHa, LoKr and DoRA files for a few modules of the tiny SD 1 U-Net, and the weights that they make.

The arithmetic is that of the public implementations (KohakuBlueleaf/LyCORIS, functional/{locon,loha,lokr,general}.py; the strength of
DoRA as in ComfyUI's weight_adapter/base.py), as plain formulas.   python make/lycoris.py  (needs torch, safetensors)"""
import json
import os

import torch
from safetensors.torch import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
LINEAR = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
WIDE = "down_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj"
CONV = "mid_block.resnets.0.conv1"
POINT = "down_blocks.0.attentions.0.proj_in"


def tucker(t, a, b):
    return torch.einsum("i j k l, j r, i p -> p r k l", t, b, a)


def main():
    unet = load_file(os.path.join(ROOT, "pipelines/sd1/model/unet/diffusion_pytorch_model.safetensors"))
    g = torch.Generator().manual_seed(500)
    r = lambda *shape: torch.randn(shape, generator=g) * 0.4
    cases = {}

    def case(name, weight):
        tensors, merged = {}, {}
        cases[name] = (weight, tensors, merged)

        def change(module, parts, delta, alpha=None, rank=None, dora=None):
            w = unet[module + ".weight"]
            key = "lora_unet_" + module.replace(".", "_")
            for part, value in parts.items():
                tensors[key + "." + part] = value.contiguous()
            scale = 1.0
            if alpha is not None:
                tensors[key + ".alpha"] = torch.tensor(alpha)
                scale = alpha / rank if rank else 1.0
            delta = delta.reshape(w.shape) * scale
            if dora is None:
                merged["unet.%s.weight" % module] = w + weight * delta
                return
            v = w + delta
            tensors[key + ".dora_scale"] = dora
            if dora.shape[0] == w.shape[0]:
                norm = v.reshape(v.shape[0], -1).norm(dim=1).reshape(-1, *[1] * (v.dim() - 1))
            else:
                norm = v.transpose(0, 1).reshape(v.shape[1], -1).norm(dim=1).reshape(1, -1, *[1] * (v.dim() - 2))
            merged["unet.%s.weight" % module] = w + weight * (v * (dora.reshape(norm.shape) / norm) - w)

        return change

    shape = lambda module: unet[module + ".weight"].shape
    add = case("locon", 0.7)
    o, i, k, _ = shape(CONV)
    up, mid, down = r(o, 3, 1, 1), r(3, 3, k, k), r(3, i, 1, 1)
    add(CONV, {"lora_up.weight": up, "lora_mid.weight": mid, "lora_down.weight": down}, torch.einsum("o a, a b k l, b i -> o i k l", up[:, :, 0, 0], mid, down[:, :, 0, 0]), 2.0, 3)
    o, i = shape(LINEAR)
    up, down = r(o, 2), r(2, i)
    add(LINEAR, {"lora_up.weight": up, "lora_down.weight": down}, up @ down, 1.0, 2)

    add = case("loha", 0.8)
    o, i = shape(LINEAR)
    a1, b1, a2, b2 = r(o, 2), r(2, i), r(o, 2), r(2, i)
    add(LINEAR, {"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2}, (a1 @ b1) * (a2 @ b2), 1.0, 2)
    o, i, k, _ = shape(CONV)
    t1, t2, a1, b1, a2, b2 = r(2, 2, k, k), r(2, 2, k, k), r(2, o), r(2, i), r(2, o), r(2, i)
    add(CONV, {"hada_t1": t1, "hada_w1_a": a1, "hada_w1_b": b1, "hada_t2": t2, "hada_w2_a": a2, "hada_w2_b": b2}, tucker(t1, a1, b1) * tucker(t2, a2, b2), 3.0, 2)
    o, i = shape(POINT)[:2]
    a1, b1, a2, b2 = r(o, 3), r(3, i), r(o, 3), r(3, i)
    add(POINT, {"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2}, (a1 @ b1) * (a2 @ b2))

    add = case("lokr", 1.2)
    o, i = shape(LINEAR)
    w1, w2 = r(2, 4), r(o // 2, i // 4)
    add(LINEAR, {"lokr_w1": w1, "lokr_w2": w2}, torch.kron(w1, w2), 5.0)  # two whole factors: alpha does not count
    o, i = shape(WIDE)
    w1, a, b = r(4, 2), r(o // 4, 2), r(2, i // 2)
    add(WIDE, {"lokr_w1": w1, "lokr_w2_a": a, "lokr_w2_b": b}, torch.kron(w1, a @ b), 1.0, 2)
    o, i, k, _ = shape(CONV)
    a1, b1, t2, a2, b2 = r(2, 1), r(1, 4), r(3, 3, k, k), r(3, o // 2), r(3, i // 4)
    add(CONV, {"lokr_w1_a": a1, "lokr_w1_b": b1, "lokr_t2": t2, "lokr_w2_a": a2, "lokr_w2_b": b2}, torch.kron((a1 @ b1)[:, :, None, None].contiguous(), tucker(t2, a2, b2).contiguous()), 2.0, 3)

    for name, weight in (("dora", 1.0), ("dora-0.6", 0.6)):
        add = case(name, weight)
        o, i = shape(LINEAR)
        up, down = r(o, 2), r(2, i)
        add(LINEAR, {"lora_up.weight": up, "lora_down.weight": down}, up @ down, 1.0, 2, dora=r(o, 1).abs() + 0.5)
        o, i, k, _ = shape(CONV)
        up, down = r(o, 2, 1, 1), r(2, i, k, k)
        add(CONV, {"lora_up.weight": up, "lora_down.weight": down}, up.flatten(1) @ down.flatten(1), 2.0, 2, dora=r(1, i, 1, 1).abs() + 0.5)
        o, i = shape(WIDE)
        a1, b1, a2, b2 = r(o, 2), r(2, i), r(o, 2), r(2, i)
        add(WIDE, {"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2}, (a1 @ b1) * (a2 @ b2), 1.0, 2, dora=r(o, 1).abs() + 0.5)

    base = os.path.join(ROOT, "pipelines/lycoris")
    os.makedirs(base + "/files", exist_ok=True)
    for name, (weight, tensors, merged) in cases.items():
        file = "pipelines/lycoris/files/%s.safetensors" % name
        save_file(tensors, os.path.join(ROOT, file))
        save_file({k: v.contiguous() for k, v in merged.items()}, base + "/%s.safetensors" % name)
        with open(base + "/%s.json" % name, "w") as f:
            json.dump({"model": "pipelines/sd1/model", "loras": [{"file": file, "weight": weight}]}, f, indent=1)
            f.write("\n")


main()
