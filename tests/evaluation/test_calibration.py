"""The temperature is the one that the logits were made with; it never costs likelihood where it is fitted."""

import pytest
import torch
from torch.nn import functional as F

from artesano.metrics.calibration import fit_temperature


def answers(count=4000, classes=5, seed=0):
    """Logits whose softmax is the true distribution of the labels that are drawn from it."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, classes, generator=generator)
    return logits, torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]


@pytest.mark.parametrize("factor", [0.25, 1.0, 3.0])
def test_it_undoes_a_factor_of_the_logits(factor):
    logits, labels = answers()
    assert fit_temperature(factor * logits, labels) == pytest.approx(factor, rel=0.06)


@pytest.mark.parametrize("count", [1, 7, 200])
def test_the_likelihood_never_falls(count):
    for seed in range(5):
        logits, labels = answers(count, seed=seed)
        before = F.cross_entropy(5 * logits, labels)
        after = F.cross_entropy(5 * logits / fit_temperature(5 * logits, labels), labels)
        assert after <= before + 1e-6


def test_where_nothing_can_be_learned_it_stays_near_one():
    sure = 20 * torch.eye(3)
    assert 0.5 < fit_temperature(sure, torch.arange(3)) <= 1.0  # all right: the likelihood alone would go to 0
    assert fit_temperature(torch.zeros(4, 3), torch.zeros(4)) == pytest.approx(1)
    assert fit_temperature(50 * torch.eye(3), torch.tensor([1, 2, 0])) > 10  # all wrong
