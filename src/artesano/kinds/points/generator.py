"""The generator of a GAN on points, as it is used from Python."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from artesano.data.point_loaders import PointScale
from artesano.kinds.gan.generator import LoadedGan


@dataclass(frozen=True, kw_only=True)
class LoadedPointGan(LoadedGan):
    """As `LoadedGan`; its samples are points, float32 [N, 2] in the units of the data.

    Attributes:
        pixels: the scale of the points.
    """

    with_labels = "gan=toy conditioning=concat trains one that does"

    pixels: PointScale  # type: ignore[assignment]

    @torch.no_grad()
    def stored(self, output: Tensor) -> Tensor:
        return self.pixels.to_points(output)
