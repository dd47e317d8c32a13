"""Pixels of any depth and number of channels -> PNG and TIFF files, without loss."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np

from artesano.data.io.tiff import EFFORT, write_tiff

HEAD = 33  # bytes of a PNG before anything that may be added to it: the signature and IHDR


def write_pixels(path: Path, pixels: np.ndarray, *, alpha: bool, profile: bytes | None = None) -> None:
    """Write a file whole or not at all: what was there before stays until the new one is complete.

    Args:
        path: ending in .png, .tif or .tiff.
        pixels: [H, W, C], uint8, uint16 or float32; a PNG takes whole numbers in up to four channels.
        alpha: the last channel is the opacity.
        profile: ICC profile of the colours.

    Raises:
        OSError: no place on the disk, or no right to write there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            if path.suffix.lower() == ".png":
                stream.write(png(pixels, profile))
            else:
                write_tiff(stream, pixels, alpha, profile)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def png(pixels: np.ndarray, profile: bytes | None) -> bytes:
    """8 or 16 bits in 1 to 4 channels; Pillow writes no 16-bit colour, and libpng's binding no colour profile."""
    if pixels.dtype.kind == "f":
        raise OSError("its numbers are floats, which a PNG cannot hold; give -o <name>.tif")
    content = bytes(imagecodecs.png_encode(pixels.copy(), EFFORT, filter=imagecodecs.PNG.FILTER.UP))
    if not profile:
        return content
    body = b"iCCPICC profile\0\0" + zlib.compress(profile)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return content[:HEAD] + chunk + content[HEAD:]
