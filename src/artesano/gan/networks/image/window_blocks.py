"""Swin blocks for feature maps of any size (Liu et al. 2021, arXiv 2103.14030); the block itself is timm's."""

from __future__ import annotations

from timm.models.swin_transformer import SwinTransformerBlock
from torch import Tensor, nn

from artesano.errors import BadInput


def check_heads(features: int, heads: int, key: str) -> None:
    """Raises BadInput when the channels do not come out even among the heads."""
    if features % heads:
        raise BadInput(f"{key}.heads: {heads} does not divide {key}.embed={features}.")


def window_blocks(features: int, count: int, *, heads: int, window: int, mlp_ratio: float) -> list[nn.Module]:
    """Blocks float [N, H, W, features] -> the same shape; those with an odd number have shifted windows.

    H and W should be multiples of `window`: what is missing is padded with zeros by the block.
    """
    blocks: list[nn.Module] = []
    for number in range(count):
        block = SwinTransformerBlock(
            features,
            input_resolution=(window, window),
            num_heads=heads,
            window_size=window,
            shift_size=shifted(number, window),
            mlp_ratio=mlp_ratio,
            # windows and masks follow the feature map at hand, not `input_resolution`
            always_partition=True,
            dynamic_mask=True,
        )
        # fused attention has no second derivative, which gradient penalties need
        block.attn.fused_attn = False  # type: ignore[misc]
        blocks.append(block)
    return blocks


def shifted(number: int, window: int) -> int:
    """Shift of this block's windows, px."""
    return window // 2 if number % 2 else 0


class OnFeatureMap(nn.Module):
    """A block of channels-last tokens on float [N, C, H, W]."""

    def __init__(self, block: nn.Module):
        super().__init__()
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
