"""From a data set to the batches of a run."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano import seeding
from artesano.data import augment
from artesano.data.batches import Batches, LabelledImages
from artesano.data.dataset import ImageData
from artesano.data.labels import counts
from artesano.data.memory import Memory, StackedMemory, decode
from artesano.data.order import Order
from artesano.data.preprocessing import Preprocessing
from artesano.data.readable import check_classes, check_classes_by_one_image, remarks_told
from artesano.data.splits import stacked
from artesano.data.streaming import POLICIES, Decoder, Stream
from artesano.errors import BadInput
from artesano.file_names import Failure, failures, readable

logger = logging.getLogger("artesano.data")


class Loaders:
    """The batches of one run. Images travel as uint8; `prepare` makes them the network's input on the device.

    Args:
        seed: moves the order and the augmentation, never the split.
        batches_per_step: a step gets so many batches in one (the critic steps of a GAN), and then only whole ones.
    """

    def __init__(self, data: ImageData, preprocessing: Preprocessing, seed: int, batches_per_step: int | None = None):
        self.data = data
        self.preprocessing = preprocessing
        self.seed = seed
        self.batches_per_step = batches_per_step
        self.listing = data.listing()
        self._source = functools.cache(self._open)

    @property
    def classes(self) -> list[str]:
        """Names, in the order of the labels."""
        return self.listing.classes

    @property
    def skipped(self) -> list[Failure]:
        """`path: reason` of each file that could not be read so far."""
        return self.listing.skipped

    def facts(self) -> dict[str, Any]:
        """The record's `data`; images that could not be read, so far, do not count."""
        unread = {failure.path for failure in self.skipped}
        return {
            "fingerprint": self.listing.fingerprint,
            "images": {
                name: sum(readable(image) not in unread for image in part.names) if unread else len(part)
                for name, part in self.listing.splits.items()
            },
            "skipped": self.skipped,
            "left_out": self.listing.messages(),
        }

    @functools.cached_property
    def order(self) -> Order:
        """Which rows make batch k. The training part is decoded first: an unreadable file changes its length."""
        self._source("train")
        labels, whole = self.listing.splits["train"].labels, self.batches_per_step is not None
        parts = self.batches_per_step or 1
        return Order(labels, self.data.batch_size * parts, self.data.balance, self.seed, whole, parts)

    @property
    def steps_per_epoch(self) -> int:
        """Batches that show every training image once (a last batch of one image is left out)."""
        return self.order.steps_per_epoch

    @property
    def images_per_epoch(self) -> int:
        """Images of the training part."""
        return len(self.order.labels)

    @property
    def class_counts(self) -> np.ndarray:
        """int64 [classes], images of the training part."""
        return counts(self.order.labels, len(self.classes))

    def train(
        self, start_step: Callable[[], int], max_steps: int, rank: int = 0, world: int = 1
    ) -> Batches[LabelledImages]:
        """Batches start_step() .. max_steps - 1; each `iter()` asks `start_step` again.

        Its length is `max_steps` whatever the start. Over several ranks `batch_size` stays the size of the whole
        batch, and each rank gets its slice.
        """
        order, source = self.order, self._source("train")

        def begin() -> Iterator[LabelledImages]:
            return source.batches((k, order.batch(k, rank, world)) for k in range(start_step(), max_steps))

        return Batches(begin, max_steps)

    def evaluate(self, split: str, rank: int = 0, world: int = 1) -> Batches[LabelledImages]:
        """The split in order, a contiguous share for each rank (their numbers of batches may differ by one)."""
        source = self._source(split)
        rows = np.array_split(np.arange(len(self.listing.splits[split])), world)[rank]
        starts = range(0, len(rows), self.data.batch_size)

        def begin() -> Iterator[LabelledImages]:
            return source.batches((None, rows[start : start + self.data.batch_size]) for start in starts)

        return Batches(begin, len(starts))

    def some(self, split: str, most: int) -> list[LabelledImages]:
        """At most so many images as evaluation sees them, from all over the split: classes may stand one after the
        other in it."""
        count = len(self.listing.splits[split])
        rows = np.linspace(0, count - 1, min(most, count)).astype(np.int64)
        starts = range(0, len(rows), self.data.batch_size)
        return list(self._source(split).batches((None, rows[at : at + self.data.batch_size]) for at in starts))

    def prepare(self, batch: LabelledImages, step: int | None) -> LabelledImages:
        """uint8 to normalised float on the batch's device; with a step also augmentation, mixing and erasing.

        A pure function of (seed, step, batch.index).

        Args:
            step: the training step, or None for evaluation.
        """
        if step is None:
            return batch._replace(images=self.preprocessing.normalise(batch.images))
        data = self.data
        numbers = seeding.uniforms(self.seed, step, batch.index.cpu().numpy(), 11)
        images, labels = batch.images, batch.labels
        if data.augment == "light":
            images = augment.crop_and_flip(images, numbers[:, :4], data.flip)
            images = self.preprocessing.normalise(images, *augment.brightness_and_contrast(images, numbers[:, 4:6]))
        else:
            images = self.preprocessing.normalise(images)
        if data.mixup or data.cutmix:
            random = np.random.default_rng(seeding.derive(self.seed, "mix", step))
            images, labels = augment.mix(
                images, labels, len(self.classes), mixup=data.mixup, cutmix=data.cutmix, random=random
            )
        if data.erase:
            images = augment.erase(images, numbers[:, 6:], data.erase)
        return LabelledImages(images, labels, batch.index)

    def images(self, split: str, index: np.ndarray | Tensor | list[int]) -> Tensor:
        """uint8 [N, C, H, W] of these rows, as evaluation sees them."""
        source = self._source(split)
        return source.at(torch.as_tensor(index, dtype=torch.int64).cpu()).contiguous()

    def names(self, split: str, index: np.ndarray | Tensor | list[int]) -> list[str]:
        """File paths, or `mnist5k/123`, of these rows."""
        names = self.listing.splits[split].names
        return [names[int(row)] for row in index]

    def _open(self, part: str) -> Memory | Stream:
        split = self.listing.splits[part]
        if not self.in_memory(part):
            if part == "train":
                check_classes_by_one_image(self.data.place(), self.classes, split)
            augmented = self.data.augment if part == "train" else "none"
            decoder = Decoder(split, self.preprocessing, augmented, self.data.flip, self.seed)
            return Stream(split, decoder, self.data.workers, self._report)
        if (stack := stacked(split)) is not None and self.preprocessing.channels == stack.rows.shape[1]:
            grey = replace(self.preprocessing, channels=1, mean=self.preprocessing.mean[:1])
            return StackedMemory(decode(stack.split, grey, part)[0], stack.rows, split.labels)
        images, unreadable, remarks = decode(split, self.preprocessing, part)
        self.listing.notes += remarks_told(remarks)
        labels = split.labels
        if unreadable:
            self._report(list(unreadable.values()))
            kept = np.setdiff1d(np.arange(len(split)), list(unreadable))
            if len(kept) == 0:
                raise BadInput(
                    f"{self.data.place()}: no image of the {part} split could be read", *failures(unreadable.values())
                )
            images, split = images[torch.from_numpy(kept)], split.take(kept)
            self.listing.splits[part] = split
            if part == "train":
                before, after = (counts(some, len(self.classes)) for some in (labels, split.labels))
                check_classes(self.data.place(), self.classes, before, after, list(unreadable.values()))
        return Memory(images, split.labels)

    def in_memory(self, part: str) -> bool:
        """True where the part is decoded once and kept; False where each of its batches is decoded anew."""
        if part == "train" and self.data.augment in POLICIES:
            return False  # these work on the original image
        if self.data.in_memory != "auto":
            return self.data.in_memory
        images = sum(len(split) for split in self.listing.splits.values())
        return images * self.preprocessing.channels * self.preprocessing.size**2 <= self.data.memory_limit_gb * 1e9

    def _report(self, unreadable: list[Failure]) -> None:
        new = [failure for failure in dict.fromkeys(map(Failure.readable, unreadable)) if failure not in self.skipped]
        if new and self.data.strict:
            raise BadInput(*(f"unreadable image {failure} (data.strict=true)" for failure in new))
        for line in [] if self.data.listed_later else failures(new):
            logger.warning("%s", line)
        self.skipped.extend(new)
