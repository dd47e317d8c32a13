"""The few types a batch can be. A loader yields uint8; `Preprocessing.normalise` makes it float on the device."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Labelled(NamedTuple):
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
