"""Baselines of image-to-image tables that need no network.

All have the same interface: `fit` takes batches of training pairs, as often as it is called, and a call gives images of
the wanted shape. Those that have nothing to learn ignore `fit`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from artesano.metrics.similarity import luma

Shape = tuple[int, int, int]


class Baseline(Protocol):
    """Sources float [N, Cs, h, w], labels int64 [N] or None, shape (C, H, W) -> float [N, C, H, W]; all in [0, 1]."""

    def fit(self, sources: Tensor, targets: Tensor, labels: Tensor | None) -> None: ...

    def __call__(self, source: Tensor, labels: Tensor | None, shape: Shape) -> Tensor: ...


class _Unlearned:
    def fit(self, sources: Tensor, targets: Tensor, labels: Tensor | None) -> None:
        """Nothing to learn."""


class Bicubic(_Unlearned):
    """Cubic interpolation with a = -0.5, as Pillow's, but without rounding."""

    def __call__(self, source: Tensor, labels: Tensor | None, shape: Shape) -> Tensor:
        return resized(source, shape[1:])


class Lanczos(_Unlearned):
    """Pillow's windowed sinc over three px to each side (a = 3), without rounding."""

    def __call__(self, source: Tensor, labels: Tensor | None, shape: Shape) -> Tensor:
        height, width = shape[1:]
        planes = source.detach().float().cpu().flatten(0, 1).numpy()
        large = [Image.fromarray(plane).resize((width, height), Image.Resampling.LANCZOS) for plane in planes]
        images = torch.from_numpy(np.stack([np.asarray(plane) for plane in large]))
        return images.view(*source.shape[:2], height, width).clamp(0, 1).to(source.device)


class CopyInput(_Unlearned):
    """The source, converted to the target's channels (grey or repeated) and resized to its size."""

    def __call__(self, source: Tensor, labels: Tensor | None, shape: Shape) -> Tensor:
        return resized(with_channels(source, shape[0]), shape[1:])


class MeanFill(_Unlearned):
    """Holes filled with the mean colour of the known pixels.

    The last channel of the source marks the hole with 1, as the degradation `hole` leaves it.
    """

    def __call__(self, source: Tensor, labels: Tensor | None, shape: Shape) -> Tensor:
        image, hole = source[:, :-1], (source[:, -1:] > 0.5).to(source.dtype)
        known = (1 - hole).sum((2, 3), keepdim=True).clamp(min=1)
        mean = (image * (1 - hole)).sum((2, 3), keepdim=True) / known
        return image * (1 - hole) + mean * hole


class MeanMap:
    """The per-pixel mean of the training targets of each label; of all targets for a label that was not trained on.

    Targets of other sizes than the first are resized to it.
    """

    def __init__(self) -> None:
        self.sums: dict[int, Tensor] = {}
        self.counts: dict[int, int] = {}

    def fit(self, sources: Tensor, targets: Tensor, labels: Tensor | None) -> None:
        """Add pairs; targets float [N, C, H, W] in [0, 1]."""
        if self.sums:
            targets = resized(targets, next(iter(self.sums.values())).shape[-2:])
        for label, rows in by_label(labels, len(targets)).items():
            total = targets[rows].double().sum(0).cpu()
            self.sums[label] = self.sums.get(label, 0) + total
            self.counts[label] = self.counts.get(label, 0) + len(rows)

    def __call__(self, source: Tensor, labels: Tensor | None, shape: Shape) -> Tensor:
        overall = torch.stack(list(self.sums.values())).sum(0) / sum(self.counts.values())
        means = {label: total / self.counts[label] for label, total in self.sums.items()}
        out = source.new_empty(len(source), *shape, dtype=torch.float32)
        for label, rows in by_label(labels, len(source)).items():
            mean = means.get(label, overall).float().to(source.device)
            out[rows.to(source.device)] = resized(mean.unsqueeze(0), shape[1:])
        return out


class ColourRegression:
    """Quadratic regression of the target's colour on the source's, for each label: no spatial context.

    Least squares on 1, c_i and c_i c_j, by normal equations in float64 that grow with each batch; of all labels
    together where one was never seen.
    """

    def __init__(self) -> None:
        self.equations: dict[int, tuple[Tensor, Tensor]] = {}

    def fit(self, sources: Tensor, targets: Tensor, labels: Tensor | None) -> None:
        """Add pairs; sources float [N, Cs, h, w], resized to their targets float [N, C, H, W], both in [0, 1]."""
        sources = resized(sources, targets.shape[-2:])
        for label, rows in by_label(labels, len(targets)).items():
            features = _quadratic(sources[rows])
            wanted = targets[rows].double().movedim(1, -1).flatten(0, 2)
            left, right = (features.T @ features).cpu(), (features.T @ wanted).cpu()
            before = self.equations.get(label, (torch.zeros_like(left), torch.zeros_like(right)))
            self.equations[label] = (before[0] + left, before[1] + right)

    def __call__(self, source: Tensor, labels: Tensor | None, shape: Shape) -> Tensor:
        source = resized(source, shape[1:])
        exact = source.cpu() if source.device.type == "mps" else source  # Apple's GPUs have no float64
        lefts, rights = zip(*self.equations.values(), strict=True)
        overall = (torch.stack(lefts).sum(0), torch.stack(rights).sum(0))
        out = source.new_empty(len(source), *shape, dtype=torch.float32)
        for label, rows in by_label(labels, len(source)).items():
            weights = _solved(*self.equations.get(label, overall)).to(exact.device)
            colours = (_quadratic(exact[rows]) @ weights).float().to(source.device)
            out[rows.to(source.device)] = colours.view(len(rows), *shape[1:], shape[0]).movedim(-1, 1)
        return out.clamp(0, 1)


def resized(images: Tensor, size: tuple[int, ...] | torch.Size) -> Tensor:
    """Bicubic, antialiased when it shrinks, clamped to [0, 1]; unchanged if the size is the same."""
    if tuple(images.shape[-2:]) == tuple(size):
        return images
    return F.interpolate(images.float(), tuple(size), mode="bicubic", antialias=True).clamp(0, 1)


def with_channels(images: Tensor, count: int) -> Tensor:
    """[N, C, H, W] -> [N, count, H, W]."""
    own = images.shape[1]
    if own == count:
        return images
    return luma(images) if count == 1 else images[:, [channel % own for channel in range(count)]]


def by_label(labels: Tensor | None, number: int) -> dict[int, Tensor]:
    """Rows int64 of each label; without labels all belong to 0."""
    if labels is None:
        return {0: torch.arange(number)}
    labels = labels.cpu()
    return {int(label): (labels == label).nonzero().flatten() for label in labels.unique()}


def _quadratic(images: Tensor) -> Tensor:
    """[N, C, H, W] -> float64 [N * H * W, 1 + C + C (C + 1) / 2], of colours around 0, which is better conditioned."""
    colours = images.double().movedim(1, -1).flatten(0, 2) - 0.5
    count = colours.shape[1]
    first, second = torch.triu_indices(count, count)
    return torch.cat([torch.ones_like(colours[:, :1]), colours, colours[:, first] * colours[:, second]], 1)


def _solved(left: Tensor, right: Tensor) -> Tensor:
    """The solution of smallest norm: colours that never vary leave the equations short of full rank."""
    return torch.linalg.pinv(left, hermitian=True, rtol=1e-12) @ right
