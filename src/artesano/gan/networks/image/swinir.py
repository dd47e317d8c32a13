"""SwinIR as its authors publish it (Liang et al. 2021, arXiv 2108.10257); its Swin blocks are timm's."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from timm.models.swin_transformer import SwinTransformerBlock
from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.networks.activations import activation_layer
from artesano.gan.networks.base import finish
from artesano.gan.networks.image.halo import Step, convolution, halo, windows
from artesano.gan.networks.image.over_bicubic import FACTORS
from artesano.gan.networks.image.published import Published, Tensors, numbered
from artesano.gan.networks.image.swinir_tail import DOUBLINGS, Enlarges, seen_by, tail
from artesano.gan.networks.image.window_blocks import check_heads, shifted, window_blocks
from artesano.gan.networks.weights import Init

MEAN = (0.4488, 0.4371, 0.4040)
"""Of the colours of DIV2K, in [0, 1]; taken away at the input and added at the output."""
BUFFERS = ("relative_position_index", "attn_mask")
"""What the original saves besides its weights, and what follows from the window alone."""


def fused(embed: int, convolutions: int) -> nn.Module:
    """What ends a block, float [N, embed, H, W] to the same: one 3x3 convolution, or three through a narrow middle."""
    if convolutions == 1:
        return nn.Conv2d(embed, embed, 3, padding=1)
    narrow = embed // 4
    return nn.Sequential(
        nn.Conv2d(embed, narrow, 3, padding=1),
        activation_layer("leaky_relu"),
        nn.Conv2d(narrow, narrow, 1),
        activation_layer("leaky_relu"),
        nn.Conv2d(narrow, embed, 3, padding=1),
    )


class ResidualSwin(nn.Module):
    """x + convolution(Swin blocks(x)), tokens float [N, H, W, embed] to the same; H and W multiples of the window."""

    def __init__(self, blocks: list[nn.Module], conv: nn.Module):
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(self.blocks(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Generator(Published):
    """A convolution, residual Swin blocks and a convolution around a skip, then upsampling.

    Images in [0, 1]: the mean colour is taken away and added again.

    Args:
        embed: channels of the tokens (the published have 180, the small one 60, the large one 240).
        blocks: residual Swin blocks (6, 4, 9).
        layers: Swin layers of each (6).
        heads: attention heads of each layer (6, 6, 8).
        window: side of the windows, px of the source (8).
        mlp_ratio: hidden units of each layer's MLP over `embed` (2).
        fusion: convolutions that end a block: 1, or 3 in the large one.
        width: channels after the blocks (64).
        trained_on: side of the sources in training, px (48 or 64; the original's --training_patch_size), for which the
            original keeps its masks in the file. Not read but for such files.
        upsample: `pixel_shuffle` (classical), `nearest` (for photos of unknown quality) or `direct` (the small one: a
            single pixel shuffle to the image).
        image_size, num_classes: not read.

    Raises:
        BadInput: `heads` does not divide `embed`, or a scale that this `upsample` does not make.
    """

    mean: Tensor
    original = "SwinIR"
    program = "basicsr"
    scales = tuple(FACTORS)

    def __init__(
        self,
        *,
        embed: Annotated[int, Field(ge=4)] = 60,
        blocks: Annotated[int, Field(ge=1)] = 4,
        layers: Annotated[int, Field(ge=1)] = 6,
        heads: Annotated[int, Field(ge=1)] = 6,
        window: Annotated[int, Field(ge=2)] = 8,
        mlp_ratio: Annotated[float, Field(gt=0)] = 2.0,
        fusion: Literal[1, 3] = 1,
        width: Annotated[int, Field(ge=1)] = 64,
        trained_on: Annotated[int, Field(ge=1)] = 64,
        upsample: Enlarges = "pixel_shuffle",
        init: Init = "default",
        conditioning: Literal["none"] = "none",
        in_channels: int,
        out_channels: int,
        image_size: int,
        scale: int,
        num_classes: int,
    ):
        self.check_scale(scale)
        check_heads(embed, heads, "generator")
        if upsample == "nearest" and scale not in DOUBLINGS:
            raise BadInput(f"scale: SwinIR with generator.upsample=nearest enlarges by 2 or 4, not by {scale}.")
        block: list[Step] = [windows(window, shifted(number, window)) for number in range(layers)]
        end = [convolution(3)] * (1 if fusion == 1 else 2)
        steps = [convolution(3), *blocks * [*block, *end], *end, *seen_by(upsample, scale)]
        super().__init__(
            conditioning=conditioning,
            in_channels=in_channels,
            out_channels=out_channels,
            num_classes=num_classes,
            scale=scale,
            multiple=window,
            halo=halo(steps, scale=scale, multiple=window),
        )
        self.trained_on = trained_on
        mean = torch.tensor(MEAN if in_channels == 3 else [0.0] * in_channels).view(1, -1, 1, 1)
        self.register_buffer("mean", mean, persistent=False)
        self.conv_first = nn.Conv2d(in_channels, embed, 3, padding=1)
        self.embedded = nn.LayerNorm(embed)
        self.layers = nn.Sequential(
            *[
                ResidualSwin(
                    window_blocks(embed, layers, heads=heads, window=window, mlp_ratio=mlp_ratio), fused(embed, fusion)
                )
                for _ in range(blocks)
            ]
        )
        self.norm = nn.LayerNorm(embed)
        self.conv_after_body = fused(embed, fusion)
        self.tail = tail(upsample, embed, width, out_channels, scale)
        finish(self, init=init)

    def check_channels(self, in_channels: int, out_channels: int) -> None:
        if in_channels != out_channels:
            raise BadInput(
                f"generator: SwinIR makes the channels that it gets; the source has {in_channels}, the target "
                f"{out_channels}."
            )

    def inner(self, source: Tensor, labels: Tensor | None) -> Tensor:
        shallow = self.conv_first(source - self.mean)
        tokens = self.norm(self.layers(self.embedded(shallow.permute(0, 2, 3, 1))))
        return self.tail(self.conv_after_body(tokens.permute(0, 3, 1, 2)) + shallow) + self.mean

    @classmethod
    def architecture(cls, tensors: Tensors) -> dict[str, Any] | None:
        first, table = "layers.0.blocks.0.", "layers.0.blocks.0.attn.relative_position_bias_table"
        own = cls.own_names(tensors)
        if table not in own or "conv_first.weight" not in own:
            return None
        embed, channels = own["conv_first.weight"].shape[:2]
        places, heads = own[table].shape
        known: dict[str, Any] = {
            "embed": embed,
            "blocks": numbered(r"layers\.(\d+)\.", own),
            "layers": numbered(r"layers\.0\.blocks\.(\d+)\.", own),
            "heads": heads,
            "window": (round(places**0.5) + 1) // 2,
            "mlp_ratio": own[f"{first}mlp.fc1.weight"].shape[0] / embed,
            "fusion": 1 if "conv_after_body.weight" in own else 3,
            "in_channels": channels,
            "out_channels": channels,
        }
        masks = next((tensor for name, tensor in tensors.items() if name.endswith("attn_mask")), None)
        if masks is not None:  # one for each window
            known["trained_on"] = round(len(masks) ** 0.5) * known["window"]
        before = own.get("tail.conv_before_upsample.0.weight")
        if before is not None:
            known["width"] = before.shape[0]
        if "tail.conv_up1.weight" in own:
            return known | {"upsample": "nearest", "scale": 4 if "tail.conv_up2.weight" in own else 2}
        if "tail.upsample.0.weight" not in own:
            return None  # of denoising, which does not enlarge
        made = own["tail.upsample.0.weight"].shape[0]
        if before is None:
            return known | {"upsample": "direct", "scale": round((made / channels) ** 0.5)}
        doublings = sum(bool(re.fullmatch(r"tail\.upsample\.\d+\.weight", name)) for name in own)
        return known | {"upsample": "pixel_shuffle", "scale": 3 if made == 9 * known["width"] else 2**doublings}

    @classmethod
    def own_names(cls, tensors: Tensors) -> dict[str, Tensor]:
        return {own_name(name): tensor for name, tensor in tensors.items() if not name.endswith(BUFFERS)}

    def published_names(self, tensors: Tensors) -> dict[str, Tensor]:
        published = {published_name(name): tensor for name, tensor in tensors.items()}
        blocks = {name: module for name, module in self.named_modules() if isinstance(module, SwinTransformerBlock)}
        side = self.trained_on + -self.trained_on % self.multiple
        for name, block in blocks.items():
            place = published_name(name)
            published[f"{place}.attn.relative_position_index"] = block.attn.get_buffer(
                "relative_position_index"
            ).clone()
            mask = block.get_attn_mask(torch.zeros(1, side, side, 1))
            if mask is not None:
                published[f"{place}.attn_mask"] = mask
        return published


def own_name(name: str) -> str:
    """The original's name of a tensor -> ours."""
    name = name.replace(".residual_group.blocks.", ".blocks.").replace("patch_embed.norm.", "embedded.")
    return re.sub(r"^(conv_before_upsample|upsample|conv_up\d|conv_hr|conv_last)\.", r"tail.\1.", name)


def published_name(name: str) -> str:
    """Our name of a tensor or module -> the original's."""
    name = name.removeprefix("tail.").replace("embedded.", "patch_embed.norm.")
    return re.sub(r"^(layers\.\d+)\.blocks\.", r"\1.residual_group.blocks.", name)
