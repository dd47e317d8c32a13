"""R3GAN's nets, small: modern residual blocks without any norm (Huang et al. 2025, arXiv 2501.05441, section 3).

A block is 1x1, grouped 3x3, 1x1 with the width doubled inside. Its last convolution starts at zero and the others
scaled down by the number of blocks (Fixup: Zhang et al. 2019, arXiv 1901.09321): at first it is as if there were none.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.networks.activations import Output, output_layers
from artesano.gan.networks.base import BaseDiscriminator, NoiseToImage, Pac
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.heads import Heads
from artesano.gan.networks.minibatch import Minibatch
from artesano.gan.networks.sizes import STEM, doublings, widths

SLOPE = 0.2
GAIN = math.sqrt(2 / (1 + SLOPE**2))
"""Initialisation that keeps the variance through a LeakyReLU (He et al. 2015, arXiv 1502.01852)."""
EXPANSION = 2


def scaled(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> nn.Module:
    """The layer with weights from N(0, gain / sqrt(fan in)) and biases 0."""
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain / math.sqrt(fan_in))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    """x + 1x1(act(grouped 3x3(act(1x1(x))))).

    Args:
        features: channels.
        group: channels of each group of the 3x3 convolution.
        depth: number of blocks in the whole net.
    """

    def __init__(self, features: int, group: int, depth: int):
        super().__init__()
        wide, gain = EXPANSION * features, GAIN * depth**-0.25
        self.residual = nn.Sequential(
            scaled(nn.Conv2d(features, wide, 1), gain),
            nn.LeakyReLU(SLOPE, inplace=True),
            scaled(nn.Conv2d(wide, wide, 3, padding=1, groups=wide // group), gain),
            nn.LeakyReLU(SLOPE, inplace=True),
            scaled(nn.Conv2d(wide, features, 1, bias=False), 0.0),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.residual(x)


class Basis(nn.Module):
    """float [N, inputs] -> [N, features, 4, 4]: a learned 4x4 pattern of each channel, times a linear map."""

    def __init__(self, inputs: int, features: int):
        super().__init__()
        self.patterns = nn.Parameter(torch.randn(features, STEM, STEM))
        self.linear = scaled(nn.Linear(inputs, features, bias=False))

    def forward(self, z: Tensor) -> Tensor:
        return self.patterns * self.linear(z)[:, :, None, None]


def pointwise(inputs: int, outputs: int) -> list[nn.Module]:
    """A 1x1 convolution where the number of channels changes."""
    return [] if inputs == outputs else [scaled(nn.Conv2d(inputs, outputs, 1, bias=False))]


def check_group(width: int, group: int, key: str) -> None:
    """Raises BadInput when the groups of the 3x3 convolutions do not come out even."""
    if EXPANSION * width % group:
        raise BadInput(f"{key}.group: {group} does not divide {EXPANSION * width}, twice {key}.width.")


class Generator(NoiseToImage):
    """The basis, then for each side from 4 px on: blocks, a 1x1 convolution, bilinear upsampling.

    Args:
        width: channels of the stage at full size; they double towards the stem, up to 8 times.
        blocks: blocks of each stage (the paper has 2).
        group: channels of each group of the 3x3 convolutions.
        latent_dim: length of z. The other three arguments, like this one, come from the data and the latent.

    Raises:
        BadInput: `image_size` is not a power of two from 8 to 256, or `group` does not divide twice the width.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        blocks: Annotated[int, Field(ge=1)] = 1,
        group: Annotated[int, Field(ge=1)] = 16,
        output: Output = "linear",
        conditioning: Literal["none", "concat"] = "none",
        latent_dim: int,
        image_size: int,
        channels: int,
        num_classes: int,
    ):
        super().__init__(conditioning=conditioning, latent_dim=latent_dim, num_classes=num_classes)
        stages = widths(width, doublings(image_size, "r3") + 1)[::-1]
        check_group(width, group, "generator")
        depth = blocks * len(stages)

        self.layers = Chain(Basis(self.inputs, stages[0]))
        for stage, features in enumerate(stages):
            if stage:
                self.layers.extend(pointwise(stages[stage - 1], features))
                self.layers.append(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False))
            self.layers.extend(Block(features, group, depth) for _ in range(blocks))
        self.layers.extend([scaled(nn.Conv2d(width, channels, 1, bias=False)), *output_layers(output)])


class Discriminator(BaseDiscriminator):
    """For each side down to 4 px: blocks, bilinear downsampling, 1x1 convolution; then a depthwise 4x4 one, the heads.

    Args:
        width: channels of the stage at full size; they double towards the head, up to 8 times.
        blocks: blocks of each stage (the paper has 2).
        group: channels of each group of the 3x3 convolutions.
        pac: images that are judged together.
        code_dim: length of InfoGAN's posterior parameters; 0 for no such head.

    Raises:
        BadInput: as the generator.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 32,
        blocks: Annotated[int, Field(ge=1)] = 1,
        group: Annotated[int, Field(ge=1)] = 16,
        minibatch: Minibatch = "none",
        pac: Pac = 1,
        conditioning: Literal["none", "projection"] = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        super().__init__(channels, image_size, image_size, conditioning=conditioning, num_classes=num_classes, pac=pac)
        stages = widths(width, doublings(image_size, "r3") + 1)
        check_group(width, group, "discriminator")
        depth = blocks * len(stages)

        self.layers = Chain(scaled(nn.Conv2d(self.inputs, width, 1, bias=False)))
        for stage, features in enumerate(stages):
            if stage:
                self.layers.append(nn.AvgPool2d(2))  # bilinear interpolation to half the side
                self.layers.extend(pointwise(stages[stage - 1], features))
            self.layers.extend(Block(features, group, depth) for _ in range(blocks))
        last = stages[-1]
        self.layers.append(scaled(nn.Conv2d(last, last, STEM, groups=last, bias=False)))
        self.heads = Heads(
            last, conditioning=conditioning, num_classes=num_classes, code_dim=code_dim, minibatch=minibatch
        )
