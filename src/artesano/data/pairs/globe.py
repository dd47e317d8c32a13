"""Which places of the globe belong to training, validation and test: longitudes, cut once for all zoom levels.

Coordinates are pixels of a plate carrée picture of 5400 x 2700 (15 a degree), rolled so that column 0 is the western
border of the first test block, and cut to the rows between 69.7 N and 59.9 S: nearer to the poles the projection
smears (threefold at 70 degrees), and in the south Blue Marble has a black patch for a sea and ice without detail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDTH, PER_DEGREE = 5400, 15
TOP, BOTTOM = 304, 2248  # rows of the picture that are used
STRIP = 136  # px of a strip of longitudes, 9.07 degrees: what the bootstrap resamples
BORDER = 16  # px, about a degree, between training and the other blocks; more than a level's resampling reaches
FIRST, MOVE = 1504, 2064  # column of the first block at split_seed=0 (79.7 W), and what a seed adds
BASE = 64  # the level whose pixels are those of the picture


@dataclass(frozen=True)
class Span:
    """Columns left .. right - 1 of one part; multiples of 8, so that every level has whole pixels there."""

    part: str
    left: int
    right: int


TEST_AND_VAL = tuple(  # 25.2 % and 7.6 % of the longitudes
    Span(part, first * STRIP, last * STRIP) for part, first, last in (("test", 0, 5), ("val", 10, 13), ("test", 16, 21))
)
TRAIN = tuple(
    Span("train", before.right + BORDER, after - BORDER)
    for before, after in zip(TEST_AND_VAL, [*(span.left for span in TEST_AND_VAL[1:]), WIDTH], strict=True)
)
SPANS = TEST_AND_VAL + TRAIN
NARROWEST = min(span.right - span.left for span in TEST_AND_VAL)


def start(split_seed: int) -> int:
    """Column of the picture that becomes column 0."""
    return (FIRST + MOVE * split_seed) % WIDTH


@dataclass(frozen=True)
class Squares:
    """Squares of one zoom level, in px of that level.

    Args:
        level: px of the picture that 64 px of the level show: 64, 128 or 256.
        side: px of a side.
        top, left: int64 [N].
        last: int64 [N], where `left` may move to at most, inside its block.
    """

    level: int
    side: int
    top: np.ndarray
    left: np.ndarray
    last: np.ndarray

    def __len__(self) -> int:
        return len(self.top)

    def take(self, rows: np.ndarray) -> Squares:
        """These squares only."""
        return Squares(self.level, self.side, self.top[rows], self.left[rows], self.last[rows])

    @property
    def columns(self) -> np.ndarray:
        """float64 [N], the middle of each, in px of the rolled picture."""
        return (self.left + self.side / 2) * (self.level / BASE)

    def strips(self, part: str) -> list[str]:
        """The strip of longitudes that the middle of each lies in."""
        return [f"{part} strip {int(column) // STRIP}" for column in self.columns]

    def names(self, start: int) -> list[str]:
        """level 128/12.3N 045.0E, by the middle of each."""
        rows = TOP + (self.top + self.side / 2) * (self.level / BASE)
        north = 90 - rows / PER_DEGREE
        east = ((start + self.columns) % WIDTH) / PER_DEGREE - 180
        return [
            f"blue_marble/level {self.level}/{abs(n):04.1f}{'NS'[int(n < 0)]} {abs(e):05.1f}{'EW'[int(e < 0)]}"
            for n, e in zip(north, east, strict=True)
        ]


def last_top(level: int, side: int) -> int:
    """The lowest place of a square, in px of its level."""
    return (BOTTOM - TOP) * BASE // level - side


def squares(part: str, level: int, side: int, stride: int) -> Squares:
    """A grid over all blocks of a part, each begun at its north-western corner."""
    lefts, lasts = [], []
    for span in SPANS:
        if span.part == part:
            first, last = span.left * BASE // level, span.right * BASE // level - side
            places = np.arange(first, last + 1, stride)
            lefts.append(places)
            lasts.append(np.full(len(places), last))
    left, last_left = np.concatenate(lefts), np.concatenate(lasts)
    tops = np.arange(0, last_top(level, side) + 1, stride)
    return Squares(level, side, tops.repeat(len(left)), np.tile(left, len(tops)), np.tile(last_left, len(tops)))
