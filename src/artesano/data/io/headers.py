"""What the head of an image file tells of its pixels, without decoding them."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile

from artesano.data.io.formats import HEIF, ending_of, reads_heic, why_not
from artesano.data.io.images import UnreadableImage
from artesano.data.io.limits import unlimited
from artesano.data.io.pixels import OWN, is_deep_png
from artesano.data.io.tiff import FLOAT, ORIENTATION, first_page, has_alpha
from artesano.data.prefetch import in_threads
from artesano.file_names import Failure

SIDEWAYS = (5, 6, 7, 8)  # orientations that swap width and height
LATE = (b"eXIf", b"iTXt", b"tEXt", b"zTXt")
GREY = ("L", "LA", "I;16", "I", "F")
BITS = {"I;16": 16, "I": 16, "F": 32}


@dataclass(frozen=True)
class Header:
    """Facts of one file, as `read_pixels` will find it.

    Args:
        width, height: px, upright.
        channels: opacity not counted.
        bits: 8, 16, or 32 for floats.
    """

    width: int
    height: int
    channels: int
    bits: int


def headers(paths: Iterable[str]) -> dict[str, Header | Failure]:
    """Of each file, or `path: reason` where it cannot be read."""
    unique = list(dict.fromkeys(paths))
    return dict(zip(unique, in_threads(_header_or_reason, unique), strict=True))


def header(path: str) -> Header:
    """Of one file.

    Raises:
        UnreadableImage: not there, or no image.
    """
    if ending_of(path) in HEIF:
        reads_heic()
    try:
        with unlimited():
            return _of_tiff(path) or _of_image(path)
    except (MemoryError, UnreadableImage):
        raise
    except Exception as error:  # as in Pillow's decoders, anything can come out of a broken file
        raise UnreadableImage(path, _reason(path, error)) from error


def _reason(path: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "not there"
    if isinstance(error, UnidentifiedImageError):  # its own words are the path once more
        return why_not(path) if ending_of(path) in HEIF and not reads_heic() else "not an image"
    return str(error) or type(error).__name__


def _header_or_reason(path: str) -> Header | Failure:
    try:
        return header(path)
    except UnreadableImage as error:
        return error.failure


def _of_image(path: str) -> Header:
    with Image.open(path) as image:
        mode = OWN.get(image.mode, "RGB")
        width, height = image.size
        if _exif(image, path).get(ORIENTATION, 1) in SIDEWAYS:
            width, height = height, width
    bits = 16 if is_deep_png(path) else BITS.get(mode, 8)
    return Header(width, height, 1 if mode in GREY else 3, bits)


def _exif(image: Image.Image, path: str) -> Image.Exif:
    """Pillow decodes a whole PNG to find what may stand behind its pixels; so look first whether anything does."""
    if isinstance(image, PngImageFile) and not _tells_late(path):
        return Image.Image.getexif(image)
    return image.getexif()


def _tells_late(path: str) -> bool:
    """Does a PNG have EXIF or texts behind its pixels? Chunk by chunk, without reading them."""
    pixels = False
    with open(path, "rb") as stream:
        stream.seek(8)
        while len(head := stream.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            pixels |= name == b"IDAT"
            if pixels and name in LATE:
                return True
            stream.seek(length + 4, os.SEEK_CUR)
    return False


def _of_tiff(path: str) -> Header | None:
    """None for what is no TIFF, or one that Pillow reads better."""
    with first_page(Path(path)) as page:
        if page is None:
            return None
        width, height = page.imagewidth, page.imagelength
        if page.tags.valueof(ORIENTATION, 1) in SIDEWAYS:
            width, height = height, width
        bits = 32 if page.sampleformat == FLOAT else min(page.bitspersample, 16)
        return Header(width, height, page.samplesperpixel - has_alpha(page), bits)
