"""Phases are a pure function of the step."""

import pytest

from artesano.gan.phases import Phases
from artesano.training.schedules import Constant, Linear


def test_the_adversary_fades_in_after_the_pixels():
    phases = Phases(pixel=3, ramp=3)
    assert [phases.share(step) for step in range(8)] == [0, 0, 0, 0.25, 0.5, 0.75, 1, 1]
    assert [phases.name(step) for step in (0, 2, 3, 7)] == ["pixel", "pixel", "adversarial", "adversarial"]


def test_without_a_pixel_phase_the_adversary_is_there_at_once():
    assert Phases().share(0) == 1


def test_the_schedule_runs_once_in_each_phase():
    phases = Phases(pixel=10, adversarial_lr=0.5)
    rates = [phases.rate(Linear(), step, 20) for step in range(20)]
    assert rates[10:] == pytest.approx([0.5 * rate for rate in rates[:10]])
    assert rates[0] == pytest.approx(0.95)


def test_a_run_that_ends_in_the_pixel_phase_has_a_whole_schedule():
    rates = [Phases(pixel=100).rate(Linear(), step, 10) for step in range(10)]
    assert rates[-1] == pytest.approx(0.05)


def test_one_phase_is_the_schedule_itself():
    assert Phases().rate(Constant(warmup=0.5), 0, 4) == Constant(warmup=0.5)(0.125)


def test_what_will_happen_is_said_in_words():
    assert Phases().sentence(10) is None
    assert Phases(pixel=3, ramp=2).sentence(10).startswith("3 steps on pixel losses, then adversarial")
    assert "with phases.pixel=3000 there is no adversarial phase" in Phases(pixel=3000).sentence(2000)
    assert Phases(pixel=3, ramp=9).sentence(8).endswith("; its weight grows to 0.50 of the full one")
