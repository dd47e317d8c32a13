"""PSNR and SSIM per image, with an explicit protocol: channel, border, range."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Channel = Literal["rgb", "y"]
BEST_PSNR = 100.0  # dB; the PSNR of equal images, instead of infinity, so that means stay finite
WINDOW, SIGMA = 11, 1.5  # px, of SSIM's Gaussian
C1, C2 = 0.01**2, 0.03**2  # SSIM's constants for a range of 1


def psnr(fake: Tensor, real: Tensor, *, channel: Channel = "rgb", crop: int = 0) -> Tensor:
    """Peak signal-to-noise ratio in dB, float [N]: average these, never the errors that they come from.

    The mean of per-image values is what papers give; one value of the pooled error lies 2 to 4 dB lower.

    Args:
        fake, real: float [N, C, H, W] in [0, 1].
        channel: `rgb` = all channels, however many; `y` = see `luma_bt601`.
        crop: px left out at each border; the scale is usual in super-resolution.

    Returns:
        At most 100 dB; NaN where the crop leaves nothing.
    """
    fake, real = cropped(fake, channel, crop), cropped(real, channel, crop)
    error = (fake - real).square().flatten(1).mean(1)
    return (-10 * error.log10()).clamp(max=BEST_PSNR)


def ssim(fake: Tensor, real: Tensor, *, channel: Channel = "rgb", crop: int = 0) -> Tensor:
    """Structural similarity, float [N] in [-1, 1], 1 for equal images (Wang et al. 2004, DOI 10.1109/TIP.2003.819861).

    A Gaussian of 11 px and sigma 1.5 slides over each channel where it fits whole, as in the authors' Matlab code and
    BasicSR; torchmetrics also counts places whose window is continued by reflection, so its numbers differ.

    Args:
        fake, real, channel, crop: as for `psnr`.

    Returns:
        NaN where less than 11 px of a side are left.
    """
    fake, real = cropped(fake, channel, crop), cropped(real, channel, crop)
    if min(fake.shape[-2:]) < WINDOW:
        return fake.new_full((len(fake),), math.nan)
    centre = 0.5  # squares of small numbers lose fewer digits when subtracted
    fake, real = fake - centre, real - centre
    moments = _blurred(torch.stack([fake, real, fake * fake, real * real, fake * real]))
    mean_f, mean_r, square_f, square_r, product = moments
    variances = (square_f - mean_f.square()) + (square_r - mean_r.square())
    covariance = product - mean_f * mean_r
    mean_f, mean_r = mean_f + centre, mean_r + centre
    light = (2 * mean_f * mean_r + C1) / (mean_f.square() + mean_r.square() + C1)
    return (light * (2 * covariance + C2) / (variances + C2)).flatten(1).mean(1)


def luma_bt601(images: Tensor) -> Tensor:
    """Y of ITU-R BT.601 in studio range, [N, 1, H, W] in [16/255, 235/255], as Matlab's rgb2ycbcr gives it.

    With its smaller range PSNR comes out about 1.4 dB higher than on RGB. One channel counts as grey, two are averaged,
    and of more than three the first three are taken.

    Args:
        images: float [N, C, H, W] in [0, 1].
    """
    return (_rgb(images) * images.new_tensor([65.481, 128.553, 24.966]).view(3, 1, 1)).sum(
        1, keepdim=True
    ) / 255 + 16 / 255


def luma(images: Tensor) -> Tensor:
    """The same weights in full range, [N, 1, H, W] in [0, 1]."""
    return (luma_bt601(images) * 255 - 16) / 219


def cropped(images: Tensor, channel: Channel, crop: int) -> Tensor:
    """The pixels of the protocol: float32 [N, C or 1, H - 2 crop, W - 2 crop]; empty where nothing is left."""
    height, width = images.shape[-2:]
    inner = images[..., crop : max(crop, height - crop), crop : max(crop, width - crop)].float()
    return luma_bt601(inner) if channel == "y" else inner


def _rgb(images: Tensor) -> Tensor:
    if images.shape[1] >= 3:
        return images[:, :3]
    return images.mean(1, keepdim=True).expand(-1, 3, -1, -1)


def _blurred(stack: Tensor) -> Tensor:
    """[K, N, C, H, W] -> [K, N, C, H - 10, W - 10]; a Gaussian is the product of two one-dimensional ones."""
    places = torch.arange(WINDOW, dtype=stack.dtype, device=stack.device) - WINDOW // 2
    weights = torch.exp(-(places**2) / (2 * SIGMA**2))
    weights = weights / weights.sum()
    rows = stack.flatten(0, 2).unsqueeze(1)
    rows = F.conv2d(F.conv2d(rows, weights.view(1, 1, -1, 1)), weights.view(1, 1, 1, -1))
    return rows.view(*stack.shape[:3], *rows.shape[-2:])
