"""Scores of features equal their definitions, computed in the long way."""

import math

import pytest
import torch
from torch.nn import functional as F

from artesano.metrics.neighbours import knn_accuracy, nearest_accuracy
from artesano.metrics.transferability import RidgeProbe, h_score, ledoit_wolf, logme


def data(count=40, dimension=6, classes=3, apart=1.0, seed=0):
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    centres = F.one_hot(torch.arange(classes), dimension).double() * apart
    return torch.randn(count, dimension, generator=draw).double() + centres[labels], labels


@pytest.mark.parametrize("dimension", [6, 60])
def test_leave_one_out_is_that_of_many_fits(dimension):
    """With the strengths, scale and bias of the whole fit, each image is left out for real."""
    features, labels = data(dimension=dimension)
    probe = RidgeProbe(features, labels)
    centred = (features - probe.mean) / probe.scale
    targets = F.one_hot(labels, 3).double() * 2 - 1
    shares = []
    for strength in [10.0**power for power in range(-3, 4)]:
        penalty = strength * (torch.linalg.svdvals(centred) ** 2).mean()
        right = 0
        for out in range(len(labels)):
            kept = torch.arange(len(labels)) != out
            mean, share = centred[kept].mean(dim=0), targets[kept].mean(dim=0)
            rest = centred[kept] - mean
            ridge = penalty * torch.eye(dimension, dtype=torch.float64)
            weight = torch.linalg.solve(rest.T @ rest + ridge, rest.T @ (targets[kept] - share))
            right += int(((centred[out] - mean) @ weight + probe.bias).argmax() == labels[out])
        shares.append(right / len(labels))
    assert probe.leave_one_out == pytest.approx(max(shares), abs=1e-9)


def test_a_probe_separates_what_is_separable_and_nothing_else():
    features, labels = data(300, 20, apart=8.0)
    probe = RidgeProbe(features[:150], labels[:150])
    assert probe.leave_one_out == probe.accuracy(features[150:], labels[150:]) == 1
    small, labels = zip(*(data(30, 200, classes=10, apart=0.0, seed=seed) for seed in range(40)), strict=True)
    by_chance = [RidgeProbe(features, targets).leave_one_out for features, targets in zip(small, labels, strict=True)]
    assert 0.08 < sum(by_chance) / 40 < 0.2, "chance is 0.1; the best of seven strengths is a little above"
    noise, labels = data(600, 20, apart=0.0)
    assert RidgeProbe(noise[:300], labels[:300]).accuracy(noise[300:], labels[300:]) < 0.45


def test_h_score_of_whitened_classes():
    """Two classes at +-1 of one axis, no spread within: all of the covariance there lies between them, but for what the
    shrinkage adds."""
    features = torch.zeros(4000, 3, dtype=torch.float64)
    labels = torch.arange(4000) % 2
    features[:, 0] = 2.0 * labels - 1
    features[:, 1:] = 9 * torch.randn(4000, 2, generator=torch.Generator().manual_seed(0)).double()
    centred = features - features.mean(dim=0)
    covariance = centred.T @ centred / 4000
    shrinkage, level = ledoit_wolf(centred, covariance), float(covariance.trace() / 3)
    assert 0.001 < shrinkage < 0.1
    wanted = (1 - shrinkage) / (1 - shrinkage + shrinkage * level)
    assert h_score(features, labels) == pytest.approx(wanted, rel=1e-3)
    assert h_score(features, labels[torch.randperm(4000, generator=torch.Generator().manual_seed(1))]) < 0.01


def test_shrinkage_is_scikit_learns():
    covariance = pytest.importorskip("sklearn.covariance")
    for count, dimension in ((15, 40), (200, 8)):
        features, _ = data(count, dimension)
        centred = features - features.mean(dim=0)
        wanted = covariance.ledoit_wolf_shrinkage(centred.numpy(), assume_centered=True)
        assert ledoit_wolf(centred, centred.T @ centred / count) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("dimension", [6, 60])
def test_logme_is_the_highest_evidence(dimension):
    """No alpha and beta of a fine grid give the Gaussian marginal likelihood a higher value."""
    features, labels = data(dimension=dimension)
    total = 0.0
    for label in range(3):
        target = (labels == label).double()
        best = -math.inf
        for alpha in torch.logspace(-3, 4, 50).tolist():
            for beta in torch.logspace(-1, 3, 50).tolist():
                covariance = torch.eye(len(target)).double() / beta + features @ features.T / alpha
                evidence = torch.distributions.MultivariateNormal(torch.zeros(len(target)).double(), covariance)
                best = max(best, float(evidence.log_prob(target)) / len(target))
        total += best / 3
    assert logme(features, labels) == pytest.approx(total, abs=0.01)


def test_votes_of_the_nearest_are_the_same_in_both_ways():
    features, labels = data(60, apart=2.0)
    one_by_one = sum(
        nearest_accuracy(features[others], labels[others], features[~others], labels[~others])
        for place in range(60)
        for others in [torch.arange(60) != place]
    )
    assert knn_accuracy(features, labels) == pytest.approx(one_by_one / 60)
