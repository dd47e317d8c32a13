"""How natural an image looks, without the true image: NIQE, with a model of the training photos.

"Making a completely blind image quality analyzer" (Mittal, Soundararajan and Bovik 2013, DOI 10.1109/LSP.2012.2227726).
The published model was fitted on 125 photos of another kind, in blocks of 96 px. Here the model is fitted on the photos
that a run trains on, in blocks of 48 px, so the numbers are not those of papers; they compare methods with each other
and with the true images.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from artesano.metrics.similarity import luma_bt601

BLOCK = 48  # px of a side
NAME = f"niqe_train{BLOCK}"
FEWEST = 144  # sharp blocks that a model of 36 features is fitted on: four for each
SHARP = 0.75  # of an image's sharpest block
WINDOW, SIGMA = 7, 7 / 6  # px, of the local mean and deviation
SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))  # the neighbour: right, below, and on both diagonals
SHAPES = np.arange(0.2, 10.001, 0.001)  # of generalised Gaussians; 2 is a Gaussian, 1 a Laplacian


@dataclass
class Naturalness:
    """A Gaussian of the features of blocks of natural images.

    Attributes:
        mean: float64 [36].
        covariance: float64 [36, 36].
    """

    mean: Tensor
    covariance: Tensor

    @classmethod
    def fit(cls, images: Iterable[Tensor]) -> Naturalness | None:
        """From the sharp blocks of natural images; None where there are too few of them.

        Args:
            images: batches [N, C, H, W] in [0, 1].
        """
        sharp = []
        for batch in images:
            features, sharpness = block_features(batch)
            if features.shape[1]:
                kept = (sharpness > SHARP * sharpness.amax(1, keepdim=True)) & features.isfinite().all(2)
                sharp.append(features[kept])
        blocks = torch.cat(sharp) if sharp else torch.empty(0, 36)
        return cls(blocks.mean(0), blocks.T.cov()) if len(blocks) >= FEWEST else None

    def __call__(self, images: Tensor) -> Tensor:
        """NIQE, float32 [N]: the distance of an image's blocks from the model; lower = more natural.

        Args:
            images: float [N, C, H, W] in [0, 1], of 8-bit images.

        Returns:
            NaN for images smaller than a block, and for those of one colour.
        """
        distances = [self.distance(blocks) for blocks in block_features(images)[0]]
        return torch.tensor(distances, dtype=torch.float32, device=images.device)

    def distance(self, blocks: Tensor) -> float:
        """Between the model and a Gaussian of these blocks [B, 36] (equation 10)."""
        blocks = blocks[blocks.isfinite().all(1)]
        if not len(blocks):
            return float("nan")
        spread = blocks.T.cov() if len(blocks) > 1 else torch.zeros_like(self.covariance)
        apart = blocks.mean(0) - self.mean
        inverse = torch.linalg.pinv((self.covariance + spread) / 2, hermitian=True)
        return float((apart @ inverse @ apart).clamp(min=0).sqrt())


def block_features(images: Tensor) -> tuple[Tensor, Tensor]:
    """Features float64 [N, B, 36] of the B blocks of each image, and their sharpness [N, B], on the CPU."""
    height, width = (length // BLOCK * BLOCK for length in images.shape[-2:])
    if not height or not width:
        return torch.empty(len(images), 0, 36, dtype=torch.float64), torch.empty(len(images), 0, dtype=torch.float64)
    grey = (luma_bt601(images[..., :height, :width].cpu().double()) * 255).round()
    scales = []
    sharpness = torch.empty(0)
    for scale in (1, 2):
        if scale == 2:
            grey = F.interpolate(grey / 255, size=(height // 2, width // 2), mode="bicubic", antialias=True) * 255
        mean = local_mean(grey)
        deviation = (local_mean(grey.square()) - mean.square()).abs().sqrt()
        blocks = in_blocks((grey - mean) / (deviation + 1), BLOCK // scale)
        if scale == 1:
            sharpness = in_blocks(deviation, BLOCK).mean((2, 3))
        scales.append(statistics(blocks))
    return torch.cat(scales, 2), sharpness


def statistics(blocks: Tensor) -> Tensor:
    """The 18 features [N, B, 18] of blocks [N, B, h, w] of one scale: shapes and widths of their distributions."""
    shape, left, right = asymmetric_gaussian(blocks.flatten(2))
    features = [shape, (left + right) / 2]
    for shift in SHIFTS:
        shape, left, right = asymmetric_gaussian((blocks * blocks.roll(shift, (2, 3))).flatten(2))
        mean = (right - left) * torch.exp(torch.lgamma(2 / shape) - torch.lgamma(1 / shape))
        features += [shape, mean, left, right]
    return torch.stack(features, 2)


def asymmetric_gaussian(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shape and the widths of both sides of an asymmetric generalised Gaussian, by its moments (Lasmar et al. 2009).

    Args:
        values: float64 [..., K].
    """
    squares = values.square()
    left, right = (
        (squares * side).sum(-1).div(side.sum(-1)).sqrt() for side in ((values < 0).double(), (values > 0).double())
    )
    ratio = left / right
    kurtosis = values.abs().mean(-1).square() / squares.mean(-1)
    wanted = kurtosis * (ratio**3 + 1) * (ratio + 1) / (ratio.square() + 1).square()
    shape = shape_of(wanted)
    width = torch.exp((torch.lgamma(1 / shape) - torch.lgamma(3 / shape)) / 2)
    return shape, left * width, right * width


def shape_of(moment: Tensor) -> Tensor:
    """The shape in `SHAPES` whose E|x|^2 / E x^2 is nearest to the moment, which grows with it; NaN of NaN."""
    moments, shapes = _table()
    behind = torch.searchsorted(moments, moment.nan_to_num(1.0)).clamp(1, len(moments) - 1)
    nearer = behind - (moment - moments[behind - 1] < moments[behind] - moment).long()
    return torch.where(moment.isnan(), moment, shapes[nearer])


@functools.cache
def _table() -> tuple[Tensor, Tensor]:
    shapes = torch.from_numpy(SHAPES)
    moments = torch.exp(2 * torch.lgamma(2 / shapes) - torch.lgamma(1 / shapes) - torch.lgamma(3 / shapes))
    return moments, shapes


def local_mean(images: Tensor) -> Tensor:
    """[N, 1, H, W] under a Gaussian of 7 px; the border is repeated."""
    places = torch.arange(WINDOW, dtype=images.dtype) - WINDOW // 2
    ramp = torch.exp(-(places**2) / (2 * SIGMA**2))
    ramp = ramp / ramp.sum()
    padded = F.pad(images, [WINDOW // 2] * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, ramp.view(1, 1, -1, 1)), ramp.view(1, 1, 1, -1))


def in_blocks(images: Tensor, side: int) -> Tensor:
    """[N, 1, H, W] -> [N, B, side, side]."""
    count, _, height, width = images.shape
    rows = images.view(count, height // side, side, width // side, side)
    return rows.transpose(2, 3).reshape(count, -1, side, side)
