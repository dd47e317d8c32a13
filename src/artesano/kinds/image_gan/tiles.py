"""A network on an image of any size: tile by tile, blended so that no seam is seen, in bounded memory.

Inside a tile, all pixels that lie at least the receptive field's radius from a cut edge are what the network makes of
the whole image. Only those are used, and where two tiles both know them, one fades into the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

FEATHER = 1  # px of the source over which one tile fades into the next; both know the whole there: no seam is seen
LEAST = 16  # px that a tile must get on by

Network = Callable[[Tensor], Tensor]
Span = tuple[int, int]


@dataclass(frozen=True)
class Tiling:
    """How an image is cut; all in px of the source.

    Attributes:
        side: of a tile; smaller images are not cut.
        grid: tiles start at multiples of this, so that strides and windows fall where they fall in the whole image.
        trim: what a tile loses at each cut edge.
        feather: width of the ramp between two tiles.
        exact: the tiles give what the network makes of the whole image.
    """

    side: int
    grid: int
    trim: int
    feather: int
    exact: bool

    @classmethod
    def of(cls, side: int, multiple: int, halo: int | None) -> Tiling:
        """The tiling with which tiles equal the whole; where none can, they overlap by half, and all of that is ramp.

        Args:
            side: is made a multiple of `multiple`.
            halo: radius of the receptive field; None = a pixel depends on the whole image.
        """
        side = max(1, side // multiple) * multiple
        if halo is None or side < exact_side(multiple, halo):
            return cls(side, 1, 0, max(1, side // 2), exact=False)
        return cls(side, multiple, halo, FEATHER, exact=True)

    @property
    def step(self) -> int:
        """The farthest that a tile may start after the one before."""
        return max(1, (self.side - 2 * self.trim - self.feather) // self.grid) * self.grid

    def spans(self, length: int) -> list[Span]:
        """Start and end of the tiles along one axis, evenly spread."""
        if length <= self.side:
            return [(0, length)]
        last = -(-(length - self.side) // self.grid)  # in steps of the grid, like `starts`
        count = -(-last * self.grid // self.step)
        side = self.least_side(length, count) if self.exact else self.side
        last = -(-(length - side) // self.grid)
        starts = [last * number // count * self.grid for number in range(count + 1)]
        return [(start, min(start + side, length)) for start in starts]

    def least_side(self, length: int, count: int) -> int:
        """That with which `count + 1` tiles still cover an axis: they overlap no more than they must."""
        overlap = -(-(2 * self.trim + self.feather) // self.grid)  # in steps of the grid
        return -(-(-(-length // self.grid) + count * overlap) // (count + 1)) * self.grid

    def weights(self, spans: list[Span], scale: int) -> list[np.ndarray]:
        """float32 [scale * (end - start)] of each span; at each place of the axis they add up to one."""
        length = spans[-1][1]
        total = np.zeros(scale * length)
        ramps = []
        for start, end in spans:
            places = (np.arange(scale * start, scale * end) + 0.5) / scale
            rise = np.clip((places - start - self.trim) / self.feather, 0, 1) if start else np.ones(len(places))
            fall = np.clip((end - self.trim - places) / self.feather, 0, 1) if end < length else np.ones(len(places))
            ramps.append(np.minimum(rise, fall))
            total[scale * start : scale * end] += ramps[-1]
        return [
            (ramp / total[scale * start : scale * end]).astype(np.float32)
            for ramp, (start, end) in zip(ramps, spans, strict=True)
        ]

    def count(self, height: int, width: int) -> int:
        """Tiles of an image."""
        return len(self.spans(height)) * len(self.spans(width))


def exact_side(multiple: int, halo: int) -> int:
    """The side from which on tiles equal the whole: smaller ones have no core, or one that would hardly get on."""
    return -(-(2 * halo + FEATHER + max(LEAST, multiple)) // multiple) * multiple


def in_tiles(
    network: Network,
    source: np.ndarray,
    tiling: Tiling,
    *,
    channels: int,
    scale: int,
    done: Callable[[], object] = lambda: None,
) -> np.ndarray:
    """What the network makes of an image.

    At once there are in memory: the source, the result, a row of tiles as floats, and what the network needs for one.

    Args:
        network: float [1, Cin, h, w] in [0, 1] -> float [1, channels, scale * h, scale * w] in [0, 1] on the CPU.
        source: [h, w, Cin], uint8 or uint16, or float32 in [0, 1].
        done: called after each tile.

    Returns:
        [scale * h, scale * w, channels] of the source's type.
    """
    height, width = source.shape[:2]
    rows, columns = tiling.spans(height), tiling.spans(width)
    vertical, horizontal = tiling.weights(rows, scale), tiling.weights(columns, scale)
    result = np.empty((scale * height, scale * width, channels), source.dtype)
    begun = np.empty((0, scale * width, channels), np.float32)  # what the tiles above have given to this row
    for row, (top, bottom) in enumerate(rows):
        band = np.zeros((scale * (bottom - top), scale * width, channels), np.float32)
        band[: len(begun)] = begun
        for (left, right), weight in zip(columns, horizontal, strict=True):
            tile = network(as_floats(source[top:bottom, left:right]))[0].permute(1, 2, 0).numpy()
            band[:, scale * left : scale * right] += tile * (vertical[row][:, None] * weight)[..., None]
            done()
        finished = scale * ((rows[row + 1][0] if row + 1 < len(rows) else height) - top)
        result[scale * top : scale * top + finished] = as_stored(band[:finished], source.dtype)
        begun = band[finished:].copy()
    return result


def as_floats(pixels: np.ndarray) -> Tensor:
    """[h, w, C] of any depth -> float32 [1, C, h, w] in [0, 1]."""
    floats = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32)[None]
    return torch.from_numpy(floats) / brightest(pixels.dtype)


def as_stored(floats: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Floats in [0, 1] in a file's own type; whole numbers are rounded."""
    if np.issubdtype(dtype, np.floating):
        return floats.astype(dtype)
    return np.rint(floats * brightest(dtype)).astype(dtype)


def brightest(dtype: np.dtype) -> int:
    """The number that stands for white."""
    return 1 if np.issubdtype(dtype, np.floating) else np.iinfo(dtype).max
