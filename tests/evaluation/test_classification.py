"""Our numbers are scikit-learn's; the calibration error is the one worked by hand."""

import math

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from artesano.metrics.classification import classification_metrics, confusion, per_class, reliability


@pytest.fixture(params=[(300, 4), (400, 12), (40, 30)])
def answers(request):
    count, classes = request.param
    draw = torch.Generator().manual_seed(count)
    labels = torch.randint(0, classes, (count,), generator=draw)
    logits = torch.randn(count, classes, generator=draw) * 2
    logits[torch.arange(count), labels] += 1.5
    return logits, labels


def test_metrics_equal_scikit_learn(answers):
    logits, labels = answers
    classes = logits.shape[1]
    ours = classification_metrics(logits, labels)
    guess, truth = logits.argmax(1).numpy(), labels.numpy()
    assert ours["accuracy"] == pytest.approx(sk.accuracy_score(truth, guess))
    assert ours["macro_f1"] == pytest.approx(sk.f1_score(truth, guess, average="macro", zero_division=0), abs=1e-6)
    probabilities = logits.double().softmax(1).numpy()
    assert ours["nll"] == pytest.approx(sk.log_loss(truth, probabilities, labels=list(range(classes))), rel=1e-5)
    if classes > 5:
        top5 = sk.top_k_accuracy_score(truth, logits.numpy(), k=5, labels=list(range(classes)))
        assert ours["accuracy_top5"] == pytest.approx(top5)
    else:
        assert "accuracy_top5" not in ours


def test_confusion_and_rows_equal_scikit_learn(answers):
    logits, labels = answers
    classes = logits.shape[1]
    every = list(range(classes))
    truth, guess = labels.numpy(), logits.argmax(1).numpy()
    np.testing.assert_array_equal(confusion(logits, labels), sk.confusion_matrix(truth, guess, labels=every))
    rows = per_class(logits, labels, [f"c{k}" for k in every])
    expected = sk.precision_recall_fscore_support(truth, guess, labels=every, zero_division=np.nan)
    for name, column in zip(["precision", "recall", "f1", "support"], expected, strict=True):
        np.testing.assert_allclose([row[name] for row in rows], column, err_msg=name)


def test_calibration_error_worked_by_hand():
    # two bins of 15 are used: 0.9 (three of four right: gap 0.15) and 0.6 (both right: gap 0.4)
    probabilities = torch.tensor([[0.9, 0.1]] * 4 + [[0.6, 0.4]] * 2)
    labels = torch.tensor([0, 0, 0, 1, 0, 0])
    expected = 4 / 6 * 0.15 + 2 / 6 * 0.4
    assert classification_metrics(probabilities.log(), labels)["ece"] == pytest.approx(expected, abs=1e-6)


def test_bins_of_the_diagram_give_the_calibration_error(answers):
    logits, labels = answers
    confidence, accuracy, count = reliability(logits, labels)
    assert count.sum() == len(labels)
    ece = np.nansum(count / len(labels) * np.abs(accuracy - confidence))
    assert ece == pytest.approx(classification_metrics(logits, labels)["ece"], abs=1e-5)


def test_undefined_is_nan():
    nothing = classification_metrics(torch.zeros(0, 7), torch.zeros(0, dtype=torch.long))
    assert set(nothing) == {"accuracy", "accuracy_top5", "macro_f1", "ece", "nll"}
    assert all(math.isnan(value) for value in nothing.values())
    diverged = classification_metrics(torch.tensor([[math.nan, 1.0], [0.0, 1.0]]), torch.tensor([0, 1]))
    assert all(math.isnan(value) for value in diverged.values())
    absent = per_class(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([0]), ["a", "b", "c"])[2]
    assert absent["support"] == 0
    assert all(math.isnan(absent[name]) for name in ("precision", "recall", "f1"))
