"""The step at which a trouble could first be seen, on made-up histories."""

import pytest

from artesano.gan.first_sign import first_sign
from artesano.gan.health import NAMES
from artesano.gan.verdict import judge

PATIENCE = 3
FINE = dict.fromkeys(NAMES, 0.5) | {"value": -1.39, "loss_variance": 0.1, "diversity": 1.0, "contrast": 1.0}
COLLAPSED = FINE | {"diversity": 0.01}
BROKEN = FINE | {"loss_d": float("nan")}


def history(*probes):
    return [probe | {"step": 10 * number} for number, probe in enumerate(probes, start=1)]


def evaluations(*distances):
    rows = enumerate(distances, start=1)
    return [{"step": 100 * number, "of": 800, "samples": 9, "fd": fd, "coverage": 0.1} for number, fd in rows]


@pytest.mark.parametrize("fine", [4, 7])
def test_of_a_symptom_it_is_the_first_probe_that_has_it(fine):
    probes = history(*[FINE] * fine, *[COLLAPSED] * 5)
    state = judge(probes, PATIENCE).state
    assert state == "mode collapse"
    assert first_sign(state, probes, PATIENCE, []) == probes[fine]["step"]


def test_a_moment_of_it_is_no_sign():
    probes = history(*[FINE] * 4, COLLAPSED, *[FINE] * 4, *[COLLAPSED] * 4)
    assert first_sign("mode collapse", probes, PATIENCE, []) == probes[9]["step"]


def test_what_breaks_at_once_had_its_sign_before():
    probes = history(*[FINE] * 8, BROKEN)
    assert judge(probes, PATIENCE).state == "diverged"
    assert first_sign("diverged", probes, PATIENCE, []) == probes[6]["step"] < probes[8]["step"]


def test_of_stuck_samples_it_is_where_they_stopped_to_improve():
    known = evaluations(1000.0, 400.0, 102.0, 101.0, 100.0, 101.0, 100.5, 102.0)
    probes = history(*[FINE] * 80)
    assert judge(probes, PATIENCE, known).state == "stuck"
    assert first_sign("stuck", probes, PATIENCE, known) == 300


def test_of_samples_that_have_not_learned_it_is_the_first_evaluation():
    known = evaluations(1000.0, 800.0, 500.0, 300.0)
    probes = history(*[FINE] * 40)
    assert judge(probes, PATIENCE, known).state == "not learned yet"
    assert first_sign("not learned yet", probes, PATIENCE, known) == 100


def test_without_a_history_there_is_no_sign():
    assert first_sign("diverged", [], PATIENCE, []) == 0
