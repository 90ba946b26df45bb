"""Upscalers of the ESRGAN family: three tiny models, one for each of the public key names, and what they make of pictures.

The network is written down after its paper (arXiv:1809.00219) and the public implementations (xinntao/ESRGAN and
XPixelGroup/BasicSR, rrdbnet_arch.py), as plain formulas.   python make/esrgan.py  (needs torch, safetensors)"""
import json
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
C, G, BLOCKS = 8, 4, 2


def weights(seed, colours, doublings):
    """Random weights by BasicSR's names."""
    g = torch.Generator().manual_seed(seed)
    w = {}

    def conv(name, i, o):
        w[name + ".weight"] = torch.randn((o, i, 3, 3), generator=g) * (1.5 / (i * 9) ** 0.5)
        w[name + ".bias"] = torch.randn(o, generator=g) * 0.1

    conv("conv_first", colours, C)
    for b in range(BLOCKS):
        for r in (1, 2, 3):
            for k in range(1, 6):
                conv("body.%d.rdb%d.conv%d" % (b, r, k), C + (k - 1) * G, G if k < 5 else C)
    conv("conv_body", C, C)
    for u in range(1, doublings + 1):
        conv("conv_up%d" % u, C, C)
    conv("conv_hr", C, C)
    conv("conv_last", C, 3)
    return w


def enlarge(w, x, doublings, unshuffle):
    conv = lambda name, x: F.conv2d(x, w[name + ".weight"], w[name + ".bias"], padding=1)
    bend = lambda x: F.leaky_relu(x, 0.2)
    feat = first = conv("conv_first", F.pixel_unshuffle(x, unshuffle))
    for b in range(BLOCKS):
        before = feat
        for r in (1, 2, 3):
            seen, name = [feat], "body.%d.rdb%d.conv" % (b, r)
            for k in range(1, 5):
                seen.append(bend(conv(name + str(k), torch.cat(seen, 1))))
            feat = conv(name + "5", torch.cat(seen, 1)) * 0.2 + feat
        feat = feat * 0.2 + before
    feat = first + conv("conv_body", feat)
    for u in range(1, doublings + 1):
        feat = bend(conv("conv_up%d" % u, F.interpolate(feat, scale_factor=2, mode="nearest")))
    return conv("conv_last", bend(conv("conv_hr", feat)))


def first_names(name):
    """xinntao/ESRGAN, RRDBNet_arch.py."""
    for a, b in (("body.", "RRDB_trunk."), ("conv_body.", "trunk_conv."), ("conv_up", "upconv"), ("conv_hr.", "HRconv.")):
        if name.startswith(a):
            name = b + name[len(a):]
    return name.replace(".rdb", ".RDB")


def numbered(doublings):
    """The oldest files: numbers of layers."""
    ups = {"conv_up%d" % u: "model.%d" % (3 * u) for u in range(1, doublings + 1)}
    ends = {"conv_first": "model.0", "conv_body": "model.1.sub.%d" % BLOCKS, "conv_hr": "model.%d" % (3 * doublings + 2), "conv_last": "model.%d" % (3 * doublings + 4), **ups}

    def rename(name):
        place, kind = name.rsplit(".", 1)
        if place in ends:
            return ends[place] + "." + kind
        _, b, r, k = place.split(".")
        return "model.1.sub.%s.%s.%s.0.%s" % (b, r.replace("rdb", "RDB"), k, kind)

    return rename


def main():
    for name, seed, doublings, unshuffle, rename, size in (
        ("realesrgan-x4", 1, 2, 1, lambda n: "params_ema." + n, (9, 14)),
        ("realesrgan-x2", 2, 2, 2, lambda n: n, (10, 12)),
        ("esrgan-x4", 3, 2, 1, first_names, (8, 7)),
        ("esrgan-x4-numbers", 4, 2, 1, numbered(2), (7, 8)),
        ("esrgan-x2-numbers", 5, 1, 1, numbered(1), (6, 11)),
    ):
        w = weights(seed, 3 * unshuffle**2, doublings)
        model = "models/esrgan/%s.safetensors" % name
        os.makedirs(os.path.join(ROOT, "models", "esrgan"), exist_ok=True)
        save_file({rename(k): v for k, v in w.items()}, os.path.join(ROOT, model))
        x = torch.rand((1, 3) + size, generator=torch.Generator().manual_seed(100 + seed))
        y = enlarge(w, x, doublings, unshuffle)
        assert y.shape[2] == size[0] * 2**doublings // unshuffle
        exact = enlarge({k: v.double() for k, v in w.items()}, x.double(), doublings, unshuffle)
        base = os.path.join(ROOT, "modules", "esrgan", name)
        os.makedirs(os.path.dirname(base), exist_ok=True)
        save_file({"in.x": x, "out.sample": y}, base + ".safetensors")
        with open(base + ".json", "w") as f:
            json.dump({"module": "esrgan", "case": name, "class": "RRDBNet", "model": model,
                       "float32_vs_float64": {"sample": {"rel_l2": float((y - exact).norm() / exact.norm())}}}, f, indent=1)
            f.write("\n")


main()
