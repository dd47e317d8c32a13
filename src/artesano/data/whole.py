"""All parts of a data set as one, for an evaluation on images that no run was trained on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from artesano.data.dataset import Listing
from artesano.data.pairs.listing import Images, PairListing, PairPart
from artesano.data.splits import Split

ALL = "all"


def with_all(listing: Listing | PairListing) -> None:
    """Give the listing a part `all`: the training, validation and test part in turn."""
    if isinstance(listing, PairListing):
        pairs = [part for name, part in listing.parts.items() if name != ALL]
        names = [name for part in pairs for name in part.names]
        blocks = [block for part in pairs for block in part.blocks]
        labels = np.concatenate([part.labels for part in pairs])
        listing.parts[ALL] = PairPart(names, labels, blocks, PairsInTurn(pairs), np.arange(len(names)))
        return
    splits = [split for name, split in listing.splits.items() if name != ALL]
    names = [name for split in splits for name in split.names]
    listing.splits[ALL] = Split(np.concatenate([split.labels for split in splits]), names, ImagesInTurn(splits))


@dataclass
class ImagesInTurn:
    """Reads the images of one split after those of another."""

    splits: Sequence[Split]

    def __call__(self, row: int) -> Image.Image:
        split, row = at(self.splits, row)
        return split.read(row)


@dataclass
class PairsInTurn:
    """Reads the pairs of one part after those of another; see `PairReader`."""

    parts: Sequence[PairPart]

    def shape(self, row: int) -> tuple[int, ...]:
        part, row = at(self.parts, row)
        return part.shape(row)

    def whole(self, row: int) -> Images:
        part, row = at(self.parts, row)
        return part.whole(row)

    def window(self, row: int, numbers: np.ndarray) -> Images:
        part, row = at(self.parts, row)
        return part.window(row, numbers)


def at(parts: Sequence[Any], row: int) -> tuple[Any, int]:
    """The part that a row of the whole lies in, and its row there."""
    starts = np.cumsum([0, *map(len, parts)])[:-1]
    place = bisect_right(starts, row) - 1
    return parts[place], int(row - starts[place])
