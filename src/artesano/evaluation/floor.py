"""The floor of distribution metrics: what held-out real images score in place of samples, cached on disk.

A generator whose samples are distributed as the data scores the floor. FD is not 0 there, since it is biased upward in
few images, and coverage is 1 - 2^-5 = 0.97, since the ball of a real image reaches only to its fifth neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from artesano.evaluation.real_statistics import ROWS, RealImages, cached, read, write
from artesano.metrics.distribution import FEWEST, Features, RealStatistics, distribution_metrics
from artesano.seeding import generator


def held_out(splits: Mapping[str, Sized], against: str = "train") -> str | None:
    """The part whose images stand in for samples: of the training part test, else val; of any other part train.

    None where there are no such images.
    """
    names = {"train": ("test", "val"), "val": ("train",), "test": ("train",)}.get(against, ())
    return next((name for name in names if len(splits[name])), None)


def floor_count(part: Sized, samples: int) -> int:
    """How many of its images stand in for `samples` samples; 0 where they are too few to be measured."""
    return min(len(part), samples) if len(part) >= FEWEST else 0


def floor_path(real: RealImages, part: RealImages) -> Path:
    """Where the floor is cached."""
    return cached(("floor", *real.facts, *part.facts))


def floor(
    real: RealImages, statistics: Callable[[], RealStatistics], part: RealImages, images: Callable[[np.ndarray], Tensor]
) -> dict[str, float]:
    """Metrics of held-out real images in place of samples, by their names.

    Args:
        real: the images that samples are compared with.
        statistics: makes theirs.
        part: the held-out images; its `keep` is how many of them are used.
        images: rows of the part -> uint8 [N, C, H, W].
    """
    path = floor_path(real, part)
    known = read(path)
    if known is None:
        rows = torch.randperm(part.count, generator=generator("floor"))[: part.keep]  # its classes may lie in order
        features = torch.cat([real.extractor(images(some.numpy())).features for some in rows.split(ROWS)])
        metrics = {}
        if len(features) >= FEWEST:  # files that cannot be read are left out
            metrics = distribution_metrics(statistics(), Features(features), extractor=real.extractor.name)
        known = {name: torch.tensor(value, dtype=torch.float64) for name, value in metrics.items()}
        write(path, known)
    return {name: float(value) for name, value in known.items()}
