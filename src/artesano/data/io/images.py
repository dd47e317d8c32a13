"""One image file, of any mode, as 8-bit RGB or grey."""

from __future__ import annotations

import os
from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from artesano.data.io.formats import HEIF, ending_of, reads_heic, why_not
from artesano.data.io.limits import unlimited, upright
from artesano.file_names import Failure

REMARK = "remark"  # in `info` of an image that was opened: what is odd about it
FRAMES = "the first of several frames or pages is used"
GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F")
KNOWN = {*GREY, "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK"}
DARK = 16  # an image whose brightest pixel is darker than this part of its format's range looks black

Source = str | os.PathLike[str] | bytes | Image.Image


class UnreadableImage(Exception):
    """The file is missing, truncated or no image; the message names it."""

    def __init__(self, path: str | os.PathLike[str], reason: str):
        super().__init__(path, reason)
        self.failure = Failure(os.fspath(path), reason)

    def __str__(self) -> str:
        return str(self.failure)


def load_image(source: Source, channels: int = 3) -> Image.Image:
    """An upright 8-bit image: mode `L` when `channels` is 1, else `RGB`.

    Raises:
        UnreadableImage: whatever went wrong while reading or decoding.
    """
    return to_mode(open_image(source), channels)


def open_image(source: Source, *, whole: bool = False) -> Image.Image:
    """Decode in the file's own mode (the first frame of several) and turn it as its EXIF orientation says.

    Args:
        whole: also a picture of more than 89 megapixels, which is reduced otherwise.

    Raises:
        UnreadableImage: whatever went wrong, also numbers that are no pixels.
    """
    if isinstance(source, Image.Image):
        return source
    name = "bytes" if isinstance(source, bytes) else os.fspath(source)
    if ending_of(name) in HEIF:
        reads_heic()
    try:
        with unlimited(), Image.open(BytesIO(source) if isinstance(source, bytes) else source) as file:
            several = _has_frames(file)
            image = upright(file, whole)
        image = image if whole or image.mode in KNOWN else image.convert("RGB")
        if remark := FRAMES if several else _remark(image):
            image.info[REMARK] = remark
        return image
    except MemoryError:
        raise
    except UnidentifiedImageError:
        if (other := _tiff_of_other_kind(name)) is not None:
            return other
        reason = why_not(name) if ending_of(name) in HEIF and not reads_heic() else "not an image"
        raise UnreadableImage(name, reason) from None
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, ...
        raise UnreadableImage(name, _reason(error)) from error


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


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """16-bit values over 257 (65,535 -> 255); floats in 0..1 times 255; anything else by its own range."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(high - low):
        raise UnreadableImage("the image", "it has pixels that are no numbers (NaN or infinite)")
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
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return str(error) or type(error).__name__


def _has_frames(image: Image.Image) -> bool:
    """Pictures of a phone, which may hold a second one for its own use, do not count."""
    if image.format == "TIFF":
        return bool(image.tag_v2.next)  # type: ignore[attr-defined]
    return image.format in ("GIF", "PNG", "WEBP", "AVIF") and bool(getattr(image, "is_animated", False))


def _remark(image: Image.Image) -> str:
    """What is odd about numbers of more than eight bits.

    Raises:
        ValueError: they are no pixels.
    """
    if not image.mode.startswith(("I", "F")):
        return ""
    low, high = image.getextrema()
    if image.mode == "F" and not np.isfinite(np.asarray(image)).all():
        raise ValueError("it has pixels that are no numbers (NaN or infinite)")
    return almost_black(low, high, 1 if image.mode == "F" else 65535)  # type: ignore[arg-type]


def almost_black(low: float, high: float, top: int) -> str:
    """What to say of numbers from `low` to `high` in a format whose white is `top`; nothing of most."""
    if low < 0 or not 0 < high < top / DARK:
        return ""
    return f"almost black: its numbers end far below {top}, where white is; rescale it or save it with 8 bits"


def _tiff_of_other_kind(name: str) -> Image.Image | None:
    """Grey or colour in a depth that Pillow does not know, as 8 bits; None for what is no TIFF.

    Raises:
        UnreadableImage: a broken one, one of other channels, numbers beyond the range.
    """
    from artesano.data.io.pixels import as_eight_bits  # it reads what Pillow reads by this module

    return as_eight_bits(name) if os.path.isfile(name) else None
