"""From images of one row each to a batch of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from artesano.data.pairs.listing import PairPart

MOST_PIXELS = 2**21  # of the targets of an evaluation batch: two megapixels


def batches_of_one_shape(part: PairPart, rows: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Runs of consecutive rows of one shape, as long as a batch may be."""
    plan: list[list[int]] = []
    last: tuple[int, ...] = ()
    for row in rows:
        shape = part.shape(row)
        most = min(batch_size, max(1, MOST_PIXELS // (shape[0] * shape[1])))
        if not plan or shape != last or len(plan[-1]) >= most:
            plan.append([])
        plan[-1].append(int(row))
        last = shape
    return [np.array(some) for some in plan]


def stacked(images: Iterable[np.ndarray], bits: int) -> Tensor:
    """[H, W, C] each -> [N, C, H, W], channels last in memory: uint8 for 8 bits, else float32 in [0, 1]."""
    images = list(images)
    pixels = np.empty((len(images), *images[0].shape), np.uint8 if bits == 8 else np.float32)
    for row, image in enumerate(images):
        pixels[row] = image
        if bits != 8 and image.dtype != np.float32:
            pixels[row] /= np.iinfo(image.dtype).max
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def unit(images: Tensor) -> Tensor:
    """float32 in [0, 1]."""
    return images.float() / 255 if images.dtype == torch.uint8 else images
