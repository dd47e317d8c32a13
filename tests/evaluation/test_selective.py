"""Risk and coverage as counted by hand."""

import numpy as np
import pytest

from artesano.metrics.selective import aurc, risk_coverage


def test_counted_by_hand():
    curve = risk_coverage(np.array([0.2, 0.9, 0.8, 0.5]), np.array([False, True, False, True]))
    assert curve.threshold.tolist() == [0.9, 0.8, 0.5, 0.2]
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert curve.risk == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    assert aurc(np.array([0.2, 0.9, 0.8, 0.5]), np.array([False, True, False, True])) == pytest.approx(4 / 12)


def test_equal_scores_are_answered_together():
    curve = risk_coverage(np.array([0.5, 0.7, 0.5]), np.array([True, True, False]))
    assert curve.coverage == pytest.approx([1 / 3, 1, 1])
    assert curve.risk == pytest.approx([0, 1 / 3, 1 / 3])


def test_a_score_that_says_nothing_has_the_error_rate_and_a_perfect_one_less():
    right = np.arange(10) < 7
    assert aurc(np.ones(10), right) == pytest.approx(0.3)
    assert aurc(right.astype(float), right) == pytest.approx(0.3 * 3 / 10)
    assert aurc(np.arange(10.0), right) > 0.3
    assert np.isnan(aurc(np.zeros(0), np.zeros(0, bool)))
