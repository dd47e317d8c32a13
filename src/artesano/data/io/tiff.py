"""TIFF files of any number of channels and any depth, whose pixels Pillow cannot hold (TIFF revision 6.0, 1992).

Pillow opens neither five channels nor 16-bit colour without loss, but its libtiff can unpack every strip. So it is
shown a file that says: grey, 8 bits, a row as wide as its bytes; and the bytes are read as what they are.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from artesano.data.io import tiff_tags as t
from artesano.data.io.images import UnreadableImage

PLAIN = {0, 1, 2}  # photometric: white is zero, black is zero, RGB; the others are Pillow's
LOSSLESS = {1, 5, 8, 32773, 32946, 50000, 34925}  # none, LZW, Deflate, PackBits, Deflate, Zstandard, LZMA
OPACITY = {1, 2}  # of an extra channel
KINDS = {1: "u", 2: "i", 3: "f"}


@dataclass(frozen=True)
class Tiff:
    """A decoded file.

    Attributes:
        pixels: [H, W, C], upright, of the file's own type.
        alpha: the last channel is the opacity.
        profile: ICC profile of the colours.
    """

    pixels: np.ndarray
    alpha: bool
    profile: bytes | None


def read_tiff(path: Path) -> Tiff | None:
    """The first image of a file; None for what is no TIFF, or one that Pillow reads better (palettes, CMYK, JPEG).

    Raises:
        UnreadableImage: a TIFF that is cut short or broken.
    """
    with path.open("rb") as stream:
        if stream.read(4) not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return None
    content = path.read_bytes()
    try:
        tags = _tags(content)
        bits = set(tags[t.BITS]) if t.BITS in tags else {1}
        plain = tags.get(t.PHOTOMETRIC) in PLAIN and tags.get(t.COMPRESSION, 1) in LOSSLESS
        if not plain or len(bits) > 1 or not bits <= {8, 16, 32, 64}:
            return None
        return _decoded(content, tags)
    except MemoryError:
        raise
    except Exception as error:  # as in Pillow's decoders, anything can come out of a broken file
        raise UnreadableImage(f"{path}: a broken TIFF ({str(error) or type(error).__name__})") from error


def _tags(content: bytes) -> dict[int, Any]:
    """Those of the first image."""
    directory = ImageFileDirectory_v2(content[: 16 if b"+" in content[2:4] else 8])  # b"+": addresses of 64 bits
    stream = io.BytesIO(content)
    stream.seek(directory.next)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow finds odd about tags that are not read here
        warnings.filterwarnings("error", "Truncated|Possibly corrupt")
        directory.load(stream)
        return dict(directory)


def _decoded(content: bytes, tags: dict[int, Any]) -> Tiff:
    order = "<" if content[:1] == b"I" else ">"
    kind = KINDS[tags.get(t.FORMAT, (1,))[0]]
    dtype = np.dtype(f"{order}{kind}{tags[t.BITS][0] // 8}")
    channels = tags.get(t.SAMPLES, 1)
    if tags.get(t.PLANAR, 1) == 1:
        pixels = _plane(content, tags, channels, dtype, slice(None))
    else:
        places = tags.get(t.STRIPS) or tags[t.TILES]
        size = len(places) // channels
        planes = [_plane(content, tags, 1, dtype, slice(k * size, (k + 1) * size)) for k in range(channels)]
        pixels = np.concatenate(planes, 2)
    pixels = np.ascontiguousarray(pixels, dtype.newbyteorder("="))
    if tags[t.PHOTOMETRIC] == 0 and kind == "u":
        pixels = np.iinfo(pixels.dtype).max - pixels
    extra = tags.get(t.EXTRA, ())
    alpha = bool(extra) and extra[-1] in OPACITY
    return Tiff(upright(pixels, tags.get(t.ORIENTATION, 1)), alpha, tags.get(t.PROFILE))


def _plane(content: bytes, tags: dict[int, Any], channels: int, dtype: np.dtype, which: slice) -> np.ndarray:
    """[H, W, channels] of the strips or tiles `which`."""
    width, height, per_pixel = tags[t.WIDTH], tags[t.HEIGHT], channels * dtype.itemsize
    shown = {t.WIDTH: width * per_pixel, t.HEIGHT: height, t.BITS: 8, t.SAMPLES: 1, t.PHOTOMETRIC: 1}
    shown[t.COMPRESSION] = tags.get(t.COMPRESSION, 1)
    if t.TILES in tags:
        across, down = tags[t.TILE_WIDTH], tags[t.TILE_HEIGHT]
        shown |= {t.TILE_WIDTH: across * per_pixel, t.TILE_HEIGHT: down}
        shown |= {t.TILES: tags[t.TILES][which], t.TILE_SIZES: tags[t.TILE_SIZES][which]}
    else:
        across, down = width, min(height, tags.get(t.STRIP_ROWS, height))
        shown |= {t.STRIPS: tags[t.STRIPS][which], t.STRIP_ROWS: down, t.STRIP_SIZES: tags[t.STRIP_SIZES][which]}
    flat = np.asarray(Image.open(_as_grey(content, shown)))
    pixels = flat.reshape(height, -1).view(dtype).reshape(height, width, channels)
    return _undone(pixels, tags.get(t.PREDICTOR, 1), across)


def _as_grey(content: bytes, shown: dict[int, int | Sequence[int]]) -> io.BytesIO:
    """The same bytes, behind a directory with these tags."""
    start = len(content) + len(content) % 2
    order = "<" if content[:1] == b"I" else ">"
    head = content[:2] + struct.pack(f"{order}HI", 42, start)
    return io.BytesIO(head + content[8:].ljust(start - 8, b"\0") + t.packed(shown, start, order))


def _undone(pixels: np.ndarray, predictor: int, across: int) -> np.ndarray:
    """Numbers instead of their differences to the left neighbour, which begin anew in each strip or tile."""
    if predictor == 1:
        return pixels
    if predictor != 2:
        raise ValueError(f"predictor {predictor} is not known; save it with another compression")
    differences = pixels.astype(pixels.dtype.newbyteorder("=")).view(f"u{pixels.dtype.itemsize}")
    parts = [differences[:, left : left + across] for left in range(0, pixels.shape[1], across)]
    sums = [np.cumsum(part, axis=1, dtype=part.dtype) for part in parts]
    return np.concatenate(sums, 1).view(pixels.dtype.newbyteorder("="))


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """[H, W, C] turned as an EXIF orientation, 1 to 8, says."""
    if orientation in (5, 6, 7, 8):  # rows and columns change places
        pixels = pixels.transpose(1, 0, 2)
    return pixels[:: -1 if orientation in (3, 4, 7, 8) else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]
