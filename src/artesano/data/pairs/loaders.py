"""From a set of pairs to the batches of a run: all a function of (seed, step, row)."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano import seeding
from artesano.data.batches import Batches, Pairs, RawPairs
from artesano.data.degradations import Degradation
from artesano.data.order import Order
from artesano.data.pairs.base import PairData
from artesano.data.pairs.batching import batches_of_one_shape, normalised, unit
from artesano.data.pairs.pair_batches import PairBatches
from artesano.data.processes import in_processes
from artesano.errors import BadInput
from artesano.file_names import Failure, failures

logger = logging.getLogger("artesano.data")


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
        self._batches = functools.cache(self._open)

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
        } | ({"legend": legend} if (legend := self.listing.shown_legend) else {})

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
        batch, and each rank gets its slice. Files that are not kept in memory are decoded by `data.workers` processes.

        Raises:
            BadInput: while it is walked through, where not one image of the training part could be read.
        """

        def begin() -> Iterator[RawPairs]:
            plan = ((k, self.order.batch(k, rank, world)) for k in range(start_step(), max_steps))
            made = in_processes(self._batches("train"), plan, self._workers)
            return (self._training_batch(*batch) for batch in made)

        return Batches(begin, max_steps)

    def evaluate(self, part: str, rank: int = 0, world: int = 1, count: int | None = None) -> Batches[RawPairs]:
        """Whole images in order, cut to a multiple of the scale at their right and lower border.

        Consecutive images of one shape share a batch of at most `batch_size` images and two megapixels. Ranks get
        contiguous shares. Unreadable images are left out.

        Args:
            count: only so many, spread over the part and over the labels: a part is in order of levels and places, so
                the first images would show one level and one region. Where none of these can be read, the first that
                can. None = all.

        Raises:
            BadInput: while it is walked through, where not one image of the part could be read.
        """
        images = self.listing.parts[part]
        rows = np.arange(len(images)) if count is None else images.spread(count)
        plan = batches_of_one_shape(images, np.array_split(rows, world)[rank], self.data.batch_size)

        def begin() -> Iterator[RawPairs]:
            empty = True
            keys = ((None, some) for some in plan)
            for batch, unreadable in in_processes(self._batches(part), keys, self._workers):
                self._report(unreadable)
                if batch is not None:
                    empty = False
                    yield batch
            if empty and count is not None:
                yield from (batch.taken(slice(count)) for batch in islice(self.evaluate(part, rank, world), 1))
                return
            if empty and world == 1:  # the share of a rank may well be empty
                raise BadInput(f"no image of the {part} part could be read", *self.skipped)

        return Batches(begin, len(plan))

    def training_batch(self, k: int, rank: int = 0, world: int = 1) -> RawPairs:
        """Batch `k`; a pure function of (seed, k). A readable row of the batch stands in for an unreadable one."""
        return self._training_batch(*self._batches("train")[k, self.order.batch(k, rank, world)])

    @functools.cached_property
    def in_memory(self) -> bool:
        """True where each image is decoded once and kept; False where each batch is decoded anew."""
        if self.data.in_memory != "auto":
            return self.data.in_memory
        return self.listing.decoded_bytes() <= self.data.memory_limit_gb * 1e9

    @torch.no_grad()
    def prepare(self, batch: RawPairs, step: int | None) -> Pairs:
        """Sources where the data bring none, then both as normalised float32, on the batch's device.

        A pure function of (seed, step, batch.index).

        Args:
            step: the training step; None = evaluation, where the degradation of a row of a part is always the same.
        """
        with torch.autocast(batch.target.device.type, enabled=False):
            target = unit(batch.target)
            source = target if batch.source is None else unit(batch.source)
            if not self.listing.own_source:
                source = self.degradation(source, self._draws(batch.index, step))
            source, target = (normalised(images, self.mean, self.std) for images in (source, target))
            return Pairs(source, target, batch.labels, batch.index)

    def names(self, part: str, index: np.ndarray | Tensor | list[int]) -> list[str]:
        """Files, or places on the globe, of these rows."""
        return [self.listing.parts[part].names[int(row)] for row in index]

    def _draws(self, index: Tensor, step: int | None) -> np.ndarray:
        if not self.degradation.draws:
            return np.empty((len(index), 0))
        seed = self.data.split_seed if step is None else self.seed
        own = seeding.derive(seed, "degradation")  # not the numbers that the windows were drawn with
        return seeding.uniforms(own, -1 if step is None else step, index.cpu().numpy(), self.degradation.draws)

    @property
    def _workers(self) -> int:
        return 0 if self.in_memory else self.data.workers

    def _open(self, name: str) -> PairBatches:
        """The batches of a part, whose files are decoded first where they are to be kept."""
        batches = PairBatches(
            self.listing.parts[name],
            self.seed,
            self.listing.bits,
            self.degradation.scale,
            self.data.flip,
            self.data.pairing == "shuffled",
        )
        if self.in_memory and self.listing.decoded is not None:
            self.listing.decoded.keep = True
            batches.read_all(f"decoding {name}")
        return batches

    def _training_batch(self, batch: RawPairs | None, unreadable: list[Failure]) -> RawPairs:
        self._report(unreadable)
        if batch is None:
            raise BadInput("no image of the training part could be read", *failures(unreadable))
        return batch

    def _report(self, unreadable: list[Failure]) -> None:
        new = [failure for failure in dict.fromkeys(map(Failure.readable, unreadable)) if failure not in self.skipped]
        if new and self.data.strict:
            raise BadInput(*(f"unreadable image {failure} (data.strict=true)" for failure in new))
        for line in [] if self.data.listed_later else failures(new):
            logger.warning("%s", line)
        self.skipped.extend(new)
