"""Augmentation of a whole batch on its device, with its own random numbers for every image.

Every number is a pure function of (seed, step, row): neither the place in the batch nor the number of devices moves it.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artesano.data.labels import soft

SMALLEST_CROP = 0.8  # of a side
COLOUR = 0.2  # brightness and contrast are drawn from 1 - COLOUR .. 1 + COLOUR
ERASED_AREA = (0.02, 1 / 3)  # Zhong et al. 2020, as in timm
ERASED_ASPECT = (0.3, 3.3)


def crop_and_flip(images: Tensor, numbers: np.ndarray, flip: bool) -> Tensor:
    """A random square of each image, resized back, and mirrored half the time.

    Args:
        images: uint8 [N, C, S, S].
        numbers: [N, 4] in [0, 1): size, top, left, mirror.

    Returns:
        uint8 [N, C, S, S] on a CPU; float32 in 0..255 elsewhere.
    """
    size = images.shape[-1]
    side = np.round(size * (SMALLEST_CROP + (1 - SMALLEST_CROP) * numbers[:, 0])).astype(int)
    top, left = (np.floor(numbers[:, axis] * (size - side + 1)).astype(int) for axis in (1, 2))
    mirrored = flip & (numbers[:, 3] < 0.5)
    resample = crops_of_bytes if images.device.type == "cpu" else crops_by_grid
    return resample(images, side, top, left, mirrored)


def crops_of_bytes(images: Tensor, side: np.ndarray, top: np.ndarray, left: np.ndarray, mirrored: np.ndarray) -> Tensor:
    """Image by image: torch resizes uint8 with vector instructions, about 15 times as fast as a batched grid."""
    size = images.shape[-1]
    resized = torch.empty_like(images)
    for row, (s, y, x) in enumerate(zip(side.tolist(), top.tolist(), left.tolist(), strict=True)):
        crop = images[row : row + 1, :, y : y + s, x : x + s]
        image = F.interpolate(crop, size=(size, size), mode="bilinear", antialias=True)[0]
        resized[row] = image.flip(2) if mirrored[row] else image
    return resized


def crops_by_grid(images: Tensor, side: np.ndarray, top: np.ndarray, left: np.ndarray, mirrored: np.ndarray) -> Tensor:
    """The same crops as one sampling grid, for devices where a launch per image is dear."""
    size = images.shape[-1]
    theta = np.zeros((len(images), 2, 3), dtype=np.float32)
    theta[:, 0, 0] = np.where(mirrored, -1, 1) * side / size
    theta[:, 1, 1] = side / size
    theta[:, 0, 2] = (2 * left + side) / size - 1
    theta[:, 1, 2] = (2 * top + side) / size - 1
    grid = F.affine_grid(torch.from_numpy(theta).to(images.device), list(images.shape), align_corners=False)
    return F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)


def brightness_and_contrast(images: Tensor, numbers: np.ndarray) -> tuple[Tensor, Tensor]:
    """x -> (b x - m) c + m with m the mean of b x, as a gain and an offset for each image.

    Args:
        images: [N, C, H, W] in 0..255.
        numbers: [N, 2] in [0, 1).

    Returns:
        gain and offset, float32 [N, 1, 1, 1].
    """
    factors = torch.from_numpy((1 + COLOUR * (2 * numbers - 1)).astype(np.float32)).to(images.device)
    brightness, contrast = factors[:, 0].view(-1, 1, 1, 1), factors[:, 1].view(-1, 1, 1, 1)
    mean = _means(images)
    return brightness * contrast, mean * brightness * (1 - contrast)


def erase(images: Tensor, numbers: np.ndarray, probability: float) -> Tensor:
    """Random erasing: a rectangle of some images becomes the mean colour (0 after normalisation).

    Args:
        images: float [N, C, H, W], normalised.
        numbers: [N, 5] in [0, 1): whether, area, aspect, top, left.
    """
    height, width = images.shape[-2:]
    area = height * width * (ERASED_AREA[0] + numbers[:, 1] * (ERASED_AREA[1] - ERASED_AREA[0]))
    low, high = np.log(ERASED_ASPECT)
    aspect = np.exp(low + numbers[:, 2] * (high - low))
    rows = np.minimum(np.round(np.sqrt(area * aspect)), height)
    columns = np.minimum(np.round(np.sqrt(area / aspect)), width)
    rows = np.where(numbers[:, 0] < probability, rows, 0)
    top = np.floor(numbers[:, 3] * (height - rows + 1))
    left = np.floor(numbers[:, 4] * (width - columns + 1))
    inside_rows = _between(height, top, top + rows, images.device)[:, :, None]
    inside_columns = _between(width, left, left + columns, images.device)[:, None, :]
    return images.masked_fill((inside_rows & inside_columns)[:, None], 0.0)


def mix(
    images: Tensor, labels: Tensor, classes: int, *, mixup: float, cutmix: float, random: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """mixup (Zhang et al. 2018) or CutMix (Yun et al. 2019), one weight for the batch as in the papers.

    Args:
        images: float [N, C, H, W].
        labels: int64 [N], or 0 and 1 [N, classes] of several labels.
        mixup, cutmix: alpha of Beta(alpha, alpha); 0 = off. With both on, a coin decides for each batch.

    Returns:
        images, and labels as float [N, classes].
    """
    partner = torch.from_numpy(random.permutation(len(images))).to(images.device)
    cuts = cutmix > 0 and (mixup == 0 or random.random() < 0.5)
    alpha = cutmix if cuts else mixup
    weight = float(random.beta(alpha, alpha))
    if cuts:
        height, width = images.shape[-2:]
        rows, columns = (int(side * np.sqrt(1 - weight)) for side in (height, width))
        top, left = int(random.integers(height - rows + 1)), int(random.integers(width - columns + 1))
        box = (..., slice(top, top + rows), slice(left, left + columns))
        images = images.clone()
        images[box] = images[partner][box]
        weight = 1 - rows * columns / (height * width)
    else:
        images = torch.lerp(images[partner], images, weight)
    targets = soft(labels, classes)
    return images, torch.lerp(targets[partner], targets, weight)


def _means(images: Tensor) -> Tensor:
    """[N, 1, 1, 1]; on a CPU image by image, which is ten times as fast for bytes with the channels last."""
    if images.device.type != "cpu":
        return images.mean(dim=(1, 2, 3), keepdim=True, dtype=torch.float32)
    return torch.stack([image.permute(1, 2, 0).float().mean() for image in images]).view(-1, 1, 1, 1)


def _between(length: int, start: np.ndarray, stop: np.ndarray, device: torch.device) -> Tensor:
    places = np.arange(length)
    return torch.from_numpy((places >= start[:, None]) & (places < stop[:, None])).to(device)
