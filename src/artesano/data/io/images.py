"""One image file, of any mode, as 8-bit RGB or grey."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from artesano.own_folders import is_ours

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})

Source = str | os.PathLike[str] | bytes | Image.Image


class UnreadableImage(Exception):
    """The file is missing, truncated or no image; the message names it."""


def load_image(source: Source, channels: int = 3) -> Image.Image:
    """An upright 8-bit image: mode `L` when `channels` is 1, else `RGB`.

    Raises:
        UnreadableImage: whatever went wrong while reading or decoding.
    """
    return to_mode(open_image(source), channels)


def open_image(source: Source) -> Image.Image:
    """Decode in the file's own mode (the first frame of several) and turn it as its EXIF orientation says."""
    if isinstance(source, Image.Image):
        return source
    name = "bytes" if isinstance(source, bytes) else os.fspath(source)
    try:
        with Image.open(BytesIO(source) if isinstance(source, bytes) else source) as image:
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return image
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, ...
        raise UnreadableImage(f"{name}: {_reason(error)}") from error


def to_mode(image: Image.Image, channels: int) -> Image.Image:
    """Any mode to `L` (channels=1) or `RGB`; transparency is composited on white."""
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image)
    elif image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), rgba)
    mode = "L" if channels == 1 else "RGB"
    if image.mode == mode:
        return image
    # CMYK has no direct way to grey, and a palette's own grey conversion rounds differently
    return (image if image.mode in ("L", "1") else image.convert("RGB")).convert(mode)


def image_files(folder: Path) -> list[str]:
    """Paths of all images below `folder`, sorted; hidden files and folders, and folders of ours, are left out."""
    found: list[str] = []
    for directory, folders, files in os.walk(folder, followlinks=True):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not is_ours(os.path.join(directory, name))
        )
        visible = (name for name in files if not name.startswith("."))
        found += [os.path.join(directory, name) for name in visible if Path(name).suffix.lower() in SUFFIXES]
    return sorted(found)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """16-bit values over 257 (65,535 -> 255); floats in 0..1 times 255; anything else by its own range."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        values = values / 257
    elif image.mode == "F" and low >= 0 and high <= 1:
        values = values * 255
    else:
        values = (values - low) * (255 / max(high - low, 1e-12))
    return Image.fromarray(values.round().astype(np.uint8))


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if type(error).__name__ == "UnidentifiedImageError":
        return "not an image"
    return str(error) or type(error).__name__
