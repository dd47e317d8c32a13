"""Distances between the whole sets of generated images and targets; no pairs are needed."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from artesano.data.degradation_ops import quantised
from artesano.evaluation.extractors import make_extractor
from artesano.metrics.distribution import (
    FEWEST,
    Features,
    RealStatistics,
    distribution_metrics,
    protocol,
    reliability_note,
)
from artesano.metrics.frechet import moments

WANTED = "truth"


class New:
    """Which images have not come before. Of two folders the smaller one begins anew, and no image counts twice."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()

    def __call__(self, images: Tensor) -> Tensor:
        """bool [N] of a batch."""
        contents = [hashlib.blake2b(image.cpu().numpy().tobytes()).digest() for image in images]
        new = torch.tensor([content not in contents[:row] for row, content in enumerate(contents)])
        new &= torch.tensor([content not in self.seen for content in contents])
        self.seen.update(contents)
        return new.to(images.device)


class SetDistances:
    """Fréchet distances of several methods to the same images, gathered batch by batch.

    Args:
        extractor: its name, as in `evaluation.extractor`.
    """

    def __init__(self, extractor: str):
        self.extractor = make_extractor(extractor)
        self.features: dict[str, list[Tensor]] = {}

    def add(self, method: str, images: Tensor) -> None:
        """float [N, C, H, W] in [0, 1], rounded to 8 bits; `truth` = the targets."""
        if not len(images):
            return
        pixels = (quantised(images) * 255).round().to(torch.uint8)
        self.features.setdefault(method, []).append(self.extractor(pixels).features)

    @property
    def count(self) -> int:
        """Images of each method, and of the targets; where they are not as many, the smaller number."""
        return min((sum(map(len, parts)) for parts in self.features.values()), default=0)

    def values(self) -> dict[str, dict[str, float]]:
        """Method -> {`fd_lite0_312`: value}; nothing where there are fewer than 50 images."""
        if self.count < FEWEST:
            return {}
        wanted = torch.cat(self.features[WANTED])
        real = RealStatistics(self.extractor.name, len(wanted), *moments(wanted), wanted)
        return {
            method: distribution_metrics(real, Features(torch.cat(parts)), extractor=self.extractor.name, full=False)
            for method, parts in self.features.items()
            if method != WANTED
        }

    def note(self) -> str | None:
        """A sentence where the images are few for the extractor's features."""
        if self.count < FEWEST:
            name = protocol(self.extractor.name, self.count, self.count)
            return f"{name}: {self.count} images are too few to compare sets; {FEWEST} are needed"
        return reliability_note(self.count, self.count, self.extractor.dim, self.extractor.name)
