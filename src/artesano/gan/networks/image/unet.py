"""pix2pix's U-Net (Isola et al. 2017, arXiv 1611.07004, section 3.2.1 and appendix 6.1.1)."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.activations import Activation, Output, activation_layer, output_layers
from artesano.gan.networks.base import GeneratorConditioning, finish
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.disturbances import disturbances
from artesano.gan.networks.image.base import ImageNorm, ImageToImage, image_norms, layer_norm_of
from artesano.gan.networks.image.halo import convolution, enlarging, halo, halving
from artesano.gan.networks.resampling import Downsample, Upsample, down, up
from artesano.gan.networks.weights import Init

DROPPED = 3
"""How many blocks behind the bottleneck have dropout, as in the paper."""


def halvings(image_size: int) -> int:
    """How often a side can be halved: to 1 px where it is a power of two, else to 2, 3 or 4 px."""
    whole = image_size.bit_length() - 1
    return max(1, whole if image_size == 2**whole else whole - 1)


class Generator(ImageToImage):
    """Blocks that halve the side down to the bottleneck, and as many that double it, each with the map of its size.

    The innermost block has no norm: instance norm of a single pixel would be 0.

    In the paper the largest map beside is of half the side, so what is decided for single pixels, as the coast of a
    drawn map, has to come from one 3x3 of an enlarged map. With `full_size` a map of the whole side is kept too, as in
    the first U-Net (Ronneberger et al. 2015, arXiv 1505.04597).

    Args:
        width: channels next to the image; they double towards the bottleneck.
        widest: channels at most.
        depth: halvings; null: as many as `image_size` allows, see `halvings`.
        full_size: a convolution before the first halving, whose map the last block gets too.
        dropout: share dropped in the three blocks behind the bottleneck (the paper has 0.5, at test too).
        image_size: side of the training crops, px; other sizes are padded to a multiple of 2^depth.

    Raises:
        BadInput: `scale` is not 1.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 16,
        widest: Annotated[int, Field(ge=1)] = 64,
        depth: Annotated[int, Field(ge=1, le=10)] | None = None,
        full_size: bool = False,
        output: Output = "linear",
        activation: Activation = "relu",
        downsample: Downsample = "max_pool",
        upsample: Upsample = "nearest",
        norm: ImageNorm = "none",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        dropout_at_test: bool = False,
        noise: Annotated[float, Field(ge=0)] = 0.0,
        init: Init = "default",
        conditioning: GeneratorConditioning = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        count = depth or halvings(image_size)
        local = layer_norm_of(norm, conditioning) != "instance"
        steps = [halving()] * count + [enlarging(upsample)] * count
        steps = [convolution(3), *steps, convolution(3)] if full_size else steps
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=2**count,
            halo=halo(steps, multiple=2**count) if local else None,
        )
        norms = image_norms(norm, conditioning, num_classes)
        hidden = [min(width * 2**level, widest) for level in range(count)]

        outer, self.stem = self.inputs, None
        if full_size:
            outer = hidden[0]
            # instance norm would take the mean of the image away, and the label's planes, which are the same everywhere
            normed = norms(outer) if local else []
            stem = nn.Conv2d(self.inputs, outer, 3, padding=1, bias=not normed)
            self.stem = Chain(stem, *normed, activation_layer(activation))
        self.encoder = nn.ModuleList()
        for level, features in enumerate(hidden):
            normed = norms(features) if 0 < level < count - 1 else []
            halve = down(downsample, hidden[level - 1] if level else outer, features, bias=not normed)
            self.encoder.append(Chain(halve, *normed, activation_layer(activation)))
        self.decoder = nn.ModuleList()
        for level in range(count - 1, 0, -1):
            innermost, features = level == count - 1, hidden[level - 1]
            normed = norms(features)
            double = up(upsample, hidden[level] * (1 if innermost else 2), features, bias=not normed)
            dropped = dropout if count - level <= DROPPED else 0.0
            disturbed = disturbances(dropped, dropout_at_test, noise)
            self.decoder.append(Chain(double, *normed, activation_layer(activation), *disturbed))
        doubled = hidden[0] * (1 if count == 1 else 2)
        if full_size:
            normed = norms(outer)
            double = up(upsample, doubled, outer, bias=not normed)
            disturbed = disturbances(noise=noise)
            self.decoder.append(Chain(double, *normed, activation_layer(activation), *disturbed))
            last: nn.Module = nn.Conv2d(2 * outer, out_channels, 3, padding=1)
        else:
            last = up(upsample, doubled, out_channels)
        self.decoder.append(Chain(last, *output_layers(output)))
        finish(self, init=init, norm=norm)

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        maps: list[Tensor] = []
        x = source
        for block in self.encoder if self.stem is None else (self.stem, *self.encoder):
            x = block(x, labels)
            maps.append(x)
        x = maps.pop()
        for block in self.decoder:
            x = block(x, labels)
            if maps:
                x = torch.cat([x, maps.pop()], 1)
        return x
