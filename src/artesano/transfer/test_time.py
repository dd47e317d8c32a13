"""Test-time augmentation: one answer from several views of an image."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SHIFT = 1 / 16  # of the side; 14 pixels of 224


class Averaged(nn.Module):
    """A classifier whose probabilities are the mean over the views of an image.

    Args:
        network: images float [N, C, H, W] -> logits [N, K].
        temperature: with which logits become probabilities.
        mirror: may an image be mirrored? A digit may not.
    """

    def __init__(self, network: nn.Module, temperature: float = 1.0, mirror: bool = False):
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.mirror = mirror

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, K]: softmax(logits / T) is the mean of the views' softmax(logits / T), and the energy score
        T * logsumexp(logits / T) the mean of theirs."""
        scaled = torch.stack([self.network(view) / self.temperature for view in views(images, self.mirror)])
        log_mean = scaled.log_softmax(2).logsumexp(0) - math.log(len(scaled))
        return self.temperature * (log_mean + scaled.logsumexp(2).mean(0)[:, None])


def views(images: Tensor, mirror: bool) -> Iterator[Tensor]:
    """The images float [N, C, H, W], shifted by a sixteenth of the side to each corner with their border repeated, and,
    if `mirror`, mirrored left to right: five or six in all."""
    yield images
    height, width = images.shape[-2:]
    down, right = (max(1, round(side * SHIFT)) for side in (height, width))
    wide = F.pad(images, (right, right, down, down), mode="replicate")
    for top in (0, 2 * down):
        for left in (0, 2 * right):
            yield wide[..., top : top + height, left : left + width]
    if mirror:
        yield images.flip(-1)
