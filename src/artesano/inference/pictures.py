"""An image file -> pixels in the file's own depth, upright, with opacity and colour profile beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_image

from artesano.data.images import UnreadableImage, open_image
from artesano.data.tiff import Tiff, read_tiff, upright

ORIENTATION = 0x0112
BEYOND = 0.01  # of the range, that floats may leave it by
# mode of Pillow -> the one whose numbers are read; what is not named here is turned into RGB
OWN = {"1": "L", "L": "L", "LA": "LA", "La": "LA", "I;16": "I;16", "I;16B": "I;16", "I": "I", "F": "F"}
OWN |= {"RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB", "RGBa": "RGBA", "PA": "RGBA"}


class Unusable(Exception):
    """Why a file cannot be read, or cannot be used with this run."""


@dataclass(frozen=True)
class Picture:
    """A decoded file, upright.

    Attributes:
        pixels: [H, W, C], uint8 or uint16, or float32 in [0, 1].
        alpha: [H, W, 1] of the same type; None where the file has no opacity.
        profile: ICC profile of the colours; None where there is none, or where it is of other colours.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None


def read_picture(path: Path, channels: int) -> Picture:
    """Decode one file (the first frame of several).

    Args:
        channels: that the run takes. A file with just as many has no opacity among them: a fourth channel may be
            infrared.

    Raises:
        Unusable: not readable, or floats beyond [0, 1].
    """
    try:
        with unlimited():
            return _decoded(path, channels)
    except UnreadableImage as error:
        raise Unusable(str(error).removeprefix(f"{path}: ")) from None


def _decoded(path: Path, channels: int) -> Picture:
    found = read_tiff(path) or _deep_png(path) or _common(path)
    pixels = _in_range(found.pixels)
    if found.alpha and pixels.shape[2] != channels:
        return Picture(pixels[..., :-1], pixels[..., -1:], found.profile)
    return Picture(pixels, None, found.profile)


def _common(path: Path) -> Tiff:
    """What Pillow reads without loss."""
    image = open_image(path)
    mode = OWN.get(image.mode, "RGB")
    mode += "A" if mode in ("L", "RGB") and image.has_transparency_data else ""
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    profile = image.info.get("icc_profile") if image.mode in OWN else None
    return Tiff(pixels[..., None] if pixels.ndim == 2 else pixels, mode in ("LA", "RGBA"), profile)


def _deep_png(path: Path) -> Tiff | None:
    """A PNG with 16 bits in each channel, of which Pillow keeps 8 where there is more than one; None for others."""
    with path.open("rb") as stream:
        head = stream.read(25)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[24:25] != b"\x10":
        return None
    open_image(path)  # tells what is wrong with a broken one
    with Image.open(path) as image:
        image.load()  # its EXIF may stand behind the pixels
        orientation, profile = image.getexif().get(ORIENTATION, 1), image.info.get("icc_profile")
    encoded = torch.from_numpy(np.fromfile(path, np.uint8))
    pixels = decode_image(encoded, ImageReadMode.UNCHANGED).numpy().transpose(1, 2, 0)
    return Tiff(upright(pixels, orientation), pixels.shape[2] in (2, 4), profile)


def _in_range(pixels: np.ndarray) -> np.ndarray:
    """Whole numbers of 8 or 16 bits, or float32 in [0, 1]: what lies a little beyond is brought back.

    Raises:
        UnreadableImage: numbers that could mean anything.
    """
    low, high = pixels.min(), pixels.max()
    if np.issubdtype(pixels.dtype, np.floating):
        if not (low >= -BEYOND and high <= 1 + BEYOND):  # NaN is in no range
            raise UnreadableImage(f"its numbers go from {low:g} to {high:g}; images of floats must lie in 0 to 1")
        return pixels.astype(np.float32).clip(0, 1)
    if pixels.dtype.itemsize > 2 or low < 0:
        if low < 0 or high > 65535:
            raise UnreadableImage(f"its numbers go from {low} to {high}; at most 16 bits (0 to 65535) can be read")
        return pixels.astype(np.uint16)
    return pixels


@contextmanager
def unlimited() -> Iterator[None]:
    """The user's own pictures may be as large as they are: Pillow's guard against bombs is off in here."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before
