"""An image file -> pixels in the file's own depth, with opacity and colour profile beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artesano.data.io.images import UnreadableImage
from artesano.data.io.pixels import decoded


class Unusable(Exception):
    """Why a file cannot be read, or cannot be used with this run."""


@dataclass(frozen=True)
class Picture:
    """A decoded file, upright.

    Attributes:
        pixels: [H, W, C], uint8 or uint16, or float32 in [0, 1].
        alpha: [H, W, 1] of the same type; None where the file has no opacity.
        profile: ICC profile of the colours; None where there is none, or where it is of other colours.
        remark: what is odd about it.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    remark: str = ""


def read_picture(path: Path, channels: int) -> Picture:
    """Decode one file (the first frame of several).

    Args:
        channels: that the run takes. A file with just as many has no opacity among them: a fourth channel may be
            infrared.

    Raises:
        Unusable: not readable, or floats beyond [0, 1].
    """
    try:
        image = decoded(str(path))
    except UnreadableImage as error:
        raise Unusable(error.failure.reason) from None
    if image.alpha and image.pixels.shape[2] != channels:
        return Picture(image.pixels[..., :-1], image.pixels[..., -1:], image.profile, image.remark)
    return Picture(image.pixels, None, image.profile, image.remark)
