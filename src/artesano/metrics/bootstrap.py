"""Confidence intervals of means over images that are not independent of each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Blocks = Sequence[str] | np.ndarray

DRAWS = 2000
LEVEL = 0.95
AT_ONCE = 4_000_000  # numbers drawn in one piece


class Interval(NamedTuple):
    """A mean with its percentile interval; NaN for both ends where fewer than two blocks have a value.

    Attributes:
        images, blocks: with a value.
    """

    mean: float
    low: float
    high: float
    images: int
    blocks: int


def block_interval(values: np.ndarray, blocks: Blocks, draws: int = DRAWS, seed: int = 0) -> Interval:
    """95 % percentile bootstrap interval of a mean, resampling blocks, each with all of its images (Efron 1979).

    Tiles of one picture resemble each other: drawing them one by one would make the interval far too narrow. Equal
    blocks and seed give equal draws, so intervals of several metrics belong together.

    Args:
        values: float [N]; NaN = no value for this image.
        blocks: [N], names of what was drawn independently: the file, the longitude.
        draws: resampled sets of blocks.
        seed: of the draws.
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    values, names = values[known], np.asarray(blocks)[known]
    if not len(values):
        return Interval(math.nan, math.nan, math.nan, 0, 0)
    block = np.unique(names, return_inverse=True)[1]
    sums, counts = np.bincount(block, values), np.bincount(block)
    mean = float(values.mean())
    if len(sums) < 2:
        return Interval(mean, math.nan, math.nan, len(values), len(sums))
    random = np.random.default_rng(seed)
    size = max(1, AT_ONCE // len(sums))
    pieces = [min(size, draws - start) for start in range(0, draws, size)]
    means = np.concatenate([_means(random, sums, counts, piece) for piece in pieces])
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(mean, float(low), float(high), len(values), len(sums))


def paired_interval(
    values: np.ndarray, reference: np.ndarray, blocks: Blocks, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """The interval of mean(values - reference) over the same images; far narrower than those of the two means.

    Args:
        values, reference: float [N], of the same images in the same order.
        blocks, draws, seed: as for `block_interval`.
    """
    difference = np.asarray(values, dtype=np.float64) - np.asarray(reference, dtype=np.float64)
    return block_interval(difference, blocks, draws, seed)


def _means(random: np.random.Generator, sums: np.ndarray, counts: np.ndarray, draws: int) -> np.ndarray:
    """float64 [draws]; larger blocks weigh more, as they do in the mean itself."""
    drawn = random.integers(0, len(sums), (draws, len(sums)), dtype=np.int32)
    return sums[drawn].sum(1) / counts[drawn].sum(1)
