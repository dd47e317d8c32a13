"""Layers that compare the images of a batch, against mode collapse.

Real images are compared with real ones and fakes with fakes, also where both share a batch: there the number would be
the same for both kinds, and say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn

Minibatch = Literal["none", "discrimination", "stddev"]


class Comparing(nn.Module):
    """A layer that compares the images of a batch, of each kind by itself.

    Attributes:
        kinds: of images that follow each other in a batch, in equal numbers; see `two_kinds`.
    """

    kinds = 1

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([self.compared(part) for part in features.chunk(self.kinds)])

    def compared(self, features: Tensor) -> Tensor:
        """Images of one kind."""
        raise NotImplementedError


@contextmanager
def two_kinds(network: nn.Module) -> Iterator[None]:
    """Batches are real images and then as many fakes."""
    layers = [layer for layer in network.modules() if isinstance(layer, Comparing)]
    for layer in layers:
        layer.kinds = 2
    try:
        yield
    finally:
        for layer in layers:
            layer.kinds = 1


class MinibatchDiscrimination(Comparing):
    """Appends the distances to the other images of the batch (Salimans et al. 2016, arXiv 1606.03498, section 3.2).

    float [N, F] -> [N, F + kernels]: the sum over the other images of exp(-L1 distance) in each kernel's space.

    Args:
        features: F.
        kernels: numbers appended.
        size: dimensions in which each kernel measures distance.
    """

    def __init__(self, features: int, kernels: int = 32, size: int = 8):
        super().__init__()
        self.kernels, self.size = kernels, size
        self.projection = nn.Linear(features, kernels * size, bias=False)
        self.outputs = features + kernels

    def compared(self, features: Tensor) -> Tensor:
        points = self.projection(features).float().view(-1, self.kernels, self.size)
        # One dimension after the other: the differences of all at once leave the cache, at a third of the speed.
        distances = sum((x[:, None] - x[None]).abs() for x in points.unbind(-1))
        others = torch.exp(-distances).sum(1) - 1  # less the image itself, at distance 0
        return torch.cat([features, others.to(features.dtype)], 1)


class MinibatchStddev(Comparing):
    """Appends one number, the features' mean standard deviation over the batch (ProGAN, arXiv 1710.10196, section 3).

    float [N, F] -> [N, F + 1].
    """

    def __init__(self, features: int):
        super().__init__()
        self.outputs = features + 1

    def compared(self, features: Tensor) -> Tensor:
        spread = (features.float().var(0, correction=0) + 1e-8).sqrt().mean()
        return torch.cat([features, spread.to(features.dtype).expand(len(features), 1)], 1)


MINIBATCH = {"discrimination": MinibatchDiscrimination, "stddev": MinibatchStddev}


def minibatch_layer(kind: Minibatch, features: int) -> MinibatchDiscrimination | MinibatchStddev | None:
    return None if kind == "none" else MINIBATCH[kind](features)
