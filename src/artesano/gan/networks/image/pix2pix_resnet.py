"""The residual generator of pytorch-CycleGAN-and-pix2pix, as its files hold it (Zhu et al. 2017, arXiv 1703.10593).

Beside `resnet_translation`: transposed convolutions see 3x3 px, instance norm has no gain and shift, and convolutions
in front of a norm have the biases that the original gives them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.base import finish
from artesano.gan.networks.disturbances import disturbances
from artesano.gan.networks.image.halo import Step, convolution, halo, halving
from artesano.gan.networks.image.pix2pix_names import OriginalNorm, norm_in, norm_of, without_statistics
from artesano.gan.networks.image.published import Published, Tensors
from artesano.gan.networks.weights import Init

HALVINGS = 2
FIRST_BLOCK = 10
"""Number of the first residual block among the layers."""
ORIGINAL_DROPOUT = 0.5
AFTER_BLOCKS = 7
"""Layers between the last block and the last convolution, this one counted in."""


def doubling(first: int, last: int) -> tuple[int, int]:
    """The step (see `halo`) of a transposed convolution of 3x3 px."""
    return first // 2, (last + 1) // 2


class Block(nn.Module):
    """x + two mirrored 3x3 convolutions(x), float [N, features, H, W]."""

    def __init__(self, features: int, norm: OriginalNorm, dropped: list[nn.Module]):
        super().__init__()
        bias = norm == "instance"
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(features, features, 3, bias=bias),
            norm_of(norm, features),
            nn.ReLU(),
            *(dropped or [nn.Identity()]),  # the layers behind it have the same numbers with and without
            nn.ReflectionPad2d(1),
            nn.Conv2d(features, features, 3, bias=bias),
            norm_of(norm, features),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)


class Generator(Published):
    """7x7 convolution, two that halve the side, residual blocks, two that double it, 7x7 convolution.

    Args:
        width: channels next to the image; four times as many in the blocks (the published have 64).
        blocks: residual blocks: 6 for 128 px, 9 for 256 px and more.
        dropout: share dropped within the blocks (0.5 in the original, without --no_dropout).
        output, upsample: what the original does.
        image_size, num_classes: not read.

    Raises:
        BadInput: `scale` is not 1.
    """

    original = "the residual generator of CycleGAN"
    program = "pix2pix"
    normalised = True
    crop = 256

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 64,
        blocks: Annotated[int, Field(ge=1)] = 9,
        norm: OriginalNorm = "instance",
        output: Literal["tanh"] = "tanh",
        upsample: Literal["transposed"] = "transposed",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        dropout_at_test: bool = False,
        init: Init = "default",
        conditioning: Literal["none"] = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        halved, enlarged = [halving(kernel=3)] * HALVINGS, [doubling] * HALVINGS
        steps: list[Step] = [convolution(7), *halved, *[convolution(3)] * (2 * blocks), *enlarged, convolution(7)]
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=2**HALVINGS,
            smallest=2 ** (HALVINGS + 1),  # the blocks need 2 px to mirror
            halo=halo(steps, multiple=2**HALVINGS) if norm != "instance" else None,
        )
        self.dropout = dropout
        bias = norm == "instance"
        widths = [width * 2**level for level in range(HALVINGS + 1)]
        self.model = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(in_channels, width, 7, bias=bias))
        self.model.extend([norm_of(norm, width), nn.ReLU()])
        for before, after in pairwise(widths):
            halve = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=bias)
            self.model.extend([halve, norm_of(norm, after), nn.ReLU()])
        self.model.extend(Block(widths[-1], norm, disturbances(dropout, dropout_at_test)) for _ in range(blocks))
        for before, after in pairwise(widths[::-1]):
            double = nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1, bias=bias)
            self.model.extend([double, norm_of(norm, after), nn.ReLU()])
        self.model.extend([nn.ReflectionPad2d(3), nn.Conv2d(width, out_channels, 7), nn.Tanh()])
        finish(self, init=init)

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        return self.model(source)

    @classmethod
    def architecture(cls, tensors: Tensors) -> dict[str, Any] | None:
        if not {"model.1.weight", "model.4.weight", f"model.{FIRST_BLOCK}.conv_block.1.weight"} <= tensors.keys():
            return None
        blocks = len({match[1] for name in tensors if (match := re.match(r"model\.(\d+)\.conv_block\.", name))})
        width, channels = tensors["model.1.weight"].shape[:2]
        second = tensors.get(f"model.{FIRST_BLOCK}.conv_block.6.weight")
        dropped = second is not None and second.ndim == 4  # without dropout it is number 5
        return {
            "width": width,
            "blocks": blocks,
            "norm": norm_in(tensors, "model.1"),
            "in_channels": channels,
            "out_channels": tensors[f"model.{FIRST_BLOCK + blocks + AFTER_BLOCKS}.weight"].shape[0],
            "scale": 1,
        } | ({"dropout": ORIGINAL_DROPOUT} if dropped else {})

    @classmethod
    def own_names(cls, tensors: Tensors) -> dict[str, Tensor]:
        tensors = without_statistics(tensors, norm_in(tensors, "model.1"))
        if f"model.{FIRST_BLOCK}.conv_block.5.weight" not in tensors:
            return dict(tensors)
        return moved(tensors, 1)  # of a network without dropout, whose layers behind it have one number less

    def published_names(self, tensors: Tensors) -> dict[str, Tensor]:
        return dict(tensors) if self.dropout else moved(tensors, -1)


def moved(tensors: Tensors, by: int) -> dict[str, Tensor]:
    """The numbers of the second half of each block, moved."""

    def number(match: re.Match[str]) -> str:
        return f"conv_block.{int(match[1]) + by}." if int(match[1]) >= 5 else match[0]

    return {re.sub(r"conv_block\.(\d)\.", number, name): tensor for name, tensor in tensors.items()}
