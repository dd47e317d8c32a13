"""The U-Net of pytorch-CycleGAN-and-pix2pix, as its files hold it (Isola et al. 2017, arXiv 1611.07004).

Beside `unet`: the decoder's activations are ReLU and act on the encoder's maps too, and convolutions in front of a norm
have the biases that the original gives them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.base import finish
from artesano.gan.networks.disturbances import disturbances
from artesano.gan.networks.image.halo import enlarging, halo, halving
from artesano.gan.networks.image.pix2pix_names import OriginalNorm, norm_in, norm_of, without_statistics
from artesano.gan.networks.image.published import Published, Tensors
from artesano.gan.networks.image.unet import halvings
from artesano.gan.networks.weights import Init

SHALLOWEST = 5
"""Halvings at least: four in which the width grows, and the innermost."""
WIDEST = 8
"""Of the width, in the innermost levels."""


class Level(nn.Module):
    """Half the side, what lies below, the full side again; what came in is handed on beside it.

    Args:
        outer: channels that come in and that are made.
        inner: channels at half the side.
        below: the next level; None in the innermost, which has no norm at half the side.
    """

    def __init__(self, outer: int, inner: int, below: Level | None, norm: OriginalNorm, dropped: list[nn.Module]):
        super().__init__()
        bias = norm == "instance"
        down = [nn.LeakyReLU(0.2), nn.Conv2d(outer, inner, 4, stride=2, padding=1, bias=bias)]
        middle = [] if below is None else [norm_of(norm, inner), below]
        seen = inner if below is None else 2 * inner
        up = [nn.ReLU(), nn.ConvTranspose2d(seen, outer, 4, stride=2, padding=1, bias=bias), norm_of(norm, outer)]
        self.model = nn.Sequential(*down, *middle, *up, *dropped)

    def forward(self, x: Tensor) -> Tensor:
        # the original hands on its LeakyReLU of x; behind the ReLU that follows both are the same
        return torch.cat([x, self.model(x)], 1)


class Outermost(nn.Module):
    """Between the image and the levels, float [N, inputs, H, W] -> [N, outputs, H, W] in [-1, 1]."""

    def __init__(self, inputs: int, outputs: int, inner: int, below: Level, norm: OriginalNorm):
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(inputs, inner, 4, stride=2, padding=1, bias=norm == "instance"),
            below,
            nn.ReLU(),
            nn.ConvTranspose2d(2 * inner, outputs, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


class Generator(Published):
    """Levels in each other, from the image's size to the innermost.

    Args:
        width: channels next to the image; they double, up to 8 times (the published have 64).
        depth: halvings: 8 in unet_256, 7 in unet_128; null: as many as `image_size` allows, 5 at least.
        dropout: share dropped behind the levels of the full width (the original has 0.5).
        output, upsample: what the original does.
        image_size: side of the training crops, px; other sizes are padded to a multiple of 2^depth.
        num_classes: not read.

    Raises:
        BadInput: `scale` is not 1.
    """

    original = "the U-Net of pix2pix"
    program = "pix2pix"
    normalised = True
    crop = 256

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 64,
        depth: Annotated[int, Field(ge=SHALLOWEST, le=10)] | None = None,
        norm: OriginalNorm = "batch",
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
        self.depth = depth or max(SHALLOWEST, halvings(image_size))
        steps = [halving()] * self.depth + [enlarging(upsample)] * self.depth
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=2**self.depth,
            halo=halo(steps, multiple=2**self.depth) if norm != "instance" else None,
        )
        widths = [width * min(2**level, WIDEST) for level in range(self.depth)]
        below: Level | None = None
        for level in range(self.depth - 1, 0, -1):
            full = SHALLOWEST - 1 <= level < self.depth - 1
            dropped = disturbances(dropout, dropout_at_test) if full else []
            below = Level(widths[level - 1], widths[level], below, norm, dropped)
        assert below is not None
        self.model = Outermost(in_channels, out_channels, width, below, norm)
        finish(self, init=init)

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        return self.model(source)

    @classmethod
    def architecture(cls, tensors: Tensors) -> dict[str, Any] | None:
        if not {"model.model.0.weight", "model.model.3.weight", "model.model.1.model.1.weight"} <= tensors.keys():
            return None
        depth, level = 2, "model.model.1.model."
        while f"{level}3.model.1.weight" in tensors:
            depth, level = depth + 1, f"{level}3.model."
        width, channels = tensors["model.model.0.weight"].shape[:2]
        return {
            "width": width,
            "depth": depth,
            "norm": norm_in(tensors, "model.model.0"),
            "in_channels": channels,
            "out_channels": tensors["model.model.3.weight"].shape[1],
            "scale": 1,
        }

    @classmethod
    def own_names(cls, tensors: Tensors) -> dict[str, Tensor]:
        return without_statistics(tensors, norm_in(tensors, "model.model.0"))
