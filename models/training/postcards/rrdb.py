"""The network of ESRGAN, Wang et al. 2018, arXiv:1809.00219, with the names of Real-ESRGAN's weights."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS, GROWTH, BLOCKS = 24, 12, 2


class RRDBNet(nn.Module):
    """Pictures [n, 3, h, w] with values from 0 to 1, four times as large: [n, 3, 4h, 4w]."""

    def __init__(self, channels: int = CHANNELS, growth: int = GROWTH, blocks: int = BLOCKS):
        super().__init__()
        self.conv_first = _conv(3, channels)
        self.body = nn.Sequential(*(RRDB(channels, growth) for _ in range(blocks)))
        self.conv_body = _conv(channels, channels)
        self.conv_up1 = _conv(channels, channels)
        self.conv_up2 = _conv(channels, channels)
        self.conv_hr = _conv(channels, channels)
        self.conv_last = _conv(channels, 3)
        self._begin_as_interpolation()

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.conv_first(pictures)
        x = x + self.conv_body(self.body(x))
        for conv in (self.conv_up1, self.conv_up2):
            x = _bend(conv(F.interpolate(x, scale_factor=2, mode="nearest")))
        return self.conv_last(_bend(self.conv_hr(x)))

    @torch.no_grad()
    def _begin_as_interpolation(self) -> None:
        """Three channels carry the colours through, smoothed where the picture grows: what is learned is the rest."""
        smooth = torch.tensor([1.0, 2.0, 1.0]) / 4
        for conv in (self.conv_first, self.conv_up1, self.conv_up2, self.conv_hr, self.conv_last):
            grows = conv in (self.conv_up1, self.conv_up2)
            for colour in range(3):
                conv.weight[colour] = 0
                conv.bias[colour] = 0
                if grows:
                    conv.weight[colour, colour] = smooth[:, None] * smooth
                else:
                    conv.weight[colour, colour, 1, 1] = 1
        self.conv_body.weight.zero_()
        self.conv_body.bias.zero_()


class RRDB(nn.Module):
    """Three dense blocks beside a shortcut."""

    def __init__(self, channels: int, growth: int):
        super().__init__()
        self.rdb1 = DenseBlock(channels, growth)
        self.rdb2 = DenseBlock(channels, growth)
        self.rdb3 = DenseBlock(channels, growth)

    def forward(self, x: Tensor) -> Tensor:
        return 0.2 * self.rdb3(self.rdb2(self.rdb1(x))) + x


class DenseBlock(nn.Module):
    """Five convolutions that each see all before them, beside a shortcut."""

    def __init__(self, channels: int, growth: int):
        super().__init__()
        self.conv1 = _conv(channels, growth)
        self.conv2 = _conv(channels + growth, growth)
        self.conv3 = _conv(channels + 2 * growth, growth)
        self.conv4 = _conv(channels + 3 * growth, growth)
        self.conv5 = _conv(channels + 4 * growth, channels)

    def forward(self, x: Tensor) -> Tensor:
        seen = x
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen = torch.cat([seen, _bend(conv(seen))], 1)
        return 0.2 * self.conv5(seen) + x


def _conv(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, padding=1)


def _bend(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)
