"""Whole batches of one part, made in this process or in another: each a function of (step, rows)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch.utils.data import Dataset

from artesano import seeding
from artesano.data.batches import RawPairs
from artesano.data.io.images import UnreadableImage
from artesano.data.pairs.batching import stacked
from artesano.data.pairs.crops import turned
from artesano.data.pairs.listing import Images, PairPart
from artesano.data.prefetch import in_threads
from artesano.file_names import Failure
from artesano.progress_bars import progress

NUMBERS = 9  # per image: place (3) and turn of the source's window, row, place (3) and turn of a shuffled target's

Key = tuple[int | None, np.ndarray]  # step and rows; step None = evaluation
Made = tuple[RawPairs | None, list[Failure]]  # None: none of the rows could be read


@dataclass
class PairBatches(Dataset):
    """`batches[step, rows]` are crops of a training step, `batches[None, rows]` whole images.

    Args:
        seed: moves windows and turns.
        bits: of the whole set of pairs; batches are uint8 for 8, else float32 in [0, 1].
        scale: whole targets without a source of their own are cut to a multiple of it.
        flip: crops are turned, in one of eight ways.
        shuffled: the target of a crop is another row's, of the same label where that has several.
    """

    part: PairPart
    seed: int
    bits: int
    scale: int
    flip: bool
    shuffled: bool

    def __getitem__(self, key: Key) -> Made:
        step, rows = key
        return self.whole(rows) if step is None else self.crops(step, rows)

    def read_all(self, title: str) -> None:
        """Read all images once, with all cores: files that are to be kept are decoded.

        Args:
            title: of the bar.
        """
        rows = range(len(self.part))
        for _ in progress(in_threads(lambda row: _readable(self.part.whole, [(row,)]), rows), len(rows), title):
            pass

    def whole(self, rows: np.ndarray) -> Made:
        """These images, which have one shape; unreadable ones are left out."""
        images, failures = _readable(self._whole, [(row,) for row in rows])
        return self._batch(rows[list(images)], list(images.values())) if images else None, failures

    def crops(self, step: int, rows: np.ndarray) -> Made:
        """A crop of each; the next readable row of the batch stands in for an unreadable one."""
        numbers = seeding.uniforms(self.seed, step, rows, NUMBERS)
        images, failures = _readable(self._crop, list(zip(rows, numbers, strict=True)))
        last = int(rows[-1])
        for offset in range(1, len(self.part)):  # the next readable row stands in for a batch of which none can be read
            if images:
                break
            other = (last + offset) % len(self.part)
            rows = np.full(len(rows), other)
            images, more = _readable(self._crop, [(other, numbers[0])])
            failures += more
        if not images:
            return None, failures
        places = [min(images, key=lambda other, at=at: (other - at) % len(rows)) for at in range(len(rows))]  # type: ignore[misc]
        return self._batch(rows[places], [images[place] for place in places]), failures

    def _crop(self, row: int, numbers: np.ndarray) -> Images:
        """A window, turned; the target of a shuffled pair is another row's.

        Where a degradation makes the source, a shuffled pair brings the clean image that it is to be made from.
        """
        source, target = (self._turned(image, numbers[3]) for image in self.part.window(row, numbers[:3]))
        if self.shuffled:
            others = self._rows_of_label[int(self.part.labels[row])]
            other = int(others[int(numbers[4] * len(others))])
            source = target if source is None else source
            target = self._turned(self.part.window(other, numbers[5:8])[1], numbers[8])
        return source, target  # type: ignore[return-value]

    @cached_property
    def _rows_of_label(self) -> dict[int, np.ndarray]:
        """Label -> its rows; all rows where it has one alone, whose pair would stay together."""
        labels = np.asarray(self.part.labels)
        rows = {int(label): np.flatnonzero(labels == label) for label in np.unique(labels)}
        return {label: own if len(own) > 1 else np.arange(len(labels)) for label, own in rows.items()}

    def _turned(self, image: np.ndarray | None, number: float) -> np.ndarray | None:
        return turned(image, number) if self.flip and image is not None else image

    def _whole(self, row: int) -> Images:
        source, target = self.part.whole(row)
        if source is not None:
            return source, target
        height, width = (length // self.scale * self.scale for length in target.shape[:2])
        return None, target[:height, :width]

    def _batch(self, rows: np.ndarray, images: list[Images]) -> RawPairs:
        sources, targets = zip(*images, strict=True)
        source = None if sources[0] is None else stacked(sources, self.bits)
        labels = torch.from_numpy(self.part.labels[rows])
        return RawPairs(source, stacked(targets, self.bits), labels, torch.from_numpy(rows))


def _readable(read: Callable[..., Images], calls: list[tuple]) -> tuple[dict[int, Images], list[Failure]]:
    """Those of `calls` that could be read, by their place in it, and `path: reason` for the others."""
    images: dict[int, Images] = {}
    failures = []
    for place, arguments in enumerate(calls):
        try:
            images[place] = read(*arguments)
        except UnreadableImage as error:
            failures.append(error.failure)
    return images, failures
