"""Sets of points: a function of the split's seed, with parts that share no point, inside of the square they name."""

import numpy as np
import pytest
import torch

from artesano.data.point_loaders import PointLoaders, PointScale
from artesano.data.points import Grid, Moons, Rings, SwissRoll

ALL = (Rings, Grid, SwissRoll, Moons)


def rows_of(split):
    return {tuple(split.read(row)) for row in range(len(split))}


@pytest.mark.parametrize("make", ALL)
def test_parts_are_a_function_of_the_split_seed(make):
    one, same, other = (make(samples=200, split_seed=seed).listing() for seed in (1, 1, 2))
    parts = [rows_of(split) for split in one.splits.values()]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 200
    assert parts == [rows_of(split) for split in same.splits.values()]
    assert not parts[0] & rows_of(other.splits["train"])
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert make(samples=200, split_seed=1, batch_size=3).listing().fingerprint == one.fingerprint


@pytest.mark.parametrize("make", ALL)
def test_points_fill_the_square(make):
    data = make()
    points = np.abs(data.fresh(5000, "a"))
    assert 0.6 * data.extent < points.max() < data.extent
    assert not np.array_equal(data.fresh(10, "a"), data.fresh(10, "b"))


def test_the_label_of_a_point_is_its_mode():
    for data in (Rings(), Grid()):
        points, labels = data.drawn(500, np.random.default_rng(0))
        distances = np.linalg.norm(points[:, None] - data.modes, axis=2)
        assert (distances.argmin(1) == labels).all()
        assert np.std(points - data.modes[labels]) == pytest.approx(data.sd, rel=0.1)


def test_batches_are_points_as_images_of_one_pixel():
    data = Rings(samples=100, batch_size=8)
    loaders = PointLoaders(data, PointScale(data.extent), seed=0, batches_per_step=2)
    batch = next(iter(loaders.train(lambda: 0, 5)))
    assert batch.images.shape == (16, 2, 1, 1)
    assert loaders.prepare(batch, 0) is batch
    points = loaders.preprocessing.to_points(batch.images)
    torch.testing.assert_close(points, loaders.points("train")[batch.index])
    assert (np.linalg.norm(points.numpy() - data.modes[batch.labels], axis=1) < 6 * data.sd).all()
