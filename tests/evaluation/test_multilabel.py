"""Our numbers are scikit-learn's; thresholds are the best of all that can be chosen."""

import math
import warnings

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from artesano.metrics.multilabel import (
    average_precision,
    best_threshold,
    best_thresholds,
    decided,
    multilabel_metrics,
    per_label,
    worst_decisions,
)


@pytest.fixture
def answers():
    draw = torch.Generator().manual_seed(2)
    labels = (torch.rand(80, 5, generator=draw) < torch.tensor([0.5, 0.3, 0.1, 0.05, 0])).to(torch.uint8)
    return torch.randn(80, 5, generator=draw) + 2 * labels - 1, labels


def test_metrics_equal_scikit_learn_over_the_labels_that_occur(answers):
    logits, labels = answers
    with warnings.catch_warnings(action="error"):
        ours = multilabel_metrics(logits, labels)
    truth, given = labels.numpy()[:, :4], (logits > 0).numpy()
    assert ours["map"] == pytest.approx(sk.average_precision_score(truth, logits.numpy()[:, :4], average="macro"))
    assert ours["micro_f1"] == pytest.approx(sk.f1_score(labels.numpy(), given, average="micro"))
    each = [sk.f1_score(labels.numpy()[:, k], given[:, k]) for k in range(5) if given[:, k].any() or labels[:, k].any()]
    assert ours["macro_f1"] == pytest.approx(np.mean(each))
    rows = per_label(logits, labels, list("abcde"), [0.5] * 5)
    assert [row["support"] for row in rows] == labels.sum(0).tolist()
    assert math.isnan(rows[4]["ap"])
    assert all(row["f1"] == row["f1_tuned"] for row in rows if not math.isnan(row["f1"]))


def test_large_logits_keep_their_order():
    logits, labels = torch.tensor([[20.0], [25.0], [30.0]]), torch.tensor([[0], [1], [1]])
    assert average_precision(logits, labels).tolist() == [1.0]


def test_nothing_to_measure():
    for logits in (torch.zeros(0, 3), torch.full((2, 3), math.nan)):
        assert all(math.isnan(value) for value in multilabel_metrics(logits, logits.isnan().int()).values())


def test_no_threshold_is_better_on_the_images_it_was_chosen_on(answers):
    logits, labels = answers
    thresholds = best_thresholds(logits, labels)
    probabilities = logits.double().sigmoid().numpy()
    for label, cut in enumerate(thresholds[:4]):
        best = sk.f1_score(labels[:, label], probabilities[:, label] >= cut)
        others = [sk.f1_score(labels[:, label], probabilities[:, label] >= p) for p in probabilities[:, label]]
        assert best == pytest.approx(max(others))
    assert thresholds[4] == 0.5
    tuned = multilabel_metrics(logits, labels, thresholds)
    assert tuned["macro_f1_tuned"] >= tuned["macro_f1"]
    assert best_threshold(np.array([0.4, 0.4, 0.4]), np.array([1, 0, 1])) == 0.2  # equal ones cannot be told apart


def test_worst_decisions_are_wrong_and_in_order(answers):
    logits, labels = answers
    worst = worst_decisions(logits, labels, 10)
    errors = [abs(p - int(labels[row, label])) for row, label, p in worst]
    assert errors == sorted(errors, reverse=True)
    assert min(errors) >= 0.5
    assert len({row for row, _, _ in worst}) == len(worst)
    assert worst_decisions(labels * 20.0 - 10, labels) == []
    assert decided(logits, 0.0).all()
    assert not decided(logits, 1.0).any()
