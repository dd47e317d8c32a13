"""The training images of a data set whose labels nobody may see: the target of a change of domain."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from artesano.data.batches import LabelledImages
from artesano.data.dataset import UNLABELLED, ImageData, Listing, fingerprint
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing

ERASED = 0.5  # probability of a rectangle in the augmented view


def unlabelled(listing: Listing) -> Listing:
    """The training part alone, all labels 0; labels do not move its fingerprint."""
    train = listing.splits["train"]
    classes, splits = [UNLABELLED], {"train": replace(train, labels=np.zeros_like(train.labels))}
    return replace(listing, classes=classes, splits=splits, fingerprint=fingerprint(classes, splits))


class UnlabelledLoaders(Loaders):
    """`Loaders` of the training part alone, in which all labels are 0.

    Args:
        seed: moves the order and the augmentation.
    """

    def __init__(self, data: ImageData, preprocessing: Preprocessing, seed: int):
        super().__init__(data, preprocessing, seed)
        self.listing = unlabelled(self.listing)
        augmented = copy.copy(data)
        augmented.augment, augmented.erase = "light", ERASED
        self._augmented = copy.copy(self)
        self._augmented.data = augmented

    def views(self, batch: LabelledImages, step: int, count: int) -> Tensor:
        """Prepared images float [count * N, C, H, W]: as `prepare` gives them, then with crops, brightness, contrast
        and erased rectangles.

        Args:
            batch: uint8, on the device.
            count: 1 or 2.
        """
        prepared = [loaders.prepare(batch, step).images for loaders in (self, self._augmented)[:count]]
        return torch.cat(prepared)
