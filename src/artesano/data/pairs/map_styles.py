"""How maps are drawn: the colours and lines of each style, and what each zoom level leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from artesano.data.pairs.boundaries import Detail

Drawn = Literal["atlas", "street", "overview", "ink"]
Relief = Literal["etopo1", "shadedrelief"]
StyleName = Literal[Drawn, Relief]
DRAWN: tuple[str, ...] = get_args(Drawn)
RGB = tuple[int, int, int]
ROLES = ("sea", "land", "snow", "lake", "forest", "coast", "river")  # what a colour can mean


class Style(NamedTuple):
    """A fixed palette and the width of its lines.

    Args:
        sea, land, snow, lake: colours of areas.
        forest: of land that is green in the photo; None = like other land.
        coast: of the outermost pixels of the land; None = no line.
        river: of rivers; None = they are not drawn.
        coast_width, river_width: px.
    """

    sea: RGB
    land: RGB
    snow: RGB
    lake: RGB
    forest: RGB | None = None
    coast: RGB | None = None
    river: RGB | None = None
    coast_width: int = 1
    river_width: int = 1


# No two colours of different meaning are nearer to each other than 24 of 255, in one style or in two.
STYLES: dict[str, Style] = {
    "atlas": Style(
        sea=(190, 222, 244),
        land=(238, 216, 160),
        snow=(252, 252, 255),
        lake=(104, 174, 230),
        forest=(176, 208, 142),
        coast=(58, 92, 140),
        river=(36, 112, 206),
    ),
    "street": Style(
        sea=(160, 200, 214),
        land=(232, 224, 208),
        snow=(250, 238, 250),
        lake=(124, 200, 196),
        coast=(126, 116, 104),
        river=(70, 158, 176),
        river_width=2,
    ),
    "overview": Style(sea=(44, 58, 84), land=(142, 150, 138), snow=(226, 226, 236), lake=(80, 124, 140)),
    "ink": Style(
        sea=(214, 190, 150),
        land=(250, 242, 218),
        snow=(206, 206, 208),
        lake=(198, 170, 124),
        coast=(48, 36, 28),
        river=(130, 92, 62),
        coast_width=2,
    ),
}


@dataclass(frozen=True)
class Zoom:
    """What a level leaves out: generalisation.

    Args:
        detail: of the coastlines and rivers.
        smallest: km2 of the smallest island or lake.
        rivers: how many pieces of rivers. The files keep them by rank, within a rank from north to south: 2,426 of
            great rivers, 4,410 of lesser ones, 7,499 of small ones, then brooks.
    """

    detail: Detail
    smallest: float
    rivers: int


ZOOMS = {64: Zoom("l", 50, 6836), 128: Zoom("l", 300, 2426), 256: Zoom("c", 2000, 2426)}


def legend(styles: Sequence[str]) -> list[tuple[str, RGB]]:
    """What each colour means, of all these styles together; empty if one of them is not drawn."""
    if not all(name in STYLES for name in styles):
        return []
    colours = ((role, getattr(STYLES[name], role)) for name in styles for role in ROLES)
    return list(dict.fromkeys((role, colour) for role, colour in colours if colour))
