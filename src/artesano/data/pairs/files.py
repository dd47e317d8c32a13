"""Pairs that lie in files: two, one with both halves, or one from which the source is made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from artesano.data.files_of_run import Listed
from artesano.data.io.headers import Header
from artesano.data.io.images import UnreadableImage
from artesano.data.pairs.crops import crop, place
from artesano.data.pairs.decoded_files import DecodedFiles
from artesano.data.pairs.listing import Images


@dataclass(frozen=True)
class Side:
    """One side of a pair.

    Args:
        path: its file.
        half: 0 = the left half of a picture of two, 1 = the right one; None = all of it.
    """

    path: str
    half: int | None = None

    def size(self, headers: dict[str, Header]) -> tuple[int, int]:
        """Height and width in px, as the file's head tells them."""
        head = headers[self.path]
        return head.height, head.width if self.half is None else head.width // 2


@dataclass(frozen=True)
class Example:
    """One pair of files.

    Args:
        source: None = made from the target.
        stratum: parts are cut from each stratum alike.
        label: class or zoom level.
    """

    source: Side | None
    target: Side
    stratum: str = ""
    label: int = 0

    @property
    def sides(self) -> list[Side]:
        """Those that there are."""
        return [self.target] if self.source is None else [self.source, self.target]

    @property
    def files(self) -> list[str]:
        """Their paths."""
        return [side.path for side in self.sides]


def example(row: Listed) -> Example:
    """What a row of a run's files says."""
    if row.source is None:
        return Example(None, Side(row.file), label=cast(int, row.label))
    other = None if row.half is None else 1 - row.half
    return Example(Side(row.source, other), Side(row.file, row.half), label=cast(int, row.label))


def is_whole(example: Example, heads: Collection[str]) -> bool:
    """True where all its files can be read; `heads` holds the paths of those that can."""
    return all(side.path in heads for side in example.sides)


def apart(examples: Sequence[Example], heads: Collection[str]) -> list[Example]:
    """Rows of images without partners: what can be read stays, also where what stood beside it cannot be."""
    if all(is_whole(example, heads) for example in examples):
        return list(examples)
    sources = [example.source for example in examples if example.source and example.source.path in heads]
    targets = [example.target for example in examples if example.target.path in heads]
    return beside(list(dict.fromkeys(sources)), list(dict.fromkeys(targets)))


def beside(sources: Sequence[Side], targets: Sequence[Side]) -> list[Example]:
    """As many rows as the longer list has; every image at least once."""
    if not sources or not targets:
        return []
    rows = range(max(len(sources), len(targets)))
    return [Example(sources[row % len(sources)], targets[row % len(targets)]) for row in rows]


@dataclass
class FilePairs:
    """Reads the pairs of one part; see `PairReader`.

    Args:
        paired: windows of both sides show the same place. Without, they are as far down and right in either image.
        channels: of source and target.
    """

    examples: Sequence[Example]
    crop: int | None
    paired: bool
    channels: tuple[int, int]
    headers: dict[str, Header]
    decoded: DecodedFiles

    def shape(self, row: int) -> tuple[int, ...]:
        example = self.examples[row]
        sides = [example.target] if example.source is None else [example.target, example.source]
        return tuple(length for side in sides for length in side.size(self.headers))

    def whole(self, row: int) -> Images:
        example = self.examples[row]
        source, target = example.source, example.target
        if source is None:
            return None, self.side(self.decoded(target.path, self.channels[1]), target)
        one = self.decoded(source.path, self.channels[0])
        both = (source.path, self.channels[0]) == (target.path, self.channels[1])  # a picture of two is decoded once
        other = one if both else self.decoded(target.path, self.channels[1])
        return self.side(one, source), self.side(other, target)

    def window(self, row: int, numbers: np.ndarray) -> Images:
        source, target = self.whole(row)
        assert self.crop is not None
        if source is None or not self.paired:
            return self.cut(source, numbers), self.cut(target, numbers)  # type: ignore[return-value]
        ratio = target.shape[0] // source.shape[0]
        side = self.crop // ratio
        top, left = (place(numbers[axis], source.shape[axis], side) for axis in (0, 1))
        return crop(source, top, left, side), crop(target, ratio * top, ratio * left, self.crop)

    def cut(self, image: np.ndarray | None, numbers: np.ndarray) -> np.ndarray | None:
        """A window of one image for itself."""
        if image is None:
            return None
        assert self.crop is not None
        top, left = (place(numbers[axis], image.shape[axis], self.crop) for axis in (0, 1))
        return crop(image, top, left, self.crop)

    def side(self, image: np.ndarray, side: Side) -> np.ndarray:
        """[H, W, C] of one side of a decoded file.

        Raises:
            UnreadableImage: where the file is another one than at the run's start.
        """
        if side.half is not None:
            middle = image.shape[1] // 2
            image = image[:, side.half * middle : (side.half + 1) * middle]
        if image.shape[:2] != side.size(self.headers):
            height, width = side.size(self.headers)
            size = f"{image.shape[1]} x {image.shape[0]}"
            raise UnreadableImage(side.path, f"{size} px, and its head says {width} x {height}")
        return image
