"""Metrics of paired image-to-image translation, per image."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from artesano.metrics.lines import coast, line_f1
from artesano.metrics.palette import Palette
from artesano.metrics.similarity import luma, psnr, ssim

__all__ = ["Palette", "edge_ssim", "hole_metrics", "l1", "psnr", "ssim", "translation_metrics"]


def translation_metrics(fake: Tensor, real: Tensor, palette: Palette | None = None) -> dict[str, Tensor]:
    """Per-image values [N] by name: l1, ssim, edge_ssim, psnr_rgb; palette_accuracy and palette_iou with a palette;
    coast_f1 and river_f1, within one px, with one that says what is sea and what is a river.

    Args:
        fake, real: float [N, C, H, W] in [0, 1], nothing cropped.
        palette: of the training targets, or their legend.
    """
    values = {
        "l1": l1(fake, real),
        "ssim": ssim(fake, real),
        "edge_ssim": edge_ssim(fake, real),
        "psnr_rgb": psnr(fake, real),
    }
    if palette is not None:
        answers, truth = palette.nearest(fake), palette.nearest(real)
        values["palette_accuracy"], values["palette_iou"] = palette.agreement(answers, truth)
        if "sea" in palette.meanings:
            values["coast_f1"] = line_f1(coast(palette.means("sea", answers)), coast(palette.means("sea", truth)))
        if "river" in palette.meanings:
            values["river_f1"] = line_f1(palette.means("river", answers), palette.means("river", truth))
    return values


def hole_metrics(fake: Tensor, real: Tensor, hole: Tensor) -> dict[str, Tensor]:
    """Per-image values [N] by name: hole_l1 (in 0..1) and hole_psnr (dB), of the pixels inside the hole alone.

    Args:
        fake, real: float [N, C, H, W] in [0, 1].
        hole: [N, 1, H, W], 1 = was missing.
    """
    inside = hole.float().expand_as(real)
    count = inside.flatten(1).sum(1)
    difference = (fake.float() - real.float()) * inside
    return {
        "hole_l1": difference.abs().flatten(1).sum(1) / count,
        "hole_psnr": (-10 * (difference.square().flatten(1).sum(1) / count).log10()).clamp(max=100),
    }


def l1(fake: Tensor, real: Tensor) -> Tensor:
    """Mean absolute difference, float [N] in [0, 1]."""
    return (fake.float() - real.float()).abs().flatten(1).mean(1)


def edge_ssim(fake: Tensor, real: Tensor) -> Tensor:
    """SSIM of the Sobel magnitudes of luma, float [N]: position and sharpness of lines.

    The idea of ESSI (SMAPGAN; Chen et al. 2020, arXiv 2001.07712); the paper's edge operator is not Sobel's, so its
    numbers cannot be compared with these.

    Args:
        fake, real: float [N, C, H, W] in [0, 1].

    Returns:
        NaN for images of less than 13 px.
    """
    return ssim(_edges(fake), _edges(real))


def _edges(images: Tensor) -> Tensor:
    """Sobel magnitude [N, 1, H - 2, W - 2]; a step from 0 to 1 along an axis gives 1."""
    kernel = images.new_tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]).float() / 4
    grey = luma(images.float())
    if min(grey.shape[-2:]) < 3:
        return grey[..., :0, :0]
    gradients = F.conv2d(grey, torch.stack([kernel, kernel.T]).unsqueeze(1))
    return torch.linalg.vector_norm(gradients, dim=1, keepdim=True)
