"""Points in the plane whose distribution is known, so that a GAN's samples can be held against the truth."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import dataclasses
import functools
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from artesano import seeding
from artesano.data.dataset import PARTS, Listing
from artesano.data.splits import Split, cut
from artesano.errors import BadInput

Positive = Annotated[float, Field(gt=0)]


@dataclass(kw_only=True)
class PointData:
    """Base of all sets of points: a subclass adds its options and says how they are drawn.

    Args:
        batch_size: points of a step, over all devices together.
        samples: points in all; row i is a function of `split_seed` and the options.
        split_seed: moves the points and the split; a run's `seed` never does.
        val_fraction, test_fraction: share of each class.
    """

    batch_size: Annotated[int, Field(ge=1)] = 128
    samples: Annotated[int, Field(ge=30)] = 10_000
    split_seed: int = 0
    val_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2

    # of no matter here; sets of images choose them
    min_images = 0
    several = False  # a point has one class
    balance = False
    listed_later = False

    @property
    def classes(self) -> list[str]:
        """Names, in the order of the labels."""
        return ["points"]

    @property
    def extent(self) -> float:
        """Half the side of the square around the origin that has room for the points; they are divided by it."""
        raise NotImplementedError

    @property
    def modes(self) -> np.ndarray | None:
        """float64 [K, 2], centres of Gaussians of equal weights and deviation `sd`; None = the data are no mixture."""
        return None

    def drawn(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """float64 [count, 2] of the distribution, and int64 [count], their classes."""
        raise NotImplementedError

    def fresh(self, count: int, *keys: int | str) -> np.ndarray:
        """float32 [count, 2], points that are in no part of the data: a function of `split_seed` and the keys."""
        return self.drawn(count, np.random.default_rng(seeding.derive(self.split_seed, *keys)))[0].astype(np.float32)

    def place(self) -> str:
        """What a message calls the data."""
        return type(self).__name__

    def listing(self) -> Listing:
        """Classes and splits; `read` of a split gives a point, float32 [2]."""
        return self._listing

    def check(self, labels: bool = True) -> None:
        """Raise BadInput where nothing is left to train on, or classes are needed and there is one only."""
        if self.val_fraction + self.test_fraction >= 1:
            total = self.val_fraction + self.test_fraction
            raise BadInput(f"data.val_fraction + data.test_fraction is {total:g}: nothing is left to train on")
        if labels and len(self.classes) < 2:
            raise BadInput(f"{self.place()}: its points have no classes; give conditioning=none")

    @functools.cached_property
    def _listing(self) -> Listing:
        points, labels = self.drawn(self.samples, np.random.default_rng(seeding.derive(self.split_seed, "points")))
        names = [f"{self.place()}/{self.split_seed}/{row}" for row in range(self.samples)]
        read: Any = Rows(points.astype(np.float32))
        shares = {"test": self.test_fraction, "val": self.val_fraction}
        parts = cut(Split(labels, names, read), shares, self.split_seed)
        return Listing(self.classes, {part: parts[part] for part in PARTS}, self._fingerprint())

    def _fingerprint(self) -> str:
        """16 hexadecimal digits over all options but the size of a batch."""
        facts = self.place(), sorted((dataclasses.asdict(self) | {"batch_size": None}).items())
        return hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()


@dataclass
class Rows:
    """Reads a point, float32 [2]."""

    points: np.ndarray

    def __call__(self, row: int) -> np.ndarray:
        return self.points[row]


@dataclass(kw_only=True)
class Mixture(PointData):
    """Gaussians of equal weights; the class of a point is its Gaussian.

    Args:
        sd: standard deviation of each, in either direction.
    """

    sd: Positive

    @property
    def modes(self) -> np.ndarray:
        raise NotImplementedError

    @property
    def classes(self) -> list[str]:
        return [str(mode) for mode in range(len(self.modes))]

    @property
    def extent(self) -> float:
        return 1.25 * float(np.abs(self.modes).max())

    def drawn(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        labels = random.integers(len(self.modes), size=count)
        return self.modes[labels] + random.normal(0, self.sd, (count, 2)), labels


@dataclass(kw_only=True)
class Rings(Mixture):
    """Gaussians on a circle, the "2D ring" of Unrolled GAN (Metz et al. 2016, arXiv 1611.02163), VEEGAN and PacGAN.

    Args:
        count: how many Gaussians.
        radius: of the circle.
    """

    count: Annotated[int, Field(ge=2)] = 8
    radius: Positive = 2.0
    sd: Positive = 0.02

    @property
    def modes(self) -> np.ndarray:
        angles = 2 * np.pi * np.arange(self.count) / self.count
        return self.radius * np.stack([np.cos(angles), np.sin(angles)], 1)


@dataclass(kw_only=True)
class Grid(Mixture):
    """Gaussians on a square grid, the "2D grid" of VEEGAN (arXiv 1705.07761) and PacGAN (arXiv 1712.04086).

    Args:
        side: Gaussians of a side.
        spacing: from one centre to the next.
    """

    side: Annotated[int, Field(ge=2)] = 5
    spacing: Positive = 2.0
    sd: Positive = 0.05

    @property
    def modes(self) -> np.ndarray:
        places = self.spacing * (np.arange(self.side) - (self.side - 1) / 2)
        return np.stack(np.meshgrid(places, places), -1).reshape(-1, 2)


@dataclass(kw_only=True)
class SwissRoll(PointData):
    """A spiral of one and a half turns: the plane of scikit-learn's `make_swiss_roll`, over 5.

    Args:
        noise: standard deviation of the noise upon it.
    """

    noise: Annotated[float, Field(ge=0)] = 0.05

    @property
    def extent(self) -> float:
        return 3.5

    def drawn(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        angles = 1.5 * np.pi * (1 + 2 * random.random(count))
        spiral = angles[:, None] / 5 * np.stack([np.cos(angles), np.sin(angles)], 1)
        return spiral + random.normal(0, self.noise, (count, 2)), np.zeros(count, dtype=np.int64)


@dataclass(kw_only=True)
class Moons(PointData):
    """Two half circles that reach into each other: scikit-learn's `make_moons`, around the origin; a class each.

    Args:
        noise: standard deviation of the noise upon them.
    """

    noise: Annotated[float, Field(ge=0)] = 0.05

    @property
    def classes(self) -> list[str]:
        return ["upper", "lower"]

    @property
    def extent(self) -> float:
        return 1.9

    def drawn(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        labels, angles = random.integers(2, size=count), np.pi * random.random(count)
        upper = np.stack([np.cos(angles) - 0.5, np.sin(angles) - 0.25], 1)
        points = np.where(labels[:, None] == 0, upper, -upper)
        return points + random.normal(0, self.noise, (count, 2)), labels
