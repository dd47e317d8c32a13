"""RRDBNet as ESRGAN and Real-ESRGAN publish it (Wang et al. 2018, arXiv 1809.00219; 2021, arXiv 2107.10833).

The same blocks as in `rrdb`, without the bicubic enlargement beneath. For x2, Real-ESRGAN folds 2x2 px into channels
and then enlarges by 4; BSRGAN (Zhang et al. 2021, arXiv 2103.14006) enlarges once.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.activations import activation_layer
from artesano.gan.networks.base import finish
from artesano.gan.networks.image.halo import convolution, enlarging, folding, halo
from artesano.gan.networks.image.published import Published, Tensors, numbered
from artesano.gan.networks.image.rrdb import CONVOLUTIONS, DENSE_BLOCKS, ResidualOfDenseBlocks
from artesano.gan.networks.weights import Init

FIRST_RELEASE = {"0": "conv_first", "3": "conv_up1", "6": "conv_up2", "8": "conv_hr", "10": "conv_last"}
"""Numbers of the layers in x4 files of ESRGAN's first release; x2 and x3 cannot be told from each other there."""
SECOND_RELEASE = {"trunk_conv": "conv_body", "upconv1": "conv_up1", "upconv2": "conv_up2", "HRconv": "conv_hr"}
"""Names of the layers in ESRGAN's later files, and in BSRGAN's."""
FORMER = {today: former for former, today in SECOND_RELEASE.items()}


class Generator(Published):
    """Convolution, RRDBs and a convolution around a skip, two doublings by nearest neighbours, two convolutions.

    Args:
        width: channels between the blocks (the published have 64).
        growth: channels that each convolution of a dense block adds (32).
        blocks: RRDBs of three dense blocks (23, or 6 in the network for drawings).
        fold: for x2, squares of 2x2 px become channels and all is enlarged by 4 (Real-ESRGAN); false = enlarged once
            (BSRGAN).
        upsample: what the original does.
        image_size, num_classes: not read.

    Raises:
        BadInput: `scale` is not 2 or 4.
    """

    conv_body: nn.Conv2d
    conv_hr: nn.Conv2d
    original = "RRDBNet of ESRGAN and Real-ESRGAN"
    program = "basicsr"
    scales = (2, 4)

    def __init__(
        self,
        *,
        width: Annotated[int, Field(ge=1)] = 64,
        growth: Annotated[int, Field(ge=1)] = 32,
        blocks: Annotated[int, Field(ge=1)] = 23,
        fold: bool = True,
        upsample: Literal["nearest"] = "nearest",
        init: Init = "default",
        conditioning: Literal["none"] = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        self.check_scale(scale)
        side = 2 if scale == 2 and fold else 1  # of the squares of px that become channels
        doublings = scale * side // 2
        deep = [convolution(3)] * (CONVOLUTIONS * DENSE_BLOCKS * blocks + 2)
        steps = [folding(side), *deep, *[enlarging("nearest")] * doublings, convolution(3), convolution(3)]
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=side,
            halo=halo(steps, scale=scale, multiple=side),
        )
        self.conv_first = nn.Conv2d(in_channels * side**2, width, 3, padding=1)
        self.body = nn.Sequential(*[ResidualOfDenseBlocks(width, growth, "leaky_relu") for _ in range(blocks)])
        self.doublings = ("conv_up1", "conv_up2")[:doublings]
        for name in ("conv_body", *self.doublings, "conv_hr"):
            self.add_module(name, nn.Conv2d(width, width, 3, padding=1))
        self.conv_last = nn.Conv2d(width, out_channels, 3, padding=1)
        self.active = activation_layer("leaky_relu")
        finish(self, init=init)

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        shallow = self.conv_first(F.pixel_unshuffle(source, self.multiple))
        x = shallow + self.conv_body(self.body(shallow))
        for name in self.doublings:
            x = self.active(self.get_submodule(name)(F.interpolate(x, scale_factor=2)))
        return self.conv_last(self.active(self.conv_hr(x)))

    @classmethod
    def architecture(cls, tensors: Tensors) -> dict[str, Any] | None:
        own = cls.own_names(tensors)
        if "body.0.blocks.0.convolutions.0.weight" not in own or "conv_up1.weight" not in own:
            return None
        channels, out = own["conv_first.weight"].shape[1], own["conv_last.weight"].shape[0]
        if channels == 16 * out:  # of Real-ESRGAN's x1, which folds 4x4 px
            return None
        twice, fold = "conv_up2.weight" in own, channels == 4 * out
        if fold and not twice:  # of a network that keeps the size
            return None
        return {
            "width": own["conv_first.weight"].shape[0],
            "growth": own["body.0.blocks.0.convolutions.0.weight"].shape[0],
            "blocks": numbered(r"body\.(\d+)\.", own),
            "in_channels": channels // 4 if fold else channels,
            "out_channels": out,
            "scale": 4 if twice and not fold else 2,
        } | ({} if twice else {"fold": False})

    @classmethod
    def own_names(cls, tensors: Tensors) -> dict[str, Tensor]:
        return {_own_name(name): tensor for name, tensor in tensors.items()}

    def published_names(self, tensors: Tensors) -> dict[str, Tensor]:
        def published(match: re.Match[str]) -> str:
            return f"rdb{int(match[1]) + 1}.conv{int(match[2]) + 1}"

        named = {re.sub(r"blocks\.(\d)\.convolutions\.(\d)", published, name): tensors[name] for name in tensors}
        if self.scale == 2 and self.multiple == 1:  # no class of BasicSR's: by BSRGAN's names
            return {_former_name(name): tensor for name, tensor in named.items()}
        return named


def _former_name(name: str) -> str:
    """Of a tensor in BSRGAN's files, from its name in BasicSR's."""
    layer, _, inside = name.partition(".")
    if layer == "body":
        return f"RRDB_trunk.{inside.replace('rdb', 'RDB')}"
    return f"{FORMER.get(layer, layer)}.{inside}"


def _own_name(name: str) -> str:
    """Of a tensor in a file of today's names, or of one of ESRGAN's own two releases."""
    if match := re.fullmatch(r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.(\w+)", name):
        name = f"body.{match[1]}.rdb{match[2]}.conv{match[3]}.{match[4]}"
    elif match := re.fullmatch(r"model\.1\.sub\.\d+\.(\w+)", name):
        name = f"conv_body.{match[1]}"
    elif (match := re.fullmatch(r"model\.(\d+)\.(\w+)", name)) and match[1] in FIRST_RELEASE:
        name = f"{FIRST_RELEASE[match[1]]}.{match[2]}"
    elif match := re.fullmatch(r"RRDB_trunk\.(\d+)\.RDB(\d)\.(.+)", name):
        name = f"body.{match[1]}.rdb{match[2]}.{match[3]}"
    elif (layer := name.partition("."))[0] in SECOND_RELEASE:
        name = f"{SECOND_RELEASE[layer[0]]}.{layer[2]}"

    def own(match: re.Match[str]) -> str:
        return f"blocks.{int(match[1]) - 1}.convolutions.{int(match[2]) - 1}"

    return re.sub(r"rdb(\d)\.conv(\d)", own, name)
