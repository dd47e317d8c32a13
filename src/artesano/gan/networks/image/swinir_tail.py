"""The three ways in which SwinIR makes the image from its features; the names of the layers are the original's."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from torch import nn

from artesano.gan.networks.activations import activation_layer
from artesano.gan.networks.image.halo import Step, convolution, enlarging
from artesano.gan.networks.image.over_bicubic import FACTORS

Enlarges = Literal["pixel_shuffle", "nearest", "direct"]
DOUBLINGS = {2: 1, 4: 2}


def tail(kind: Enlarges, embed: int, width: int, outputs: int, scale: int) -> nn.Sequential:
    """float [N, embed, H, W] -> [N, outputs, scale * H, scale * W], through `width` channels unless `direct`."""

    def conv(inputs: int, outputs: int) -> nn.Conv2d:
        return nn.Conv2d(inputs, outputs, 3, padding=1)

    if kind == "direct":
        shuffle = nn.Sequential(conv(embed, scale**2 * outputs), nn.PixelShuffle(scale))
        return nn.Sequential(OrderedDict(upsample=shuffle))
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv_before_upsample"] = nn.Sequential(conv(embed, width), nn.LeakyReLU(inplace=True))
    if kind == "pixel_shuffle":
        shuffles = nn.Sequential()
        for factor in FACTORS[scale]:
            shuffles.extend([conv(width, factor**2 * width), nn.PixelShuffle(factor)])
        layers["upsample"] = shuffles
    else:
        for number in range(1, DOUBLINGS[scale] + 1):
            layers[f"double{number}"] = nn.Upsample(scale_factor=2)
            layers[f"conv_up{number}"] = conv(width, width)
            layers[f"active{number}"] = activation_layer("leaky_relu")
        layers["conv_hr"] = conv(width, width)
        layers["active"] = activation_layer("leaky_relu")
    layers["conv_last"] = conv(width, outputs)
    return nn.Sequential(layers)


def seen_by(kind: Enlarges, scale: int) -> list[Step]:
    """The steps of the tail, see `halo`."""
    if kind == "direct":
        return [enlarging("pixel_shuffle", scale)]
    if kind == "pixel_shuffle":
        return [convolution(3), *(enlarging("pixel_shuffle", factor) for factor in FACTORS[scale]), convolution(3)]
    return [convolution(3), *[enlarging("nearest")] * DOUBLINGS[scale], convolution(3), convolution(3)]
