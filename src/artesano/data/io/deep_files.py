"""Pixels of any depth and number of channels -> PNG and TIFF files, without loss.

Pillow writes neither 16-bit colour nor more than four channels; these few lines write all that a network can make: PNG
(W3C recommendation, second edition, 2003) and TIFF (revision 6.0, 1992).
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from artesano.data.io import tiff_tags as t

EFFORT = 4  # of zlib, 1 to 9: near the smallest files, in a third of the time
STRIP = 1 << 20  # bytes of pixels that are compressed at once
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # of PNG: grey, grey + alpha, RGB, RGB + alpha
FORMATS = {"u": 1, "f": 3}  # SampleFormat of TIFF
LARGEST = 2**32  # bytes that the addresses of a TIFF reach


def write_pixels(path: Path, pixels: np.ndarray, *, alpha: bool, profile: bytes | None = None) -> None:
    """Write a file whole or not at all: what was there before stays until the new one is complete.

    Args:
        path: ending in .png, .tif or .tiff.
        pixels: [H, W, C], uint8, uint16 or float32; a PNG takes whole numbers in up to four channels.
        alpha: the last channel is the opacity.
        profile: ICC profile of the colours.

    Raises:
        OSError: no place on the disk, no right to write there, or a TIFF beyond 4 GiB.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            if path.suffix.lower() == ".png":
                write_png(stream, pixels, profile)
            else:
                write_tiff(stream, pixels, alpha, profile)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_png(stream: BinaryIO, pixels: np.ndarray, profile: bytes | None) -> None:
    """8 or 16 bits; each row is stored as its difference to the one above, which compresses well."""
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, COLOUR_TYPES[channels], 0, 0, 0)
    stream.write(b"\x89PNG\r\n\x1a\n")
    _chunk(stream, b"IHDR", header)
    if profile:
        _chunk(stream, b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))
    packer = zlib.compressobj(EFFORT)
    above = np.zeros((1, width * channels * pixels.dtype.itemsize), np.uint8)
    for strip in _strips(pixels):
        bytes_of = np.ascontiguousarray(strip, strip.dtype.newbyteorder(">")).view(np.uint8).reshape(len(strip), -1)
        lines = np.empty((len(strip), bytes_of.shape[1] + 1), np.uint8)
        lines[:, 0] = 2  # the filter: difference to the row above
        lines[:, 1:] = bytes_of - np.concatenate([above, bytes_of[:-1]])
        above = bytes_of[-1:]
        _chunk(stream, b"IDAT", packer.compress(lines.tobytes()))
    _chunk(stream, b"IDAT", packer.flush())
    _chunk(stream, b"IEND", b"")


def write_tiff(stream: BinaryIO, pixels: np.ndarray, alpha: bool, profile: bytes | None) -> None:
    """Strips packed by zlib ("Deflate"), the channels of a pixel side by side."""
    height, width, channels = pixels.shape
    stream.write(b"II*\0\0\0\0\0")
    places, sizes = [], []
    for strip in _strips(pixels):
        packed = zlib.compress(np.ascontiguousarray(strip, strip.dtype.newbyteorder("<")).tobytes(), EFFORT)
        places.append(stream.tell())
        sizes.append(len(packed))
        stream.write(packed)
        if stream.tell() > LARGEST - (1 << 24):
            raise OSError("a TIFF holds at most 4 GiB; give PNG images, or smaller ones")
    colours = 3 if channels - alpha == 3 else 1
    tags: dict[int, Any] = {
        t.WIDTH: width,
        t.HEIGHT: height,
        t.BITS: [8 * pixels.dtype.itemsize] * channels,
        t.COMPRESSION: 8,  # Deflate
        t.PHOTOMETRIC: 2 if colours == 3 else 1,  # RGB, or black is zero
        t.STRIPS: places,
        t.SAMPLES: channels,
        t.STRIP_ROWS: _rows(pixels),
        t.STRIP_SIZES: sizes,
        t.FORMAT: [FORMATS[pixels.dtype.kind]] * channels,
    }
    if beyond := channels - colours:
        tags[t.EXTRA] = [0] * (beyond - alpha) + [2] * alpha  # 0 = just a channel, 2 = opacity
    if profile:
        tags[t.PROFILE] = profile
    start = stream.tell() + stream.tell() % 2
    stream.seek(start)
    stream.write(t.packed(tags, start))
    stream.seek(4)
    stream.write(struct.pack("<I", start))


def _chunk(stream: BinaryIO, name: bytes, content: bytes) -> None:
    """A chunk of a PNG; empty data chunks are left out."""
    if content or name == b"IEND":
        check = zlib.crc32(content, zlib.crc32(name))
        stream.write(struct.pack(">I", len(content)) + name + content + struct.pack(">I", check))


def _rows(pixels: np.ndarray) -> int:
    return max(1, STRIP // (pixels.shape[1] * pixels.shape[2] * pixels.dtype.itemsize))


def _strips(pixels: np.ndarray) -> Iterator[np.ndarray]:
    rows = _rows(pixels)
    for top in range(0, len(pixels), rows):
        yield pixels[top : top + rows]
