"""Counts of modes against values by hand, and a judge that is trained once."""

import math

import pytest
import torch

from artesano.data.preprocessing import Preprocessing
from artesano.data.stacked_mnist import StackedMnist
from artesano.evaluation import digit_judge
from artesano.evaluation.stacked_modes import StackedModes, stacked_modes
from artesano.metrics.modes import mode_metrics


def colour(size=16):
    return Preprocessing(size, 3, (0.5,) * 3, (0.5,) * 3, crop_pct=1.0)


@pytest.mark.parametrize(
    ("modes", "count", "covered", "kl"),
    [
        (torch.zeros(50, dtype=torch.int64), 1000, 1, math.log(1000)),  # collapsed to one
        (torch.arange(1000).repeat(3), 1000, 1000, 0.0),  # perfectly even
        (torch.arange(500), 1000, 500, math.log(2)),  # half of them, evenly
        (torch.tensor([0, 0, 0, 1]), 2, 2, 0.75 * math.log(1.5) + 0.25 * math.log(0.5)),
    ],
)
def test_modes_and_kl_by_hand(modes, count, covered, kl):
    assert mode_metrics(modes, count) == {"modes": covered, "kl": pytest.approx(kl, abs=1e-12)}


def test_even_samples_are_near_the_kl_that_their_number_gives():
    modes = torch.randint(1000, (26_000,), generator=torch.Generator().manual_seed(0))
    metrics = mode_metrics(modes, 1000)
    assert metrics["modes"] == 1000
    assert metrics["kl"] == pytest.approx(999 / 52_000, rel=0.2)


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """A judge that is hardly trained, in a cache of its own; counts how often."""
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path))
    monkeypatch.setattr(digit_judge, "STEPS", 40)
    calls, train = [], digit_judge.train
    monkeypatch.setattr(digit_judge, "train", lambda network, loaders: (calls.append(1), train(network, loaders)))
    return calls


def test_the_judge_is_trained_once_for_a_size_and_leaves_the_random_numbers_alone(quick, caplog):
    single, state = StackedMnist().single, torch.random.get_rng_state()
    first, second = (digit_judge.digit_judge(single, colour()) for _ in range(2))
    assert len(quick) == 1
    assert torch.equal(torch.random.get_rng_state(), state)
    assert 0.3 < first.accuracy == second.accuracy
    assert first.tested == 1000
    images = torch.randint(0, 256, (9, 3, 16, 16), dtype=torch.uint8)
    assert torch.equal(first(images), second(images))
    assert "do not trust its modes" in caplog.text
    digit_judge.digit_judge(single, colour(20))
    assert len(quick) == 2


def test_a_channel_is_read_by_itself_and_the_first_is_the_first_digit(quick):
    judge = digit_judge.digit_judge(StackedMnist().single, colour())
    images = torch.randint(0, 256, (7, 3, 16, 16), dtype=torch.uint8)
    digits = judge(images)
    assert torch.equal(judge(images.flip(1)), digits.flip(1))
    assert judge.modes(torch.tensor([[4, 0, 2], [0, 0, 9]])).tolist() == [402, 9]


def test_samples_stand_beside_as_many_real_stacks(quick, monkeypatch):
    modes = StackedModes(StackedMnist(judged=5000), colour())
    labels = modes.single.listing().splits["test"].labels

    def perfect(images):
        return torch.from_numpy(labels)[:, None] if len(images) == len(labels) else torch.zeros(len(images), 3).long()

    judge = digit_judge.digit_judge(modes.single, colour())
    modes.judge = judge
    monkeypatch.setattr(type(judge), "__call__", lambda self, images: perfect(images))
    metrics = modes.of(lambda count: torch.zeros(count, 3, 16, 16, dtype=torch.uint8))
    assert metrics["modes_digits_5k"] == 1
    assert metrics["kl_digits_5k"] == pytest.approx(math.log(1000))
    assert metrics["modes_digits_5k_floor"] == pytest.approx(1000 * (1 - math.exp(-5)), abs=10)
    assert metrics["kl_digits_5k_floor"] == pytest.approx(999 / 10_000, rel=0.2)
    assert metrics["kl_digits_5k_over_floor"] == metrics["kl_digits_5k"] / metrics["kl_digits_5k_floor"]


def test_data_without_known_modes_have_none():
    assert stacked_modes(StackedMnist().single, colour()) is None
    assert stacked_modes(StackedMnist(judged=0), colour()) is None
