"""TIFF files of any number of channels and any depth, by tifffile, whose pixels Pillow cannot hold.

Pillow opens neither five channels nor 16-bit colour without loss. It keeps the files that it reads as well or better:
palettes, CMYK, YCbCr, grey or RGB that is packed as JPEG, and pixels of fewer than eight bits.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tifffile import TiffFile, TiffPage, TiffWriter

from artesano.data.io.images import FRAMES, UnreadableImage

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two of BigTIFF
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2  # photometric
PREMULTIPLIED, APART = 1, 2  # opacity in an extra channel; with the first the colours are on black
OPACITY = {PREMULTIPLIED, APART}
JPEG = 7  # compression
FLOAT = 3  # sample format
ORIENTATION = 274  # the tag, of EXIF too
LARGEST = 2**32 - 2**25  # bytes of pixels in a classic TIFF, whose addresses have 32 bits; the rest is for the tags
EFFORT = 4  # of zlib, 1 to 9: near the smallest files, in a third of the time
STRIP = 1 << 20  # bytes of pixels that are compressed at once

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what is wrong with a file is raised here, or does not matter


@dataclass(frozen=True)
class Decoded:
    """A decoded file.

    Attributes:
        pixels: [H, W, C], upright, of the file's own type.
        alpha: the last channel is the opacity.
        profile: ICC profile of the colours.
        remark: what is odd about it.
    """

    pixels: np.ndarray
    alpha: bool
    profile: bytes | None
    remark: str = ""


def read_tiff(path: Path) -> Decoded | None:
    """The first image of a file; None for what is no TIFF, or one that Pillow reads better.

    Raises:
        UnreadableImage: a TIFF that is cut short, broken, or compressed in a way that tifffile does not know.
    """
    with first_page(path) as page:
        if page is None:
            return None
        planes = page.asarray(squeeze=False)  # [planes, depth, H, W, channels of a plane]
        if planes.shape[1] > 1 or planes.dtype.kind not in "uif":
            raise ValueError("volumes and complex numbers are not supported")
        pixels = planes[:, 0].transpose(1, 2, 0, 3).reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
        colours = page.samplesperpixel - has_alpha(page)
        if page.photometric == WHITE_IS_ZERO and pixels.dtype.kind == "u":
            pixels[..., :colours] = np.iinfo(pixels.dtype).max - pixels[..., :colours]
        if page.extrasamples and page.extrasamples[-1] == PREMULTIPLIED and pixels.dtype.kind in "uf":
            pixels[..., :colours] = off_black(pixels[..., :colours], pixels[..., colours:])
        turned = upright(pixels, page.tags.valueof(ORIENTATION, 1))
        return Decoded(turned, has_alpha(page), page.iccprofile, FRAMES if has_more_pages(page) else "")


@contextmanager
def first_page(path: Path) -> Iterator[TiffPage | None]:
    """The tags of the first image, without its pixels; None for what is no TIFF, or one that Pillow reads better.

    Raises:
        UnreadableImage: whatever goes wrong, also in the body of the `with`.
    """
    with path.open("rb") as stream:
        if stream.read(4) not in MAGIC:
            yield None
            return
    try:
        with TiffFile(path) as file:
            page = file.pages.first
            yield page if is_ours(page, file.filehandle.size) else None
    except MemoryError:
        raise
    except Exception as error:  # anything can come out of a broken file
        reason = str(error) or type(error).__name__
        raise UnreadableImage(path, f"a broken TIFF, or one of an unknown kind ({reason})") from error


def is_ours(page: TiffPage, size: int) -> bool:
    """Is it read here and not by Pillow? Raises ValueError: it is, and the file of `size` bytes is cut short."""
    colours = page.tags.valueof("PhotometricInterpretation")
    if colours not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB) or page.bitspersample not in (8, 16, 32, 64):
        return False
    if page.compression == JPEG and page.samplesperpixel in (1, 3):
        return False
    start, length = max(zip(page.dataoffsets, page.databytecounts, strict=True))
    if start + length > size:
        raise ValueError("the file is cut short")
    return True


def has_more_pages(page: TiffPage) -> bool:
    """Do other images follow in the file?"""
    try:
        page.parent.pages[1]
    except IndexError:
        return False
    return True


def has_alpha(page: TiffPage) -> bool:
    """Is the last channel the opacity?"""
    return bool(page.extrasamples) and page.extrasamples[-1] in OPACITY


def off_black(colours: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """The colours of pixels that were multiplied by their opacity: [H, W, C] and [H, W, 1]; black where it is 0."""
    shares = np.divide(colours, opacity, out=np.zeros(colours.shape), where=opacity > 0)
    if colours.dtype.kind == "u":
        return np.rint(shares.clip(0, 1) * np.iinfo(colours.dtype).max)
    return shares.clip(max=1) if colours.max() <= 1 else shares  # light that was added may exceed its opacity


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """[H, W, C] turned as an EXIF orientation, 1 to 8, says."""
    if orientation in (5, 6, 7, 8):  # rows and columns change places
        pixels = pixels.transpose(1, 0, 2)
    return pixels[:: -1 if orientation in (3, 4, 7, 8) else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]


def write_tiff(stream: BinaryIO, pixels: np.ndarray, alpha: bool, profile: bytes | None) -> None:
    """Strips packed by zlib ("Deflate"), the channels of a pixel side by side; a BigTIFF where 4 GiB may be too few.

    Args:
        pixels: [H, W, C], integers or floats.
        alpha: the last channel is the opacity.
    """
    channels = pixels.shape[2]
    colours = 3 if channels - alpha == 3 else 1
    with TiffWriter(stream, bigtiff=pixels.nbytes > LARGEST) as writer:
        writer.write(
            pixels if channels > 1 else pixels[..., 0],
            photometric="rgb" if colours == 3 else "minisblack",
            planarconfig="contig" if channels > 1 else None,
            extrasamples=["unspecified"] * (channels - colours - alpha) + ["unassalpha"] * alpha,
            compression="zlib",
            compressionargs={"level": EFFORT},
            rowsperstrip=max(1, STRIP // pixels[0].nbytes),
            iccprofile=profile,
            metadata=None,
            software=False,
        )
