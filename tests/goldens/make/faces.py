"""Restoration of faces: tiny models by the key names of GFPGANv1Clean and RetinaFace, and what they make of pictures.

The networks are written down after their papers (arXiv:2101.04061, 1912.04958, 1905.00641) and the public implementations
(TencentARC/GFPGAN, gfpganv1_clean_arch.py; xinntao/facexlib, detection/), as plain formulas.
python make/faces.py  (needs torch, safetensors)"""
import itertools
import json
import math
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


class Weights:
    """Random tensors, made when they are first asked for."""

    def __init__(self, seed):
        self.g, self.w = torch.Generator().manual_seed(seed), {}

    def get(self, name, *shape, spread=1.0, mean=0.0):
        if name not in self.w:
            self.w[name] = torch.randn(shape, generator=self.g) * spread + mean
        return self.w[name]

    def conv(self, name, x, out, kernel=3, bias=True, stride=1):
        i = x.shape[1]
        weight = self.get(name + ".weight", out, i, kernel, kernel, spread=1.4 / (i * kernel**2) ** 0.5)
        b = self.get(name + ".bias", out, spread=0.1).to(x.dtype) if bias else None
        return F.conv2d(x, weight.to(x.dtype), b, padding=kernel // 2, stride=stride)

    def linear(self, name, x, out, mean=0.0):
        weight = self.get(name + ".weight", out, x.shape[1], spread=1 / x.shape[1] ** 0.5)
        return F.linear(x, weight.to(x.dtype), self.get(name + ".bias", out, spread=0.1, mean=mean).to(x.dtype))


def bend(x):
    return F.leaky_relu(x, 0.2)


def resized(x, factor):
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def gfpgan(w, x, seen, drawn, styles, half):
    """seen, drawn: channels of encoder and generator at 4, 8, ... pixels a side."""
    n = len(seen)

    def res(name, x, out, factor):
        y = resized(bend(w.conv(name + ".conv1", x, x.shape[1])), factor)
        return bend(w.conv(name + ".conv2", y, out)) + w.conv(name + ".skip", resized(x, factor), out, 1, False)

    feat, skips = bend(w.conv("conv_body_first", x, seen[-1], 1)), []
    for i in range(n - 1):
        feat = res("conv_body_down.%d" % i, feat, seen[n - 2 - i], 0.5)
        skips.insert(0, feat)
    feat = bend(w.conv("final_conv", feat, seen[0]))
    style = w.linear("final_linear", feat.flatten(1), 2 * n * styles).view(x.shape[0], 2 * n, styles)
    scales, shifts = [], []
    for i in range(n - 1):
        feat = res("conv_body_up.%d" % i, feat + skips[i], seen[i + 1], 2)
        w.conv("toRGB.%d" % i, feat, 3, 1)  # for training only
        for kind, got in (("scale", scales), ("shift", shifts)):
            name = "condition_%s.%d" % (kind, i)
            got.append(w.conv(name + ".2", bend(w.conv(name + ".0", feat, seen[i + 1])), drawn[i + 1] // (2 if half else 1)))

    d = "stylegan_decoder."
    for i in range(2):  # for drawing from random numbers only
        w.get(d + "style_mlp.%d.weight" % (2 * i + 1), styles, styles), w.get(d + "style_mlp.%d.bias" % (2 * i + 1), styles)

    def modulated(name, x, s, out, kernel, demodulate):
        i = x.shape[1]
        weight = w.get(name + ".weight", 1, out, i, kernel, kernel, spread=1 / (i * kernel**2) ** 0.5).to(x.dtype)
        weight = weight * w.linear(name + ".modulation", s, i, mean=1.0).view(-1, 1, i, 1, 1)
        if demodulate:
            weight = weight * torch.rsqrt(weight.pow(2).sum([2, 3, 4], keepdim=True) + 1e-8)
        return torch.cat([F.conv2d(x[b : b + 1], weight[b], padding=kernel // 2) for b in range(x.shape[0])])

    def style_conv(name, x, s, out, noise):
        side = x.shape[2]
        y = modulated(name + ".modulated_conv", x, s, out, 3, True) * 2**0.5
        y = y + w.get(name + ".weight", 1).to(x.dtype) * w.get(d + "noises.noise%d" % noise, 1, 1, side, side).to(x.dtype)
        return bend(y + w.get(name + ".bias", 1, out, 1, 1, spread=0.1).to(x.dtype))

    def to_rgb(name, x, s):
        return modulated(name + ".modulated_conv", x, s, 3, 1, False) + w.get(name + ".bias", 1, 3, 1, 1, spread=0.1).to(x.dtype)

    out = w.get(d + "constant_input.weight", 1, drawn[0], 4, 4).to(x.dtype).repeat(x.shape[0], 1, 1, 1)
    out = style_conv(d + "style_conv1", out, style[:, 0], drawn[0], 0)
    skip = to_rgb(d + "to_rgb1", out, style[:, 1])
    for i in range(n - 1):
        out = style_conv(d + "style_convs.%d" % (2 * i), resized(out, 2), style[:, 2 * i + 1], drawn[i + 1], 2 * i + 1)
        if half:
            same, other = out.chunk(2, 1)
            out = torch.cat([same, other * scales[i] + shifts[i]], 1)
        else:
            out = out * scales[i] + shifts[i]
        out = style_conv(d + "style_convs.%d" % (2 * i + 1), out, style[:, 2 * i + 2], drawn[i + 1], 2 * i + 2)
        skip = to_rgb(d + "to_rgbs.%d" % i, out, style[:, 2 * i + 3]) + resized(skip, 2)
    return skip


def retinaface(w, x, width, stages, channels):
    """stages: (blocks, inner channels) each; a block gives four times its inner channels."""

    def bn(name, x):
        c = x.shape[1]
        w.w.setdefault(name + ".num_batches_tracked", torch.tensor(7))
        mean, spread = w.get(name + ".running_mean", c, spread=0.2), w.get(name + ".running_var", c, spread=0.1, mean=1)
        scale, shift = w.get(name + ".weight", c, spread=0.1, mean=0.6), w.get(name + ".bias", c, spread=0.2)
        v = lambda t: t.to(x.dtype).view(1, -1, 1, 1)
        return (x - v(mean)) / torch.sqrt(v(spread) + 1e-5) * v(scale) + v(shift)

    leak = 0.1 if channels <= 64 else 0.0
    flat = lambda name, x, out, kernel: bn(name + ".1", w.conv(name + ".0", x, out, kernel, False))
    bent = lambda name, x, out, kernel: F.leaky_relu(flat(name, x, out, kernel), leak)

    x = F.max_pool2d(F.relu(bn("body.bn1", w.conv("body.conv1", x, width, 7, False, 2))), 3, 2, 1)
    seen = []
    for stage, (blocks, inner) in enumerate(stages, 1):
        for b in range(blocks):
            name, stride = "body.layer%d.%d." % (stage, b), 2 if stage > 1 and b == 0 else 1
            y = F.relu(bn(name + "bn1", w.conv(name + "conv1", x, inner, 1, False)))
            y = F.relu(bn(name + "bn2", w.conv(name + "conv2", y, inner, 3, False, stride)))
            y = bn(name + "bn3", w.conv(name + "conv3", y, 4 * inner, 1, False))
            x = F.relu(y + (bn(name + "downsample.1", w.conv(name + "downsample.0", x, 4 * inner, 1, False, stride)) if b == 0 else x))
        if stage > 1:
            seen.append(x)
    large, middle, small = (bent("fpn.output%d" % i, s, channels, 1) for i, s in enumerate(seen, 1))
    up = lambda x, like: F.interpolate(x, size=like.shape[2:], mode="nearest")
    middle = bent("fpn.merge2", middle + up(small, middle), channels, 3)
    large = bent("fpn.merge1", large + up(middle, large), channels, 3)
    told = {"ClassHead": [], "BboxHead": [], "LandmarkHead": []}
    for i, level in enumerate((large, middle, small)):
        s = "ssh%d." % (i + 1)
        near = flat(s + "conv3X3", level, channels // 2, 3)
        wider = bent(s + "conv5X5_1", level, channels // 4, 3)
        far = flat(s + "conv5X5_2", wider, channels // 4, 3)
        farthest = flat(s + "conv7x7_3", bent(s + "conv7X7_2", wider, channels // 4, 3), channels // 4, 3)
        context = F.relu(torch.cat([near, far, farthest], 1))
        for head, values in (("ClassHead", 2), ("BboxHead", 4), ("LandmarkHead", 10)):
            y = w.conv("%s.%d.conv1x1" % (head, i), context, 2 * values, 1)
            told[head].append(y.permute(0, 2, 3, 1).reshape(y.shape[0], -1, values))
    cls, box, points = (torch.cat(told[h], 1) for h in ("ClassHead", "BboxHead", "LandmarkHead"))
    return cls.softmax(-1), box, points


def faces_of(scores, boxes, points, height, width, least, most=0.4):
    """Decoding by prior boxes, and non-maximum suppression; a row of score, box and points each, in pixels."""
    rows = []
    at = 0
    for step, sizes in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512))):
        for i, j in itertools.product(range(math.ceil(height / step)), range(math.ceil(width / step))):
            for size in sizes:
                cx, cy = (j + 0.5) * step, (i + 0.5) * step
                b, p = boxes[at].tolist(), points[at].tolist()
                x, y = cx + b[0] * 0.1 * size, cy + b[1] * 0.1 * size
                w, h = size * math.exp(b[2] * 0.2), size * math.exp(b[3] * 0.2)
                marks = [c + v * 0.1 * size for c, v in zip((cx, cy) * 5, p)]
                if scores[at, 1] > least:
                    rows.append([scores[at, 1].item(), x - w / 2, y - h / 2, x + w / 2, y + h / 2] + marks)
                at += 1
    rows.sort(key=lambda r: -r[0])
    kept = []
    for r in rows:
        def iou(k):
            common = max(0, min(r[3], k[3]) - max(r[1], k[1])) * max(0, min(r[4], k[4]) - max(r[2], k[2]))
            return common / ((r[3] - r[1]) * (r[4] - r[2]) + (k[3] - k[1]) * (k[4] - k[2]) - common)
        if all(iou(k) <= most for k in kept):
            kept.append(r)
    return torch.tensor(kept, dtype=torch.float32)


def write(module, name, kind, w, rename, tensors, rel):
    model = "models/faces/%s.safetensors" % name
    for folder in ("models/faces", "modules/" + module):
        os.makedirs(os.path.join(ROOT, folder), exist_ok=True)
    save_file({rename(k): v.contiguous() for k, v in w.w.items()}, os.path.join(ROOT, model))
    base = os.path.join(ROOT, "modules", module, name)
    save_file({k: v.contiguous() for k, v in tensors.items()}, base + ".safetensors")
    with open(base + ".json", "w") as f:
        json.dump({"module": module, "case": name, "class": kind, "model": model,
                   "float32_vs_float64": {"sample": {"rel_l2": rel}}}, f, indent=1)
        f.write("\n")


def main():
    g = torch.Generator().manual_seed(50)
    for name, seed, half, rename in (
        ("gfpgan-half", 1, True, lambda n: "params_ema." + n),
        ("gfpgan-whole", 2, False, lambda n: n),
    ):
        w = Weights(seed)
        x = torch.rand((2, 3, 32, 32), generator=g) * 2 - 1
        args = ([6, 6, 6, 4], [12, 12, 12, 8], 10, half)
        y = gfpgan(w, x, *args)
        exact = gfpgan(w, x.double(), *args)
        write("gfpgan", name, "GFPGANv1Clean", w, rename, {"in.x": x, "out.sample": y}, float((y - exact).norm() / exact.norm()))

    w = Weights(3)
    height, width, least = 76, 98, 0.55
    x = torch.randn((1, 3, height, width), generator=g)
    args = (6, ((1, 2), (2, 3), (1, 4), (1, 4)), 8)
    scores, boxes, points = retinaface(w, x, *args)
    exact = retinaface(w, x.double(), *args)[0]
    found = faces_of(scores[0], boxes[0], points[0], height, width, least)
    print(found.shape[0], "faces of", int((scores[0, :, 1] > least).sum()), "places")
    write("retinaface", "retinaface-resnet", "RetinaFace", w, lambda n: "module." + n,
          {"in.x": x, "in.least_score": torch.tensor([least]), "out.scores": scores, "out.boxes": boxes, "out.points": points, "out.faces": found},
          float((scores - exact).norm() / exact.norm()))


main()
