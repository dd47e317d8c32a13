"""The Lightning module of GANs on points."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from artesano.data.point_loaders import PointScale
from artesano.gan.module import GanModule


class PointGanModule(GanModule):
    """Trains as `GanModule` does; its samples are points in the units of the data, of which `pixels` is the scale."""

    pixels: PointScale  # type: ignore[assignment]

    @torch.no_grad()
    def images(self, z: Tensor, labels: Tensor, network: nn.Module | None = None) -> Tensor:
        """float32 [N, 2] of the averaged generator (or of `network`) in eval mode."""
        return self.pixels.to_points(self.output(z, labels, network))
