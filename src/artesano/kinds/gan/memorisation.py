"""Is a generator memorising? Its samples beside the training images that are nearest to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from artesano.data.dataset import ImageData
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput
from artesano.figures.samples import sample_grid
from artesano.kinds.data_of_run import data_for
from artesano.kinds.gan.generator import LoadedGan
from artesano.progress_bars import progress

NEAR = 5  # training images beside a sample
ROWS = 512  # images at once
SUSPICIOUS = 0.5  # of the distance of unseen real images: what falls below looks copied


@dataclass(frozen=True)
class Neighbours:
    """How near samples are to the training images.

    Attributes:
        order: int64 [N], the samples, the nearest to a training image first.
        index: int64 [N, 5], for each sample the rows of its nearest training images, nearest first.
        distances: float [N, 5], of those.
        unseen: float, median distance of real images that were not trained on to their nearest training image.
    """

    index: Tensor
    distances: Tensor
    unseen: float

    @property
    def order(self) -> Tensor:
        return self.distances[:, 0].argsort(stable=True)

    @property
    def ratio(self) -> float:
        """Median distance of samples over that of unseen real images: about 1 = as new as those, near 0 = copies."""
        return float(self.distances[:, 0].median()) / self.unseen

    @property
    def copies(self) -> float:
        """Share of the samples that are less than half as far from a training image as unseen real images are."""
        return float((self.distances[:, 0] < SUSPICIOUS * self.unseen).float().mean())


def run_loaders(gan: LoadedGan) -> Loaders:
    """The run's own data, as its networks saw them."""
    return Loaders(data_for([], gan.folder), Preprocessing.from_dict(gan.record["model"]["preprocessing"]), seed=0)


def neighbours(samples: Tensor, loaders: Loaders, features: Callable[[Tensor], Tensor]) -> Neighbours:
    """Distances between features, of samples uint8 [N, C, S, S] and of held-out images, to the training images.

    Args:
        features: uint8 [N, C, S, S] -> float [N, D].

    Raises:
        BadInput: no image is held out.
    """
    held_out = unseen_part(loaders.data)
    trained = embedded(loaders, "train", features)
    distances, index = nearest(features(samples), trained, NEAR)
    unseen = nearest(embedded(loaders, held_out, features), trained, 1)[0].median()
    return Neighbours(index, distances, float(unseen))


def unseen_part(data: ImageData) -> str:
    """The part whose images are new to a run.

    Raises:
        BadInput: no image is held out.
    """
    splits = data.listing().splits
    held_out = next((name for name in ("test", "val") if len(splits[name])), None)
    if held_out is None:
        raise BadInput(f"{data.place()}: a test or val split is required, for the distances of new real images.")
    return held_out


def check_neighbours(samples: int, data: ImageData) -> None:
    """Raise BadInput where a run cannot be asked how near its samples are to training images."""
    if not samples:
        raise BadInput("evaluation.neighbours=true: with evaluation.samples=0 there are no samples; give their number.")
    unseen_part(data)


def embedded(loaders: Loaders, split: str, features: Callable[[Tensor], Tensor]) -> Tensor:
    """float [N, D] of a whole split."""
    loaders.images(split, [0])  # an unreadable file changes the length of the split
    parts = torch.arange(len(loaders.listing.splits[split])).split(ROWS)
    return torch.cat([features(loaders.images(split, rows)) for rows in progress(parts, len(parts), f"{split} images")])


def nearest(rows: Tensor, others: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Euclidean distances and places [N, <= count] of the nearest others, nearest first; never N x M at once."""
    values, places = [], []
    for part in rows.split(ROWS):
        places.append(torch.cdist(part, others).topk(min(count, len(others)), largest=False).indices)
        # once more for these few: the fast way rounds squares, and a copy would not be at 0
        values.append((part[:, None] - others[places[-1]]).norm(dim=2))
    return torch.cat(values), torch.cat(places)


def draw(neighbours: Neighbours, samples: Tensor, loaders: Loaders, path: Path, rows: int = 10) -> None:
    """The samples most like a training image, each with its nearest ones; captions: distance over that of unseen."""
    chosen, lines = neighbours.order[:rows], []
    gap = torch.full_like(samples[0], 255)
    for row in chosen:
        real = loaders.images("train", neighbours.index[row])
        lines += [samples[row], gap, *real]
    captions = [f"{float(neighbours.distances[row, 0]) / neighbours.unseen:.2f}" for row in chosen]
    sample_grid(torch.stack(lines), path, columns=2 + neighbours.index.shape[1], labels=captions)
