"""Confident learning finds labels that were changed on purpose, and no image is judged by its own label."""

import pytest
import torch

from artesano.metrics.label_mistakes import confident_classes, folds_of, out_of_fold, suspicious_first


@pytest.fixture(scope="module")
def flipped():
    """Features of three classes; labels of which 12 of 240 are wrong; their rows."""
    draw = torch.Generator().manual_seed(3)
    true = torch.arange(240) % 3
    features = torch.eye(3)[true] @ torch.randn(3, 12, generator=draw) * 3 + torch.randn(240, 12, generator=draw)
    wrong = torch.randperm(240, generator=draw)[:12]
    labels = true.clone()
    labels[wrong] = (true[wrong] + 1) % 3
    return features, labels, wrong


def test_flipped_labels_come_first(flipped):
    features, labels, wrong = flipped
    probabilities = out_of_fold(features, labels)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(240, dtype=torch.float64))
    order, suspected = suspicious_first(probabilities, labels)
    assert sorted(order.tolist()) == list(range(240))
    assert torch.isin(wrong, order[:14]).all()
    assert set(order[: int(suspected.sum())].tolist()) == set(suspected.nonzero().flatten().tolist())


def test_each_class_is_spread_over_all_folds():
    labels = torch.tensor([0] * 10 + [1] * 7 + [2])
    place = folds_of(labels, 5)
    assert torch.bincount(place[labels == 0]).tolist() == [2] * 5
    assert torch.bincount(place[labels == 1], minlength=5).max() == 2


def test_an_image_is_confidently_of_the_likeliest_class_above_its_mean():
    probabilities = torch.tensor([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.85, 0.15], [0.75, 0.25]])
    labels = torch.tensor([0, 0, 1, 1, 0])  # mean of class 0: 0.783, of class 1: 0.475
    assert confident_classes(probabilities, labels).tolist() == [0, -1, 1, 0, -1]
