"""An image file in its own depth: 8 and 16 bits and floats, grey, colour and N channels, upright."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_image

from artesano.data.io.images import REMARK, UnreadableImage, almost_black, open_image
from artesano.data.io.limits import unlimited
from artesano.data.io.tiff import MAGIC, ORIENTATION, Decoded, read_tiff, upright

BEYOND = 0.01  # of the range, that floats may leave it by
# mode of Pillow -> the one whose numbers are read; what is not named here is turned into RGB
OWN = {"1": "L", "L": "L", "LA": "LA", "La": "LA", "I;16": "I;16", "I;16B": "I;16", "I": "I", "F": "F"}
OWN |= {"RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB", "RGBa": "RGBA", "PA": "RGBA"}


def read_pixels(path: str, channels: int | None = None) -> np.ndarray:
    """[H, W, C] of one file, upright: uint8, uint16, or float32 in [0, 1]; opacity is composited on white.

    Args:
        channels: wanted; grey and colour are turned into each other. None = those of the file.

    Raises:
        UnreadableImage: not there, broken, of other channels, or numbers beyond the range; the message names the file.
    """
    image = decoded(path)
    pixels = image.pixels
    if image.alpha and pixels.shape[2] != channels:
        pixels = on_white(pixels)
    if channels is None or pixels.shape[2] == channels:
        return pixels
    return _recoloured(path, pixels, channels)


def decoded(path: str) -> Decoded:
    """The same as the file has it, with its opacity, if any, as last channel, and with its colour profile.

    Raises:
        UnreadableImage: not there, broken, or numbers beyond the range; the message names the file.
    """
    with unlimited():
        head = first_bytes(path)
        image = read_tiff(Path(path)) if head[:4] in MAGIC else _deep_png(path) if _is_deep_png(head) else None
        image = image or from_pil(open_image(path, whole=True))
    pixels = in_range(path, image.pixels)
    return replace(image, pixels=pixels, remark=image.remark or dark(pixels[..., : -1 if image.alpha else None]))


def from_pil(image: Image.Image) -> Decoded:
    """The numbers of a PIL image, without loss, with its opacity as last channel."""
    mode = OWN.get(image.mode, "RGB")
    mode += "A" if mode in ("L", "RGB") and image.has_transparency_data else ""
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    profile = image.info.get("icc_profile") if image.mode in OWN else None  # not that of CMYK, which is RGB now
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return Decoded(pixels, mode in ("LA", "RGBA"), profile, image.info.get(REMARK, ""))


def dark(pixels: np.ndarray) -> str:
    """A remark where 16 bits or floats end far below white."""
    if pixels.dtype == np.uint8:
        return ""
    return almost_black(float(pixels.min()), float(pixels.max()), 65535 if pixels.dtype == np.uint16 else 1)


def as_eight_bits(path: str) -> Image.Image | None:
    """`L` or `RGB` of a TIFF that Pillow does not know, such as one of floats; None for what is no TIFF.

    Raises:
        UnreadableImage: broken, neither grey nor colour, or numbers beyond the range; the message names the file.
    """
    image = read_tiff(Path(path))
    if image is None:
        return None
    pixels = in_range(path, image.pixels)
    colours = pixels.shape[2] - image.alpha
    if colours not in (1, 3):
        raise UnreadableImage(path, f"{colours} channels; only grey and colour can be used here")
    remark = image.remark or dark(pixels[..., :colours])
    pixels = on_white(pixels) if image.alpha else pixels
    top = 1.0 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    eight = (pixels * (255 / top)).round().astype(np.uint8)
    result = Image.fromarray(eight[..., 0] if colours == 1 else eight)
    if remark:
        result.info[REMARK] = remark
    return result


def _deep_png(path: str) -> Decoded:
    """A PNG with 16 bits in each channel, of which Pillow keeps 8 where there is more than one."""
    try:
        with Image.open(path) as image:
            image.load()  # its EXIF may stand behind the pixels; and it tells what is wrong with a broken file
            orientation, profile = image.getexif().get(ORIENTATION, 1), image.info.get("icc_profile")
    except MemoryError:
        raise
    except Exception as error:  # as in Pillow's decoders, anything can come out of a broken file
        raise UnreadableImage(path, str(error) or type(error).__name__) from error
    encoded = torch.from_numpy(np.fromfile(path, np.uint8))
    pixels = decode_image(encoded, ImageReadMode.UNCHANGED).numpy().transpose(1, 2, 0)
    return Decoded(upright(pixels, orientation), pixels.shape[2] in (2, 4), profile)


def is_deep_png(path: str) -> bool:
    """A PNG of 16 bits, by its first bytes; False for all else, also for what cannot be opened."""
    return _is_deep_png(first_bytes(path))


def _is_deep_png(head: bytes) -> bool:
    return head[:8] == b"\x89PNG\r\n\x1a\n" and head[24:25] == b"\x10"


def first_bytes(path: str) -> bytes:
    """Those that tell a format; none of what cannot be opened, which a decoder gives the reason of."""
    try:
        with open(path, "rb") as stream:
            return stream.read(25)
    except OSError:
        return b""


def in_range(path: str, pixels: np.ndarray) -> np.ndarray:
    """Whole numbers as uint8 or uint16, floats as float32 in [0, 1].

    Raises:
        UnreadableImage: numbers that are neither.
    """
    if pixels.dtype == np.uint8:
        return pixels
    low, high = pixels.min(), pixels.max()
    if np.issubdtype(pixels.dtype, np.floating):
        if not (low >= -BEYOND and high <= 1 + BEYOND):  # NaN is in no range
            raise UnreadableImage(path, f"its numbers go from {low:g} to {high:g}; floats must lie in 0 to 1")
        return pixels.astype(np.float32).clip(0, 1)
    if pixels.dtype.itemsize > 2 or low < 0:
        if low < 0 or high > 65535:
            raise UnreadableImage(
                path, f"its numbers go from {low} to {high}; at most 16 bits (0 to 65535) can be read"
            )
        return pixels.astype(np.uint16)
    return pixels.astype(f"u{pixels.dtype.itemsize}", copy=False)


def in_unit(pixels: np.ndarray) -> np.ndarray:
    """float32 in [0, 1] of any depth."""
    return pixels if pixels.dtype == np.float32 else pixels / np.float32(np.iinfo(pixels.dtype).max)


def on_white(pixels: np.ndarray) -> np.ndarray:
    """The last channel is the opacity of the others."""
    return on_paper(pixels, 1.0)


def on_paper(pixels: np.ndarray, shade: float) -> np.ndarray:
    """The same on paper of any grey, from 0 (black) to 1 (white)."""
    white = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
    share = pixels[..., -1:] / np.float32(white)
    mixed = pixels[..., :-1] * share + shade * white * (1 - share)
    return (mixed if pixels.dtype == np.float32 else mixed.round()).astype(pixels.dtype)


def _recoloured(path: str, pixels: np.ndarray, channels: int) -> np.ndarray:
    """Grey repeated, or colour as its luma (ITU-R BT.601, as Pillow's `L`)."""
    own = pixels.shape[2]
    if (own, channels) == (1, 3):
        return pixels.repeat(3, 2)
    if (own, channels) != (3, 1):
        raise UnreadableImage(path, f"it has {own} channels, and the first image {channels}")
    luma = pixels @ np.array([[0.299], [0.587], [0.114]])
    return (luma if pixels.dtype == np.float32 else luma.round()).astype(pixels.dtype)
