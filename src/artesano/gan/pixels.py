"""Between stored pixels and the numbers that a generator makes."""

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
        """What a stored pixel in 0..1 loses, as in a data config."""
        return 0.5 if self.normalise else 0.0

    @property
    def std(self) -> float:
        """What it is divided by then."""
        return 0.5 if self.normalise else 1.0

    @property
    def ends(self) -> tuple[float, float]:
        """Darkest and brightest value."""
        return (0 - self.mean) / self.std, (1 - self.mean) / self.std

    def to_uint8(self, images: Tensor) -> Tensor:
        """float [N, C, H, W] -> uint8, what lies outside of the range at its ends; NaN becomes 0."""
        pixels = (images.float() * self.std + self.mean) * 255
        return pixels.nan_to_num(0.0).clamp(0, 255).round().to(torch.uint8)
