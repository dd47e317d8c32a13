"""The few types a batch can be, and what yields them.

A loader yields uint8; `Preprocessing.normalise` makes it float on the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

Batch = TypeVar("Batch")


@dataclass
class Batches(Generic[Batch]):
    """An iterable with a length; every `iter()` begins anew."""

    begin: Callable[[], Iterator[Batch]]
    length: int

    def __iter__(self) -> Iterator[Batch]:
        return self.begin()

    def __len__(self) -> int:
        return self.length


class LabelledImages(NamedTuple):
    """Images with their classes.

    images: uint8 [N, C, H, W] from a loader, float normalised by the data config before the network sees it.
    labels: int64 [N], or uint8 [N, classes] where an image may have several; float [N, classes] after mixup or cutmix.
    index: int64 [N], rows of the split's listing: names the files of a batch.
    """

    images: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here


class SourceAndTarget(NamedTuple):
    """A step's images of two domains; the labels of the target are all 0."""

    source: LabelledImages
    target: LabelledImages


class Features(NamedTuple):
    """Cached output of a frozen backbone: features float [N, D]; labels and index as of `LabelledImages`."""

    features: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here


class RawPairs(NamedTuple):
    """Images as a loader yields them, and what is to be made of them: uint8, or float32 in [0, 1] for other depths.

    source: [N, Cs, h, w]; None = made of the target by the degradation when the batch is prepared.
    target: [N, Ct, H, W], the clean image of a restoration, the partner of a translation, or one of the other kind.
    labels: int64 [N], zoom level or class; 0 where there are none.
    index: int64 [N], rows of the part's listing: names the files of a batch.
    """

    source: Tensor | None
    target: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here

    def taken(self, rows: slice | Tensor) -> RawPairs:
        """These rows."""
        return RawPairs(*(None if tensor is None else tensor[rows] for tensor in self))  # type: ignore[arg-type]

    def moved(self, device: torch.device) -> RawPairs:
        """On the device. Not called `to`, which Lightning would call instead of moving each tensor without waiting."""
        return RawPairs(*(None if tensor is None else tensor.to(device) for tensor in self))  # type: ignore[arg-type]


class Pairs(NamedTuple):
    """Prepared images, float in the networks' range: `RawPairs` with its source."""

    source: Tensor
    target: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here
