"""Pictures of any size: Pillow's guard against bombs is for strangers' files, and these are the user's own."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps

LARGE = 1 << 26  # pixels of a picture that is reduced, where it is to be made small anyway
REDUCED = 1 << 24  # what it is reduced to, about
SHORT = 1024  # px that its shorter side keeps
MOST = 1_000_000_000  # pixels; no camera makes more, and a small file that claims them would take all of the memory

one_at_a_time = threading.Lock()


def upright(image: Image.Image, whole: bool) -> Image.Image:
    """Decode an opened file and turn it as its EXIF orientation says.

    Args:
        whole: also a very large one, which is reduced by a whole factor otherwise, and takes its memory alone.

    Raises:
        ValueError: more than a billion pixels.
    """
    width, height = image.size
    if whole or width * height <= LARGE:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return image
    if width * height > MOST:
        raise ValueError(f"{width} x {height} px are more than {MOST:,} pixels")
    factor = min(math.ceil(math.sqrt(width * height / REDUCED)), max(1, min(width, height) // SHORT))
    with one_at_a_time:
        image.draft(None, (width // factor, height // factor))  # a JPEG is decoded at an eighth, quarter or half
        factor = max(1, factor * image.width // width)
        ImageOps.exif_transpose(image, in_place=True)
        plain = {"1": "L", "P": "RGB", "PA": "RGBA"}.get(image.mode, image.mode)
        plain = "I" if plain.startswith("I;") else plain
        return (image if plain == image.mode else image.convert(plain)).reduce(factor)


class _Guard:
    """How many readers want Pillow's guard against bombs to be off."""

    lock = threading.Lock()
    readers = 0
    before: int | None = None


@contextmanager
def unlimited() -> Iterator[None]:
    """The user's own pictures may be as large as they are: Pillow's guard against bombs is off in here."""
    with _Guard.lock:
        if _Guard.readers == 0:
            _Guard.before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        _Guard.readers += 1
    try:
        yield
    finally:
        with _Guard.lock:
            _Guard.readers -= 1
            if _Guard.readers == 0:
                Image.MAX_IMAGE_PIXELS = _Guard.before
