"""Metrics of image restoration, per image, with the protocol in their names."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from artesano.backbones.feature_maps import FeatureMaps, feature_distance
from artesano.metrics.similarity import luma, luma_bt601, psnr, ssim

__all__ = [
    "colour_shift",
    "gains",
    "high_frequency_ratio",
    "lr_consistency",
    "luma_bt601",
    "psnr",
    "restoration_metrics",
    "ssim",
]

Degradation = Callable[[Tensor], Tensor]
ROUNDING = 1 / 12 / 255**2  # variance of rounding to 8 bits


def restoration_metrics(
    fake: Tensor,
    real: Tensor,
    *,
    crop: int,
    lr: Tensor | None = None,
    degrade: Degradation | None = None,
    maps: FeatureMaps | None = None,
) -> dict[str, Tensor]:
    """Per-image values [N] by name: psnr_rgb_crop4, psnr_y_crop4, ssim_y_crop4, hf_ratio, colour_shift; lr_psnr where
    a degradation is given, and features_<net> where a network is.

    Args:
        fake, real: float [N, C, H, W] in [0, 1], `quantised` if the numbers are to be those of 8-bit images.
        crop: px left out at each border by PSNR and SSIM; the scale, by custom.
        lr: [N, C, h, w] in [0, 1], what the fake was made from.
        degrade: images like `real` -> images like `lr`, without random parts.
        maps: the network of the feature distance; never that of the loss.
    """
    values = {
        f"psnr_rgb_crop{crop}": psnr(fake, real, crop=crop),
        f"psnr_y_crop{crop}": psnr(fake, real, channel="y", crop=crop),
        f"ssim_y_crop{crop}": ssim(fake, real, channel="y", crop=crop),
        "hf_ratio": high_frequency_ratio(fake, real),
        "colour_shift": colour_shift(fake, real),
    }
    if lr is not None and degrade is not None:
        values["lr_psnr"] = lr_consistency(fake, lr, degrade)
    if maps is not None:
        with torch.no_grad():
            values[f"features_{maps.label}"] = feature_distance(maps(fake), maps(real))
    return values


def gains(values: dict[str, Tensor], bicubic: dict[str, Tensor]) -> dict[str, Tensor]:
    """psnr_rgb_crop4_gain, ...: dB over what bicubic reaches on the same images, for every PSNR but that of the LR."""
    return {f"{name}_gain": values[name] - bicubic[name] for name in values if name.startswith("psnr_")}


def high_frequency_ratio(fake: Tensor, real: Tensor) -> Tensor:
    """Energy above half the Nyquist frequency over that of the true image, on luma, float [N].

    Below 1 the image is smoother than the truth (bicubic: far below), above about 1.2 it has noise of its own. A Hann
    window keeps the jump between opposite borders out of the spectrum.

    Args:
        fake, real: float [N, C, H, W] in [0, 1].

    Returns:
        NaN where the true image has no more of it than rounding to 8 bits makes: nothing could be restored there.
    """
    wanted = _high_energy(real)
    return torch.where(wanted > ROUNDING, _high_energy(fake) / wanted, wanted.new_tensor(math.nan))


def lr_consistency(fake: Tensor, lr: Tensor, degrade: Degradation) -> Tensor:
    """PSNR in dB, float [N], between the degraded fake and the low resolution that it was made from.

    Args:
        fake: float [N, C, H, W] in [0, 1].
        lr: float [N, C, h, w] in [0, 1].
        degrade: what made `lr` from the truth.
    """
    return psnr(degrade(fake), lr)


def colour_shift(fake: Tensor, real: Tensor) -> Tensor:
    """Absolute difference of the mean colour, averaged over channels, float [N] in levels of 0 to 255."""
    shift = fake.float().mean((2, 3)) - real.float().mean((2, 3))
    return 255 * shift.abs().mean(1)


def _high_energy(images: Tensor) -> Tensor:
    """Mean square per pixel of what lies above half Nyquist, float [N]."""
    grey = luma(images.float())[:, 0]
    grey = grey - grey.mean((1, 2), keepdim=True)
    height, width = grey.shape[-2:]
    window = _hann(height, grey).unsqueeze(1) * _hann(width, grey)
    spectrum = torch.fft.fft2(grey * window).abs().square()
    rows, columns = (torch.fft.fftfreq(side, device=grey.device) for side in (height, width))
    high = torch.hypot(rows.unsqueeze(1), columns) > 0.25  # cycles per px; Nyquist is 0.5
    return (spectrum * high).sum((1, 2)) / (height * width) / window.square().sum()


def _hann(side: int, like: Tensor) -> Tensor:
    return torch.hann_window(side + 2, periodic=False, device=like.device, dtype=like.dtype)[1:-1]
