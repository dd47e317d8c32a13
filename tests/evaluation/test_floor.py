"""Real images in place of samples: what theory promises, computed once, and read back by names."""

import math

import pytest
import torch

from artesano.evaluation.floor import floor, floor_count, held_out
from artesano.evaluation.real_statistics import RealImages, real_statistics
from artesano.metrics.distribution import Features
from artesano.runs.floors import floors_of, multiple, over_floor

DIM = 16


class Pixels:
    """Its features are the pixels themselves."""

    name, key, dim = "pixels", "a", DIM

    def __call__(self, images):
        return Features(images.flatten(1).float() / 255)


def images(count, seed):
    draw = torch.Generator().manual_seed(seed)
    return (128 + 25 * torch.randn(count, 1, 4, 4, generator=draw)).clamp(0, 255).to(torch.uint8)


@pytest.fixture
def floor_of(tmp_path, monkeypatch):
    """`floor_of(real, others, keep)`, and a list of the rows that were read."""
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path))

    def measured(real, others, keep=None, fingerprint="f", split="test"):
        extractor = Pixels()
        of = RealImages(extractor, len(real), fingerprint, "train", "8")
        part = RealImages(extractor, len(others), fingerprint, split, "8", keep=keep or len(others))
        measured.read = []

        def rows(index):
            measured.read += index.tolist()
            return others[index]

        return floor(of, lambda: real_statistics(of, lambda a, b: real[a:b]), part, rows)

    return measured


def test_the_same_images_are_at_no_distance(floor_of):
    same = images(300, 0)
    floors = floor_of(same, same)
    assert floors["fd_pixels_300"] == pytest.approx(0, abs=1e-6)
    assert [floors[f"{name}_pixels_300"] for name in ("precision", "recall", "coverage")] == [1, 1, 1]
    assert floors["density_pixels_300"] == pytest.approx(1, abs=0.05)


def test_equal_distributions_score_what_theory_says(floor_of):
    real = images(2000, 0)
    floors = floor_of(real, images(2000, 1))
    assert floors["coverage_pixels_2k"] == pytest.approx(1 - 2**-5, abs=0.015)
    assert floors["density_pixels_2k"] == pytest.approx(1, abs=0.05)
    assert floors["kid_pixels_2k"] == pytest.approx(0, abs=1e-4)
    fewer = floor_of(real, images(2000, 1), keep=250)
    assert fewer["coverage_pixels_250"] == pytest.approx(1 - 2**-5, abs=0.05)
    # The bias of FD falls as 1 / N: (1/250 + 1/2000) / (2/2000) = 4.5.
    assert fewer["fd_pixels_250"] / floors["fd_pixels_2k"] == pytest.approx(4.5, rel=0.35)


def test_a_floor_is_computed_once(floor_of):
    real, others = images(300, 0), images(200, 1)
    first = floor_of(real, others, keep=100)
    assert len(set(floor_of.read)) == len(floor_of.read) == 100
    assert max(floor_of.read) > 100  # from all over the part, whose classes may lie in order
    assert floor_of(real, others, keep=100) == first
    assert floor_of.read == []
    for change in ({"keep": 90}, {"fingerprint": "g"}, {"split": "val"}):
        floor_of(real, others, **{"keep": 100} | change)
        assert floor_of.read, change


def test_which_images_stand_in_for_samples():
    parts = {"train": range(9), "val": range(3), "test": range(2)}
    assert held_out(parts) == "test"
    assert held_out(parts | {"test": ()}) == "val"
    assert held_out(parts | {"test": (), "val": ()}) is None
    assert held_out(parts, "test") == held_out(parts, "val") == "train"
    assert held_out(parts, "all") is None
    assert [floor_count(range(size), 200) for size in (49, 50, 150, 300)] == [0, 50, 150, 200]


def test_metrics_are_divided_by_their_own_floor():
    run = {"test/fd_lite0_2k": 205.0, "test/coverage_lite0_2k": 0.55, "test/kid_lite0_2k": 0.2}
    floors = floors_of(run | {f"test/{kind}_lite0_1k_floor": one for kind, one in TEST_FLOORS.items()})
    assert floors == TEST_FLOORS
    times = {name: over_floor(name, value, floors) for name, value in run.items()}
    assert times == {
        "test/fd_lite0_2k": pytest.approx(6.83, abs=0.01),
        "test/coverage_lite0_2k": pytest.approx(0.573, abs=0.001),
        "test/kid_lite0_2k": None,  # real images score about 0
    }
    assert [multiple(name, one) for name, one in times.items()] == ["6.8 x", "57%", "-"]
    assert over_floor("val/fd_lite0_1k_raw", 60.0, floors) == 2
    assert math.isnan(over_floor("fd_x_1k", math.nan, floors))
    assert over_floor("fd_x_1k", None, floors) is over_floor("is_x_1k", 3.0, floors) is None
    assert floors_of(run | {"test/fd_lite0_2k_over_floor": 6.8, "test/fd_lite0_1k_floor": None}) == {}


TEST_FLOORS = {"fd": 30.0, "coverage": 0.96, "kid": 0.001}


def test_a_folder_that_cannot_be_written_costs_only_the_cache(floor_of, tmp_path):
    (tmp_path / "real_statistics").touch()
    assert floor_of(images(60, 0), images(50, 1))["fd_pixels_50"] > 0
