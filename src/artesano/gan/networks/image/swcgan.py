"""A generator in the style of SWCGAN: convolutions for local detail, Swin blocks for wider context.

Tu et al. 2022, 10.1109/JSTARS.2022.3190322, of which the abstract alone is public: shallow features by a convolution,
deep ones by residual dense Swin transformer blocks (RDSTB), then upsampling. What a block looks like inside follows
residual dense networks (Zhang et al. 2018, arXiv 1802.08797); the sizes are ours.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.gan.networks.activations import Activation
from artesano.gan.networks.chain import Chain
from artesano.gan.networks.image.halo import Step, convolution, windows
from artesano.gan.networks.image.over_bicubic import OverBicubic
from artesano.gan.networks.image.window_blocks import OnFeatureMap, check_heads, shifted, window_blocks
from artesano.gan.networks.resampling import Upsample
from artesano.gan.networks.weights import Init


class ResidualDenseSwin(nn.Module):
    """x + 3x3(x and what every Swin layer made); each layer reads, through a 1x1, x and all before it.

    float [N, features, H, W], H and W multiples of `window`, -> the same shape.

    Args:
        layers: Swin layers; windows are shifted in every second one.
        heads: attention heads of each.
        window: side of the windows, px.
        mlp_ratio: hidden units of each layer's MLP over `features`.
    """

    def __init__(self, features: int, layers: int, *, heads: int, window: int, mlp_ratio: float):
        super().__init__()
        blocks = window_blocks(features, layers, heads=heads, window=window, mlp_ratio=mlp_ratio)
        self.layers = nn.ModuleList(OnFeatureMap(block) for block in blocks)
        self.reads = nn.ModuleList(
            nn.Conv2d(features * number, features, 1) if number > 1 else nn.Identity()
            for number in range(1, layers + 1)
        )
        self.fusion = nn.Conv2d(features * (layers + 1), features, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        seen = x
        for read, layer in zip(self.reads, self.layers, strict=True):
            seen = torch.cat([seen, layer(read(seen))], 1)
        return x + self.fusion(seen)


class Generator(OverBicubic):
    """A convolution, RDSTBs and a convolution around a skip, then upsampling; added to the bicubic enlargement.

    Args:
        embed: channels of every hidden layer.
        blocks: RDSTBs.
        layers: Swin layers of each.
        heads: attention heads of each layer.
        window: side of the windows, px of the source; an even number, so that a shift by half moves all alike.
        mlp_ratio: hidden units of each layer's MLP over `embed`.
        image_size: not read: any size goes through. The other arguments of this group come from the data too.

    Raises:
        BadInput: `heads` does not divide `embed`, `scale` is not 2, 3, 4 or 8, or the channels differ.
    """

    def __init__(
        self,
        *,
        embed: Annotated[int, Field(ge=1)] = 32,
        blocks: Annotated[int, Field(ge=1)] = 2,
        layers: Annotated[int, Field(ge=1)] = 2,
        heads: Annotated[int, Field(ge=1)] = 4,
        window: Annotated[int, Field(ge=2, multiple_of=2)] = 8,
        mlp_ratio: Annotated[float, Field(gt=0)] = 2.0,
        activation: Activation = "relu",
        upsample: Upsample = "nearest",
        init: Init = "default",
        conditioning: Literal["none", "concat"] = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        check_heads(embed, heads, "generator")

        def trunk() -> Chain:
            options = {"heads": heads, "window": window, "mlp_ratio": mlp_ratio}
            deep = [ResidualDenseSwin(embed, layers, **options) for _ in range(blocks)]  # type: ignore[arg-type]
            return Chain(*deep, nn.Conv2d(embed, embed, 3, padding=1))

        block: list[Step] = [windows(window, shifted(number, window)) for number in range(layers)]
        super().__init__(
            trunk,
            [*(blocks * [*block, convolution(3)]), convolution(3)],
            width=embed,
            activation=activation,
            upsample=upsample,
            init=init,
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=window,
        )
