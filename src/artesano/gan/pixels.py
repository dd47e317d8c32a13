"""Conversion between stored pixels and the networks' range."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PixelRange:
    """The range of real images as the networks see them.

    Args:
        normalise: images in [-1, 1], which is also the range of tanh (ganhacks 1); otherwise in [0, 1].
    """

    normalise: bool = True

    @property
    def mean(self) -> float:
        """Subtracted from a stored pixel in [0, 1], as `mean` of a data config."""
        return 0.5 if self.normalise else 0.0

    @property
    def std(self) -> float:
        """Divisor, as `std` of a data config."""
        return 0.5 if self.normalise else 1.0

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return (0 - self.mean) / self.std, (1 - self.mean) / self.std

    def to_uint8(self, images: Tensor) -> Tensor:
        """float [N, C, H, W] -> uint8; values outside of the range are clamped, NaN becomes 0."""
        pixels = (images.float() * self.std + self.mean) * 255
        return pixels.nan_to_num(0.0).clamp(0, 255).round().to(torch.uint8)
