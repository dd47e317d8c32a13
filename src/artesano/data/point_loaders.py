"""From a set of points to the batches of a run: as images of one pixel whose channels are x and y."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano.data.batches import LabelledImages
from artesano.data.loaders import Loaders
from artesano.data.memory import Memory
from artesano.data.points import PointData


@dataclass(frozen=True)
class PointScale:
    """How a point becomes the networks' input; it stands where images have a `Preprocessing`.

    Args:
        scale: points are divided by it; 1 = as they are.
        end: of the range that the divided points lie in, from -end on; 1 is that of tanh.
    """

    scale: float
    channels: int = 2
    size: int = 1
    end: float = 1.0

    @classmethod
    def of(cls, data: PointData, normalise: bool) -> PointScale:
        """The points within the range of tanh, or as they are."""
        return cls(data.extent) if normalise else cls(1.0, end=data.extent)

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value of the networks' input."""
        return -self.end, self.end

    def to_network(self, points: Tensor) -> Tensor:
        """float [N, 2] in the units of the data -> float [N, 2, 1, 1]."""
        return (points / self.scale)[:, :, None, None]

    def to_points(self, output: Tensor) -> Tensor:
        """The inverse of `to_network`, float32."""
        return output.flatten(1).float() * self.scale

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the run's record."""
        return asdict(self)


class PointLoaders(Loaders):
    """See `Loaders`; points are made once, as the networks want them, so there is nothing to prepare."""

    def __init__(self, data: PointData, scale: PointScale, seed: int, batches_per_step: int | None = None):
        super().__init__(data, scale, seed, batches_per_step)  # type: ignore[arg-type]  # they look alike

    def points(self, split: str) -> Tensor:
        """float32 [N, 2], all of a split in the units of the data."""
        part = self.listing.splits[split]
        return torch.from_numpy(np.stack([np.asarray(part.read(row)) for row in range(len(part))]))

    def prepare(self, batch: LabelledImages, step: int | None) -> LabelledImages:
        return batch

    def _open(self, part: str) -> Memory:
        kept = self.preprocessing.to_network(self.points(part)).permute(0, 2, 3, 1)  # type: ignore[attr-defined]
        return Memory(kept, self.listing.splits[part].labels)
