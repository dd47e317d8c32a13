"""What a camera and its files do to images, as functions of a batch: smaller, blurred, noisy, compressed."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.io import decode_jpeg, encode_jpeg

LEVELS = 255  # steps between black and white of an 8-bit file


def shrunk(images: Tensor, scale: int) -> Tensor:
    """[N, C, H, W] -> [N, C, H / scale, W / scale], in [0, 1], by antialiased bicubic interpolation.

    First across, then down, as Pillow does it: between the two it cuts what lies beyond black and white.
    """
    height, width = images.shape[-2:]
    across = F.interpolate(images, size=(height, width // scale), mode="bicubic", antialias=True).clamp_(0, 1)
    return F.interpolate(across, size=(height // scale, width // scale), mode="bicubic", antialias=True).clamp_(0, 1)


def quantised(images: Tensor) -> Tensor:
    """Clamped to [0, 1] and rounded to 255 steps, as an 8-bit file keeps them: published numbers are of such images."""
    return (images.clamp(0, 1) * LEVELS).round() / LEVELS


def blurred(images: Tensor, deviations: np.ndarray, widest: float) -> Tensor:
    """Each image under a Gaussian of its own standard deviation in px; the border is reflected.

    Args:
        images: [N, C, H, W].
        deviations: [N]; under a tenth of a pixel nothing happens.
        widest: the largest that there may be: the kernel's size, so that no image depends on the others of its batch.
    """
    count, channels, height, width = images.shape
    radius = min(int(np.ceil(3 * widest)), height - 1, width - 1)
    if radius < 1:
        return images
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / np.maximum(deviations, 0.1)[:, None]) ** 2)
    kernel = torch.from_numpy(weights / weights.sum(1, keepdims=True)).to(images).repeat_interleave(channels, 0)
    padded = F.pad(images, [radius] * 4, mode="reflect").reshape(
        1, count * channels, *(s + 2 * radius for s in (height, width))
    )
    across = F.conv2d(padded, kernel[:, None, None, :], groups=count * channels)
    return F.conv2d(across, kernel[:, None, :, None], groups=count * channels).view(images.shape)


def edge_strength(images: Tensor) -> Tensor:
    """Sobel magnitude of the channels' mean, [N, 1, H, W]; a step from 0 to 1 along an axis gives 1."""
    across = images.new_tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
    grey = F.pad(images.mean(1, keepdim=True), [1] * 4, mode="replicate")
    gradients = F.conv2d(grey, torch.stack([across, across.T]).unsqueeze(1))
    return torch.linalg.vector_norm(gradients, dim=1, keepdim=True)


def noise_like(images: Tensor, seeds: np.ndarray) -> Tensor:
    """Standard normal numbers of the images' shape, those of an image made of its seed in [0, 1)."""
    drawn = [
        torch.randn(images.shape[1:], generator=torch.Generator().manual_seed(int(seed * 2**53))) for seed in seeds
    ]
    return torch.stack(drawn).to(images)


def compressed(images: Tensor, qualities: np.ndarray) -> Tensor:
    """Each image as a JPEG file of its own quality gives it back; channels other than 1 or 3 one by one, as grey."""
    stored = (images * LEVELS).round().to(torch.uint8).cpu()
    colour = stored.shape[1] in (1, 3)
    back = [
        torch.cat([decode_jpeg(encode_jpeg(part, quality)) for part in ([image] if colour else image.split(1))])
        for image, quality in zip(stored, qualities.tolist(), strict=True)
    ]
    return torch.stack(back).to(images) / LEVELS


def between(length: int, start: np.ndarray, count: int, device: torch.device) -> Tensor:
    """bool [N, length]: True from `start` on, `count` times."""
    places = np.arange(length)
    inside = (places >= start[:, None]) & (places < start[:, None] + count)
    return torch.from_numpy(inside).to(device)
