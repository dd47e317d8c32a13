"""Padding, so that networks that halve the image or cut it into windows take any size."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def padded(images: Tensor, multiple: int, smallest: int = 1) -> Tensor:
    """float [N, C, h, w] -> [N, C, H, W]: the smallest H and W that are multiples, not below h, w and `smallest`.

    Below and to the right the image is mirrored; where it has fewer pixels than are to be added, its last row or column
    is repeated. A side that fits already stays as it is.
    """
    height, width = (_missing(side, multiple, smallest) for side in images.shape[-2:])
    images = _extended(images, width, (0, width, 0, 0), images.shape[-1])
    return _extended(images, height, (0, 0, 0, height), images.shape[-2])


def _missing(side: int, multiple: int, smallest: int) -> int:
    wanted = max(side, smallest)
    return wanted + -wanted % multiple - side


def _extended(images: Tensor, missing: int, places: tuple[int, ...], side: int) -> Tensor:
    if missing == 0:
        return images
    return F.pad(images, places, mode="reflect" if missing < side else "replicate")
