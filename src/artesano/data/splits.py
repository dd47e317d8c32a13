"""The parts of a data set, and how they are cut: stratified, and a function of `split_seed` alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from artesano.data.io.images import open_image
from artesano.data.labels import pools, shuffled, strata


@dataclass
class Split:
    """One part of a data set.

    Args:
        labels: int64 [N], or uint8 [N, K] where an image may have several; see `artesano.data.labels`.
        names: [N], the file's path, or something like `mnist5k/123`.
        read: row -> the image in its own mode; raises `UnreadableImage`. Picklable, so that workers may read.
    """

    labels: np.ndarray
    names: list[str]
    read: Callable[[int], Image.Image]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> Split:
        """The split that holds these rows only."""
        return Split(self.labels[rows], [self.names[row] for row in rows], Rows(self.read, rows))


@dataclass
class Files:
    """Reads images from files."""

    paths: list[str]

    def __call__(self, row: int) -> Image.Image:
        return open_image(self.paths[row])


@dataclass
class Arrays:
    """Reads images from an array: uint8 [N, H, W] or [N, H, W, 3]."""

    pixels: np.ndarray

    def __call__(self, row: int) -> Image.Image:
        return Image.fromarray(self.pixels[row])


@dataclass
class Stacked:
    """Reads several grey images of another split as the channels of one.

    Args:
        rows: int [N, 3], which images.
    """

    split: Split
    rows: np.ndarray

    def __call__(self, row: int) -> Image.Image:
        return Image.merge("RGB", [self.split.read(int(one)) for one in self.rows[row]])


def stacked(split: Split) -> Stacked | None:
    """What the images of a split are stacked of, row by row; None where they are not."""
    some = split.read if isinstance(split.read, Rows) else Rows(split.read, np.arange(len(split)))
    whole = some.read
    return Stacked(whole.split, whole.rows[some.rows]) if isinstance(whole, Stacked) else None


@dataclass
class Rows:
    """Reads some rows of another reader."""

    read: Callable[[int], Image.Image]
    rows: np.ndarray

    def __post_init__(self) -> None:
        if isinstance(self.read, Rows):  # a cut of a cut stays one look-up deep
            self.rows, self.read = self.read.rows[self.rows], self.read.read

    def __call__(self, row: int) -> Image.Image:
        return self.read(int(self.rows[row]))


def cut(split: Split, shares: dict[str, float], seed: int) -> dict[str, Split]:
    """Cut parts off a split, class by class or, of several labels, set by set; what remains is `train`.

    Args:
        shares: part -> share of each class, e.g. {"test": 0.2, "val": 0.1}; of the whole split, not of the rest.
        seed: `split_seed`.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in [*shares, "train"]}
    for rows in shuffled(strata(split.labels), seed):
        left = rows
        for name, share in shares.items():
            count = min(max(1, round(share * len(rows))), len(left) - 1)  # the training part keeps at least one
            parts[name].append(left[:count])
            left = left[count:]
        parts["train"].append(left)
    return {name: split.take(np.sort(np.concatenate(rows))) for name, rows in parts.items()}


def subset(split: Split, fraction: float | None, shots: int | None, seed: int) -> Split:
    """A stratified share of each class (at least one image), or `shots` images of it; smaller ones are nested.

    An image of several labels is a shot of each of them, so a frequent label may have more.
    """
    chosen = []
    for rows in shuffled(strata(split.labels) if shots is None else pools(split.labels), seed):
        count = shots if shots is not None else max(1, round((fraction or 1.0) * len(rows)))
        chosen.append(rows[:count])
    return split.take(np.unique(np.concatenate(chosen)))


def by_class(labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """For each class, its rows in an order that depends on the seed and the class only."""
    return shuffled(pools(labels), seed)
