"""Fills holes and leaves known pixels unchanged (context encoders; Pathak et al. 2016, arXiv 1604.07379)."""

from __future__ import annotations

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.gan.networks.image import unet


def missing(images: Tensor) -> Tensor:
    """bool [N, 1, H, W]: where the last channel marks pixels as missing: 1, against 0 or (images in [-1, 1]) -1."""
    return images[:, -1:] > 0.5


class Generator(unet.Generator):
    """A U-Net whose output counts within the hole alone: known pixels are those of the source, bit for bit.

    source float [N, C + 1, H, W], the mask as its last channel -> [N, C, H, W]. The options are those of the U-Net.

    Raises:
        BadInput: the source has not one channel more than the target.
    """

    needs = ("mask",)

    def check_channels(self, in_channels: int, out_channels: int) -> None:
        if in_channels != out_channels + 1:
            raise BadInput(
                f"generator: inpainter needs the mask as one channel more than the target's {out_channels}; the source "
                f"has {in_channels}. Use degradation=hole."
            )

    def forward(self, source: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.where(missing(source), super().forward(source, labels), source[:, :-1])
