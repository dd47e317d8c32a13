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
        copy_pixels(image, pixels[row])
        if bits != 8 and image.dtype != np.float32:
            pixels[row] /= np.iinfo(image.dtype).max
    return by_pixel(pixels)


def copy_pixels(image: np.ndarray, into: np.ndarray) -> None:
    """[H, W, C] both; of one type pixel by pixel, which of a turned image takes half the time of channel by channel."""
    if image.dtype == into.dtype and image.strides[2] == image.itemsize:
        pixel = np.dtype((np.void, image.itemsize * image.shape[2]))
        image, into = image.view(pixel), into.view(pixel)
    into[...] = image


def unit(images: Tensor) -> Tensor:
    """float32 in [0, 1], on the images' device."""
    if images.dtype != torch.uint8:
        return images
    if images.device.type != "cpu":
        return images.float() / 255
    # NumPy, since torch would wake all its threads for what one does in half a millisecond, and wait for each of them
    return by_pixel(np.divide(pixels_of(images), np.float32(255), dtype=np.float32))


def normalised(images: Tensor, mean: float, std: float) -> Tensor:
    """(x - mean) / std of floats, as a new tensor."""
    if images.device.type != "cpu":
        return (images - mean).div_(std)
    pixels = np.subtract(pixels_of(images), np.float32(mean))
    return by_pixel(np.divide(pixels, np.float32(std), out=pixels))


def pixels_of(images: Tensor) -> np.ndarray:
    """[N, C, H, W] as the array [N, H, W, C], without a copy."""
    return images.permute(0, 2, 3, 1).numpy()


def by_pixel(pixels: np.ndarray) -> Tensor:
    """The inverse, without a copy."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)
