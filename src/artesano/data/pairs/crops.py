"""Windows of images, and the eight ways to turn one."""

from __future__ import annotations

import numpy as np

TURNS = 8  # four quarter turns, each also mirrored


def crop(image: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """[side, side, C] of [H, W, C], without a copy."""
    return image[top : top + side, left : left + side]


def turned(image: np.ndarray, number: float) -> np.ndarray:
    """One of the eight ways to lay an image, without a copy.

    Args:
        image: [H, W, C].
        number: in [0, 1); under 1/8 the image stays as it is.
    """
    quarters, mirrored = divmod(int(number * TURNS), 2)
    return np.rot90(image[:, ::-1] if mirrored else image, quarters)


def place(number: float, length: int, side: int) -> int:
    """Where a window of `side` begins on a line of `length`: any place, equally likely."""
    return int(number * (length - side + 1))
