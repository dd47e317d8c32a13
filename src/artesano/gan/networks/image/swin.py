"""A discriminator of Swin blocks, after SWCGAN; simplified, with sizes of our own (10.1109/JSTARS.2022.3190322)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from timm.models.swin_transformer import PatchMerging
from torch import Tensor, nn

from artesano.gan.networks.base import BaseDiscriminator, Pac, finish
from artesano.gan.networks.heads import DiscriminatorConditioning, Heads
from artesano.gan.networks.image.padding import padded
from artesano.gan.networks.image.window_blocks import check_heads, window_blocks
from artesano.gan.networks.minibatch import Minibatch
from artesano.gan.networks.weights import Init


class Tokens(nn.Module):
    """float [N, C, H, W] -> [N, H, W, C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


class Mean(nn.Module):
    """float [N, H, W, C] -> [N, C], over all tokens."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((1, 2))


class Discriminator(BaseDiscriminator):
    """Patches to tokens, Swin stages between which 2x2 tokens merge into one of twice the width; their mean, the heads.

    Any size of image: it is mirrored to a multiple of what a window covers in the last stage (32 px by default).

    Args:
        patch: side of a token's patch, px.
        embed: width of the first stage; it doubles with every stage.
        stages: of `blocks` blocks each.
        blocks: Swin blocks of a stage; windows are shifted in every second one.
        heads: attention heads of each block.
        window: side of the windows, tokens; an even number.
        mlp_ratio: hidden units of each block's MLP over its width.
        norm: spectral norm of all weights, or none; layer norms are part of the blocks.
        pac: images that are judged together.
        code_dim: length of InfoGAN's posterior parameters; 0 for no such head.

    Raises:
        BadInput: `heads` does not divide `embed`.
    """

    def __init__(
        self,
        *,
        patch: Annotated[int, Field(ge=1)] = 4,
        embed: Annotated[int, Field(ge=1)] = 32,
        stages: Annotated[int, Field(ge=1)] = 2,
        blocks: Annotated[int, Field(ge=1)] = 2,
        heads: Annotated[int, Field(ge=1)] = 4,
        window: Annotated[int, Field(ge=2, multiple_of=2)] = 4,
        mlp_ratio: Annotated[float, Field(gt=0)] = 2.0,
        norm: Literal["none", "spectral"] = "none",
        minibatch: Minibatch = "none",
        pac: Pac = 1,
        init: Init = "default",
        conditioning: DiscriminatorConditioning = "none",
        image_size: int,
        channels: int,
        num_classes: int,
        code_dim: int = 0,
    ):
        check_heads(embed, heads, "discriminator")
        super().__init__(channels, conditioning=conditioning, num_classes=num_classes, pac=pac)
        self.multiple = patch * 2 ** (stages - 1) * window
        self.layers = nn.Sequential(nn.Conv2d(self.inputs, embed, patch, stride=patch), Tokens(), nn.LayerNorm(embed))
        features = embed
        for stage in range(stages):
            if stage:
                self.layers.append(PatchMerging(features))
                features *= 2
            self.layers.extend(window_blocks(features, blocks, heads=heads, window=window, mlp_ratio=mlp_ratio))
        self.layers.extend([nn.LayerNorm(features), Mean()])
        self.heads = Heads(
            features, conditioning=conditioning, num_classes=num_classes, code_dim=code_dim, minibatch=minibatch
        )
        finish(self, init=init, norm=norm)

    def hidden(self, images: Tensor, labels: Tensor | None) -> Tensor:
        return super().hidden(padded(images, self.multiple), labels)
