"""Images as Python users have them: paths, PIL images, NumPy arrays, tensors, one or many."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from torch import Tensor

from artesano.data.io.images import UnreadableImage
from artesano.data.io.inputs import find_images
from artesano.data.io.picture import Picture, Unusable, read_picture
from artesano.data.io.pixels import Decoded, from_pil, in_range
from artesano.errors import BadInput
from artesano.file_names import expanded

ACCEPTED = "a path, a PIL image, a uint8 array [H, W, C] or a uint8 tensor [C, H, W]"
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def list_images(images: Any) -> tuple[list[str | Image.Image], bool]:
    """A list of files and PIL images, and True where it is one image instead of several.

    Args:
        images: a path, a PIL image, a uint8 array [H, W] or [H, W, C], a uint8 tensor [C, H, W]; or several: a folder,
            a glob, an iterable of all these, an array [N, H, W, C], a tensor [N, C, H, W].

    Raises:
        BadInput: no such file, or something that is no image.
    """
    if isinstance(images, str | os.PathLike):
        path = expanded(images)
        return [*find_images([str(images)])], path.is_file()
    if isinstance(images, Image.Image) or (isinstance(images, np.ndarray | Tensor) and images.ndim < 4):
        return [pil_image(images)], True
    if not isinstance(images, Iterable):
        raise BadInput(f"{type(images).__name__}: give {ACCEPTED}, or a list of them.")
    several = [part for item in images for part in list_images(item)[0]]
    if not several:
        raise BadInput("no images: the list is empty.")
    return several, False


def pil_image(image: Any) -> Image.Image:
    """A PIL image, array or tensor as an upright PIL image.

    Raises:
        BadInput: another type, other numbers than uint8, or a shape that is no image's.
    """
    if isinstance(image, Image.Image):
        return ImageOps.exif_transpose(image)
    if not isinstance(image, np.ndarray | Tensor):
        raise BadInput(f"{type(image).__name__}: give {ACCEPTED}.")
    pixels = array_of(image)
    if pixels.dtype != np.uint8 or pixels.shape[2] not in MODES:
        scaled = " Floats in [0, 1]: multiply by 255, then to uint8." if "float" in str(image.dtype) else ""
        raise BadInput(f"{described(image)}: give {ACCEPTED}, with C of {', '.join(map(str, MODES))}.{scaled}")
    return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels))


def array_of(image: np.ndarray | Tensor) -> np.ndarray:
    """[H, W, C] of an array [H, W] or [H, W, C], or of a tensor [H, W] or [C, H, W]; True becomes 255.

    Raises:
        BadInput: no image's shape.
    """
    pixels = image.detach().cpu().numpy() if isinstance(image, Tensor) else image
    if pixels.dtype == bool:
        pixels = pixels * np.uint8(255)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    elif isinstance(image, Tensor) and pixels.ndim == 3:
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim != 3 or not pixels.size:
        raise BadInput(f"{described(image)}: give {ACCEPTED}.")
    return pixels


def described(image: np.ndarray | Tensor) -> str:
    """`an array of uint8 [4, 4]`, for a message."""
    return f"{'a tensor' if isinstance(image, Tensor) else 'an array'} of {image.dtype} {list(image.shape)}"


def picture_of(image: Any, channels: int) -> Picture:
    """An image in its own depth, upright, with its opacity apart.

    Args:
        image: a path, a PIL image, or an array [H, W] or [H, W, C] or a tensor [C, H, W] of uint8, uint16, or floats in
            [0, 1].
        channels: that are needed; an image of just as many has no opacity among them.

    Raises:
        Unusable: a file that cannot be read, or other numbers.
        BadInput: another type, or a shape that is no image's.
    """
    if isinstance(image, str | os.PathLike):
        return read_picture(expanded(image), channels)
    if isinstance(image, Image.Image):
        decoded = from_pil(ImageOps.exif_transpose(image))
    elif isinstance(image, np.ndarray | Tensor):
        pixels = array_of(image)
        if pixels.dtype.kind == "i" or (pixels.dtype.kind == "u" and pixels.dtype.itemsize > 2):
            raise Unusable(f"{described(image)}; give uint8 (0 to 255), uint16 (0 to 65,535), or floats in [0, 1]")
        decoded = Decoded(pixels, pixels.shape[2] in (2, 4), None)
    else:
        raise BadInput(f"{type(image).__name__}: give {ACCEPTED}.")
    try:
        pixels = in_range("the image", decoded.pixels)
    except UnreadableImage as error:
        raise Unusable(str(error)) from None
    if decoded.alpha and pixels.shape[2] != channels:
        return Picture(pixels[..., :-1], pixels[..., -1:], decoded.profile)
    return Picture(pixels, None, decoded.profile)


def shown(picture: Picture) -> Image.Image | np.ndarray:
    """A PIL image with opacity and colour profile; an array [H, W, C] where PIL has no mode for it."""
    pixels = picture.pixels if picture.alpha is None else np.concatenate([picture.pixels, picture.alpha], 2)
    if pixels.dtype != np.uint8 or pixels.shape[2] > 4:
        return pixels
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if picture.profile:
        image.info["icc_profile"] = picture.profile
    return image
