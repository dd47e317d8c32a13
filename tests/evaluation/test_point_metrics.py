"""Metrics of points on cases whose values can be said by hand."""

import math

import numpy as np
import pytest
import torch

from artesano.data.points import Grid, Rings
from artesano.metrics.points import energy_distance, mixture_metrics

MODES = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


def test_samples_at_all_modes_and_at_one():
    everywhere = MODES.repeat(25, 1)
    assert mixture_metrics(everywhere, MODES, 0.1) == {
        "modes": 4,
        "high_quality": 1,
        "kl": pytest.approx(0, abs=1e-9),
    }
    collapsed = mixture_metrics(MODES[:1].repeat(100, 1), MODES, 0.1)
    assert collapsed == {"modes": 1, "high_quality": 1, "kl": pytest.approx(math.log(4))}


def test_what_is_beyond_three_deviations_captures_nothing():
    points = MODES + torch.tensor([[0.0, 0.29], [0.0, 0.31], [0.29, 0.0], [0.31, 0.0]])
    assert mixture_metrics(points, MODES, 0.1) == {"modes": 2, "high_quality": 0.5, "kl": pytest.approx(0, abs=1e-9)}


@pytest.mark.parametrize("data", [Rings(), Grid()])
def test_the_floor_is_that_of_theory(data):
    points = torch.from_numpy(data.fresh(20_000, "x"))
    metrics = mixture_metrics(points, torch.from_numpy(data.modes), data.sd)
    assert metrics["modes"] == len(data.modes)
    assert metrics["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.004)
    assert 0 < metrics["kl"] < 0.003


def test_energy_distance_of_two_points_and_of_shifted_samples():
    assert energy_distance(torch.zeros(3, 2), torch.zeros(5, 2)) == 0
    assert energy_distance(torch.zeros(3, 2), torch.tensor([[3.0, 4.0]])) == pytest.approx(math.sqrt(10))
    random = np.random.default_rng(0)
    one, two = (torch.from_numpy(random.normal(size=(1500, 2))) for _ in range(2))
    distances = [energy_distance(one, two + shift) for shift in (0, 0.2, 1)]
    assert distances == sorted(distances)
    assert distances[0] < 0.1 < distances[1]


def test_points_that_are_not_finite():
    points = torch.tensor([[0.0, math.nan]])
    assert all(math.isnan(value) for value in mixture_metrics(points, MODES, 0.1).values())
    assert math.isnan(energy_distance(points, MODES))
