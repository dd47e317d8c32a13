"""The few types a batch can be, and what yields them.

A loader yields uint8; `Preprocessing.normalise` makes it float on the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

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
    labels: int64 [N]; float [N, classes] after mixup or cutmix.
    index: int64 [N], rows of the split's listing: names the files of a batch.
    """

    images: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here


class Features(NamedTuple):
    """Cached output of a frozen backbone: features float [N, D], labels int64 [N], index int64 [N]."""

    features: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here


class Pairs(NamedTuple):
    """Images and what is to be made of them.

    source: [N, Cs, h, w]; None from a loader = made of the target by the degradation when the batch is prepared.
    target: [N, Ct, H, W], the clean image of a restoration, the partner of a translation, or one of the other kind.
    labels: int64 [N], zoom level or class; 0 where there are none.
    index: int64 [N], rows of the part's listing: names the files of a batch.

    From a loader uint8, or float32 in [0, 1] where the data have another depth than 8 bits; float normalised to the
    networks' range before they see it.
    """

    source: Tensor | None
    target: Tensor
    labels: Tensor
    index: Tensor  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here
