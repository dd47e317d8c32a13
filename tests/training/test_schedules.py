import math

import pytest

from artesano.training.schedules import Constant, Cosine, Linear, Steps


def test_cosine_meets_its_closed_form():
    schedule = Cosine(warmup=0.1, floor=0.2)
    assert schedule(0.05) == pytest.approx(0.5)
    assert schedule(0.1) == pytest.approx(1.0)
    assert schedule(0.55) == pytest.approx(0.2 + 0.8 * 0.5 * (1 + math.cos(math.pi / 2)))
    assert schedule(1.0) == pytest.approx(0.2)


def test_linear_is_constant_and_then_falls():
    schedule = Linear(start=0.5)
    assert [schedule(at) for at in (0.0, 0.5, 0.75, 1.0)] == pytest.approx([1, 1, 0.5, 0])


def test_steps_and_constant():
    assert [Steps(at=(0.5,), factor=0.1)(at) for at in (0.49, 0.5)] == pytest.approx([1, 0.1])
    assert Constant()(0.7) == 1
