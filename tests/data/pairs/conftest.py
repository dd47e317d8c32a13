"""Image files of every depth, and folders of them."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image


@pytest.fixture
def noise():
    """`noise(7, 5, 3)`: [H, W, C] of random numbers that use the whole range of the type."""

    def draw(height, width, channels=3, dtype=np.uint8, seed=0):
        values = np.random.default_rng(seed).random((height, width, channels))
        if np.dtype(dtype) == np.float32:
            return values.astype(np.float32)
        return (values * (np.iinfo(dtype).max + 1)).astype(dtype)

    return draw


@pytest.fixture
def save():
    """`save(path, pixels)`: [H, W, C] of uint8, uint16 or float32 as PNG or, of any number of channels, as TIFF."""

    def write(path, pixels):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".tif":
            several = {"planarconfig": "contig"} if pixels.shape[2] > 1 else {}
            tifffile.imwrite(
                path, pixels if several else pixels[..., 0], photometric="minisblack", metadata=None, **several
            )
        elif pixels.dtype == np.uint16:
            path.write_bytes(deep_png(pixels))
        else:
            Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(path, lossless=True)
        return str(path)

    return write


def deep_png(pixels):
    """16 bits in 1, 3 or 4 channels."""
    height, width, channels = pixels.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0),
        b"IDAT": zlib.compress(lines),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
        for name, body in parts.items()
    )
