"""From a set of pairs to the batches of a run: all a function of (seed, step, row)."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from artesano import seeding
from artesano.data.batches import Batches, Pairs, RawPairs
from artesano.data.degradations import Degradation
from artesano.data.io.images import UnreadableImage
from artesano.data.order import Order
from artesano.data.pairs.base import PairData
from artesano.data.pairs.batching import batches_of_one_shape, stacked, unit
from artesano.data.pairs.crops import turned
from artesano.data.pairs.listing import Images, PairPart
from artesano.data.prefetch import in_threads
from artesano.errors import BadInput
from artesano.file_names import Failure
from artesano.file_names import failures as grouped_failures

logger = logging.getLogger("artesano.data")

B = TypeVar("B")
T = TypeVar("T")

NUMBERS = 9  # per image: place (3) and turn of the source's window, row, place (3) and turn of a shuffled target's


class PairLoaders:
    """The batches of one run. Images travel as they are stored; `prepare` makes them floats on the device.

    A loader yields uint8 for data of 8 bits, else float32 in [0, 1].

    Args:
        degradation: makes the sources where the data bring none.
        mean, std: (x - mean) / std is what the networks see of x in [0, 1].
        seed: moves order, windows, turns and the degradation in training; never the split or an evaluation.

    Raises:
        BadInput: `image_size` is not known.
    """

    def __init__(self, data: PairData, *, degradation: Degradation, mean: float, std: float, seed: int):
        if data.crop is None:
            raise BadInput("data.crop: give image_size, the px of a side of the training crops")
        self.data, self.degradation, self.seed = data, degradation, seed
        self.mean, self.std = mean, std
        self.listing = data.listing()

    @property
    def classes(self) -> list[str]:
        """Names, in the order of the labels; [] = none."""
        return self.listing.classes

    @property
    def skipped(self) -> list[Failure]:
        """`path: reason` of each file that could not be read so far."""
        return self.listing.skipped

    def facts(self) -> dict[str, Any]:
        """The record's `data`."""
        return {
            "fingerprint": self.listing.fingerprint,
            "images": {name: len(part) for name, part in self.listing.parts.items()},
            "skipped": self.skipped,
            "left_out": self.listing.messages(),
        }

    @functools.cached_property
    def order(self) -> Order:
        """Which rows make batch k; the last rows of an epoch that fill no batch are left out."""
        return Order(self.listing.parts["train"].labels, self.data.batch_size, False, self.seed, whole=True)

    @property
    def steps_per_epoch(self) -> int:
        """Batches that show every training row once."""
        return self.order.steps_per_epoch

    def train(self, start_step: Callable[[], int], max_steps: int, rank: int = 0, world: int = 1) -> Batches[RawPairs]:
        """Batches start_step() .. max_steps - 1 of crops; each `iter()` asks `start_step` again.

        Its length is `max_steps` whatever the start. Over several ranks `batch_size` stays the size of the whole
        batch, and each rank gets its slice. `data.workers` threads make the next batches while a step runs.
        """

        def begin() -> Iterator[RawPairs]:
            steps = range(start_step(), max_steps)
            return self._ahead(functools.partial(self._training_batch, rank=rank, world=world), steps)

        return Batches(begin, max_steps)

    def evaluate(self, part: str, rank: int = 0, world: int = 1) -> Batches[RawPairs]:
        """Whole images in order, cut to a multiple of the scale at their right and lower border.

        Consecutive images of one shape share a batch of at most `batch_size` images and two megapixels. Ranks get
        contiguous shares. Unreadable images are left out.

        Raises:
            BadInput: while it is walked through, where not one image of the part could be read.
        """
        rows = np.array_split(np.arange(len(self.listing.parts[part])), world)[rank]
        plan = batches_of_one_shape(self.listing.parts[part], rows, self.data.batch_size)

        def begin() -> Iterator[RawPairs]:
            empty = True
            for batch in self._ahead(functools.partial(self._evaluation_batch, self.listing.parts[part]), plan):
                if batch is not None:
                    empty = False
                    yield batch
            if empty and world == 1:  # the share of a rank may well be empty
                raise BadInput(f"no image of the {part} part could be read", *self.skipped)

        return Batches(begin, len(plan))

    def training_batch(self, k: int, rank: int = 0, world: int = 1) -> RawPairs:
        """Batch `k`; a pure function of (seed, k). A readable row of the batch stands in for an unreadable one."""
        batch, failures = self._training_batch(k, rank, world)
        self._report(failures)
        return batch

    @torch.no_grad()
    def prepare(self, batch: RawPairs, step: int | None) -> Pairs:
        """Sources where the data bring none, then both as normalised float32, on the batch's device.

        A pure function of (seed, step, batch.index).

        Args:
            step: the training step; None = evaluation, where the degradation of an image is always the same.
        """
        with torch.autocast(batch.target.device.type, enabled=False):
            target = unit(batch.target)
            source = target if batch.source is None else unit(batch.source)
            if not self.listing.own_source:
                source = self.degradation(source, self._draws(batch.index, step))
            return Pairs(self._normalised(source), self._normalised(target), batch.labels, batch.index)

    def names(self, part: str, index: np.ndarray | Tensor | list[int]) -> list[str]:
        """Files, or places on the globe, of these rows."""
        return [self.listing.parts[part].names[int(row)] for row in index]

    def _draws(self, index: Tensor, step: int | None) -> np.ndarray:
        if not self.degradation.draws:
            return np.empty((len(index), 0))
        seed = self.data.split_seed if step is None else self.seed
        own = seeding.derive(seed, "degradation")  # not the numbers that the windows were drawn with
        return seeding.uniforms(own, -1 if step is None else step, index.cpu().numpy(), self.degradation.draws)

    def _normalised(self, images: Tensor) -> Tensor:
        return (images - self.mean).div_(self.std)

    def _window(self, part: PairPart, row: int, numbers: np.ndarray) -> Images:
        """A crop, turned; with `pairing=shuffled` its target is another row's.

        Where a degradation makes the source, a shuffled pair brings the clean image that it is to be made from.
        """
        source, target = (self._turned(image, numbers[3]) for image in part.window(row, numbers[:3]))
        if self.data.pairing == "shuffled":
            other = int(numbers[4] * len(part))
            source = target if source is None else source
            target = self._turned(part.window(other, numbers[5:8])[1], numbers[8])
        return source, target  # type: ignore[return-value]

    def _turned(self, image: np.ndarray | None, number: float) -> np.ndarray | None:
        return turned(image, number) if self.data.flip and image is not None else image

    def _whole(self, part: PairPart, row: int) -> Images:
        source, target = part.whole(row)
        if source is not None:
            return source, target
        scale = self.degradation.scale
        height, width = (length // scale * scale for length in target.shape[:2])
        return None, target[:height, :width]

    def _ahead(self, make: Callable[[T], tuple[B, list[Failure]]], items: Sequence[T]) -> Iterator[B]:
        """Batches in order; what could not be read is reported with its batch, in whatever thread that was made."""
        for batch, failures in in_threads(make, items, self.data.workers, ahead=self.data.workers):
            self._report(failures)
            yield batch

    def _training_batch(self, k: int, rank: int, world: int) -> tuple[RawPairs, list[Failure]]:
        part, rows = self.listing.parts["train"], self.order.batch(k, rank, world)
        numbers = seeding.uniforms(self.seed, k, rows, NUMBERS)
        images, failures = _readable(self._window, [(part, *own) for own in zip(rows, numbers, strict=True)])
        for offset in range(1, len(part)):  # the next readable row stands in for a batch of which none can be read
            if images:
                break
            other = int(rows[-1] + offset) % len(part)
            rows = np.full(len(rows), other)
            images, more = _readable(self._window, [(part, other, numbers[0])])
            failures += more
        if not images:
            raise BadInput("no image of the training part could be read", *grouped_failures(failures))
        places = [min(images, key=lambda other, at=at: (other - at) % len(rows)) for at in range(len(rows))]  # type: ignore[misc]
        return self._batch(part, rows[places], [images[place] for place in places]), failures

    def _evaluation_batch(self, part: PairPart, rows: np.ndarray) -> tuple[RawPairs | None, list[Failure]]:
        """These rows, which have one shape; None where none of them could be read."""
        images, failures = _readable(self._whole, [(part, row) for row in rows])
        return self._batch(part, rows[list(images)], list(images.values())) if images else None, failures

    def _report(self, failures: list[Failure]) -> None:
        new = [failure for failure in dict.fromkeys(map(Failure.readable, failures)) if failure not in self.skipped]
        if new and self.data.strict:
            raise BadInput(*(f"unreadable image {failure} (data.strict=true)" for failure in new))
        for line in [] if self.data.listed_later else grouped_failures(new):
            logger.warning("%s", line)
        self.skipped.extend(new)

    def _batch(self, part: PairPart, rows: np.ndarray, images: list[Images]) -> RawPairs:
        sources, targets = zip(*images, strict=True)
        source = None if sources[0] is None else stacked(sources, self.listing.bits)
        labels = torch.from_numpy(part.labels[rows])
        return RawPairs(source, stacked(targets, self.listing.bits), labels, torch.from_numpy(rows))


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
