"""Losses of several labels: their closed forms, and what each option does to them."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from artesano.transfer.losses import Asymmetric, BinaryCrossEntropy, SeveralLabels


@pytest.fixture
def answers():
    draw = torch.Generator().manual_seed(0)
    return torch.randn(6, 4, generator=draw) * 3, torch.randint(0, 2, (6, 4), generator=draw, dtype=torch.uint8)


def test_binary_cross_entropy_is_torch_s(answers):
    logits, labels = answers
    assert SeveralLabels(BinaryCrossEntropy())(logits, labels) == F.binary_cross_entropy_with_logits(
        logits, labels.float()
    )


@pytest.mark.parametrize("options", [{}, {"smoothing": 0.2}, {"counts": np.array([1, 2, 3, 6]), "images": 6}])
def test_asymmetric_without_its_options_is_binary_cross_entropy(answers, options):
    plain = Asymmetric(gamma_positive=0.0, gamma_negative=0.0, clip=0.0)
    ours, theirs = (SeveralLabels(objective, **options)(*answers) for objective in (plain, BinaryCrossEntropy()))
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_asymmetric_by_hand():
    loss = SeveralLabels(Asymmetric(gamma_positive=1.0, gamma_negative=4.0, clip=0.05))
    p = torch.tensor([0.8, 0.3, 0.04])
    value = loss(torch.logit(p)[None], torch.tensor([[1, 0, 0]], dtype=torch.uint8))
    expected = -(0.2 * math.log(0.8) + 0.25**4 * math.log(0.75) + 0) / 3
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_extreme_logits_are_finite_and_pull_the_right_way():
    for objective in (BinaryCrossEntropy(), Asymmetric(), Asymmetric(clip=0.0)):
        logits = torch.tensor([[90.0, -90.0, 90.0, -90.0]], requires_grad=True)
        loss = SeveralLabels(objective)(logits, torch.tensor([[1, 0, 0, 1]], dtype=torch.uint8))
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(logits.grad).all()
        assert logits.grad[0, 3] < 0 <= logits.grad[0, 2]


def test_positives_weigh_as_much_as_negatives():
    labels = torch.tensor([[1, 1]] + [[0, 1]] * 9, dtype=torch.uint8)
    loss = SeveralLabels(BinaryCrossEntropy(), counts=np.array([1, 10]), images=10)
    assert loss.weights.tolist() == [9.0, pytest.approx(0.1)]
    assert not loss.state_dict()
    logits = torch.zeros(10, 2, requires_grad=True)
    loss(logits, labels).backward()
    assert logits.grad[0, 0] == pytest.approx(-float(logits.grad[1:, 0].sum()))


@pytest.mark.parametrize("options", [{"gamma_positive": 0.5}, {"gamma_negative": 0.5, "clip": 0.0}, {}])
@pytest.mark.parametrize("logit", [-110.0, -20.0, 0.0, 20.0, 110.0])
def test_the_asymmetric_loss_has_a_gradient_where_a_probability_is_0_or_1(options, logit):
    logits = torch.full((1, 2), logit, requires_grad=True)
    Asymmetric(**options)(logits, torch.tensor([[0.0, 1.0]]), None).backward()
    assert logits.grad.isfinite().all()
