"""Metrics of sets against closed forms, and names that say what was measured."""

import math
from dataclasses import replace

import pytest
import torch
from scipy.linalg import sqrtm

from artesano.errors import BadInput
from artesano.metrics.distribution import (
    Features,
    RealStatistics,
    conditional_accuracy,
    distribution_metrics,
    frechet_distance,
    inception_score,
    intra_class_diversity,
    kernel_distance,
    precision_recall,
    protocol,
    reliability_note,
    shuffled_accuracy,
)
from artesano.metrics.frechet import factor, frechet_to_samples, moments


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def normal(count, dim=8, shift=0.0):
    return torch.randn(count, dim) + shift


def statistics(features, labels=None):
    return RealStatistics("lite0", len(features), *moments(features), features, labels)


def covariance(dim, rank=None):
    root = torch.randn(dim, rank or 2 * dim, dtype=torch.float64)
    return root @ root.T / root.shape[1]


def test_frechet_of_diagonal_gaussians():
    """Where covariances commute, the distance is |m1 - m2|^2 + sum (s1 - s2)^2."""
    mean1, mean2, s1, s2 = torch.rand(4, 6, dtype=torch.float64)
    expected = (mean1 - mean2).square().sum() + (s1 - s2).square().sum()
    found = frechet_distance(mean1, s1.square().diag(), mean2, s2.square().diag())
    assert found == pytest.approx(float(expected), abs=1e-12)


def test_frechet_of_gaussians_that_do_not_commute():
    """In two dimensions tr((C1 C2)^(1/2)) = (tr(C1 C2) + 2 det(C1 C2)^(1/2))^(1/2)."""
    a, b, zero = covariance(2), covariance(2), torch.zeros(2)
    product = a @ b
    root = (product.trace() + 2 * product.det().sqrt()).sqrt()
    assert frechet_distance(zero, a, zero, b) == pytest.approx(float(a.trace() + b.trace() - 2 * root), abs=1e-12)


def test_frechet_by_the_square_root_of_a_matrix():
    """As pytorch-fid and torch-fidelity compute it, with scipy's root."""
    (mean1, mean2), cov1, cov2 = torch.randn(2, 12, dtype=torch.float64), covariance(12), covariance(12)
    root = sqrtm((cov1 @ cov2).numpy()).real
    expected = (mean1 - mean2).square().sum() + (cov1 + cov2).trace() - 2 * root.trace()
    assert frechet_distance(mean1, cov1, mean2, cov2) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("rank", [None, 3])
def test_frechet_is_symmetric_and_zero_only_for_equals(rank):
    a, b, mean = covariance(10, rank), covariance(10), torch.randn(10)
    assert frechet_distance(mean, a, mean, a) == pytest.approx(0, abs=1e-6)
    there, back = frechet_distance(mean, a, mean, b), frechet_distance(mean, b, mean, a)
    assert there == pytest.approx(back, rel=1e-9)
    assert there > 0.01


def test_frechet_does_not_depend_on_the_axes():
    a, b, mean1, mean2 = covariance(7), covariance(7), torch.randn(7).double(), torch.randn(7).double()
    q, _ = torch.linalg.qr(torch.randn(7, 7, dtype=torch.float64))
    turned = frechet_distance(q @ mean1, q @ a @ q.T, q @ mean2, q @ b @ q.T)
    assert turned == pytest.approx(frechet_distance(mean1, a, mean2, b), rel=1e-9)


@pytest.mark.parametrize("count", [20, 32, 33, 200])
@pytest.mark.parametrize("reals", [20, 32, 33, 200])
def test_few_images_take_a_shorter_way_to_the_same_distance(reals, count):
    real, fake = normal(reals, 32), normal(count, 32, shift=0.3)
    whole = frechet_distance(*moments(real), *moments(fake))
    known = statistics(real)
    assert known.spread.shape == (32, min(reals, 32))
    assert frechet_to_samples(known.mean, known.spread, fake) == pytest.approx(whole, rel=1e-6)
    some = replace(known, features=real[:10])  # not all of them were kept
    assert frechet_to_samples(some.mean, some.spread, fake) == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("count", [20, 500])
def test_a_set_is_at_no_distance_from_itself(count):
    features = normal(count, 32).relu()
    features[:, 5] = 0  # a dead feature
    known = statistics(features)
    assert frechet_to_samples(known.mean, known.spread, features) == pytest.approx(0, abs=1e-6)
    assert frechet_to_samples(known.mean, factor(known.covariance), features) == pytest.approx(0, abs=1e-6)


def test_factor_of_a_deficient_covariance():
    deficient = covariance(9, rank=4)
    root = factor(deficient)
    torch.testing.assert_close(root @ root.T, deficient)


def test_kernel_distance_of_a_closed_form():
    """In one dimension the kernel is (xy + 1)^3 = 1 + 3xy + 3x^2y^2 + x^3y^3, so MMD^2 is a sum over moments."""
    real, fake = torch.randn(20_000, 1).double(), torch.randn(20_000, 1).double() + 1
    # moments 1, 2, 3 of N(0, 1): 0, 1, 0; of N(1, 1): 1, 2, 4
    assert kernel_distance(real, fake, size=1500) == pytest.approx(3 * 1 + 3 * 1 + 16, rel=0.1)


def test_kernel_distance_is_unbiased():
    values = [kernel_distance(normal(60), normal(60)) for _ in range(40)]
    mean, error = torch.tensor(values).mean(), torch.tensor(values).std() / math.sqrt(len(values))
    assert abs(mean) < 4 * error
    assert min(values) < 0 < max(values)
    assert kernel_distance(normal(60), normal(60, shift=1)) > max(values)


def test_kernel_distance_of_subsets_is_repeatable():
    real, fake = normal(300), normal(400, shift=0.5)
    drawn = kernel_distance(real, fake, size=100)
    assert drawn == kernel_distance(real, fake, size=100)
    assert drawn == pytest.approx(kernel_distance(real, fake), rel=0.5)


def test_neighbours_of_identical_sets():
    features = normal(1500)  # two blocks
    found = precision_recall(features, features.clone())
    assert found == pytest.approx((1, 1, 1, 1), abs=1e-3)


def test_neighbours_of_sets_far_apart():
    assert precision_recall(normal(200), normal(200, shift=100)) == (0, 0, 0, 0)


def test_neighbours_by_hand():
    """On a line with k=1: the balls of 0, 1, 10 are (-1, 1), (0, 2), (1, 19)."""
    real, fake = torch.tensor([[0.0], [1.0], [10.0]]), torch.tensor([[0.5], [5.0], [30.0]])
    found = precision_recall(real, fake, k=1)
    # 0.5 lies in the balls of 0 and 1, 5 in that of 10, 30 in none
    assert (found.precision, found.density, found.coverage) == pytest.approx((2 / 3, 3 / 3, 1))
    assert found.recall == pytest.approx(1)  # balls of fakes: (-4, 5), (0.5, 9.5), (5, 55)


def test_a_dropped_mode_costs_variety_and_not_quality():
    modes = torch.tensor([[0.0] * 8, [20.0] * 8])
    real, whole = (normal(400) + modes[torch.arange(400) % 2] for _ in range(2))
    one = normal(400)
    everything, dropped = precision_recall(real, whole), precision_recall(real, one)
    assert dropped.precision > everything.precision - 0.1
    assert dropped.recall < 0.6 * everything.recall
    assert dropped.coverage < 0.6 * everything.coverage
    assert dropped.coverage <= 0.5


def test_a_collapsed_generator_has_no_variety():
    real = normal(200)
    found = precision_recall(real, real[:1].expand(200, -1))
    assert found.recall == 0
    assert found.coverage < 0.2


def test_inception_score_of_ignorance_and_of_certainty():
    assert inception_score(torch.zeros(50, 7)) == pytest.approx(1)
    sure = torch.full((50, 5), -math.inf)
    sure[torch.arange(50), torch.arange(50) % 5] = 0
    assert inception_score(sure) == pytest.approx(5)
    assert inception_score(sure[:1].expand(50, -1)) == pytest.approx(1)
    assert inception_score(sure, splits=5) == pytest.approx(5)


def test_accuracy_and_its_control():
    labels = torch.arange(1000) % 10
    logits = torch.nn.functional.one_hot(labels, 10).float()
    assert conditional_accuracy(logits, labels) == 1
    assert shuffled_accuracy(logits, labels) == pytest.approx(0.1, abs=0.05)
    assert shuffled_accuracy(logits, labels) == shuffled_accuracy(logits, labels)


def test_diversity_within_classes():
    labels = torch.arange(100) % 4
    features = normal(100) + 50 * labels[:, None]  # distances between classes must not count
    assert intra_class_diversity(features, labels, features, labels) == pytest.approx(1)
    centres = 50.0 * labels[:, None].expand(-1, 8)
    assert intra_class_diversity(centres, labels, features, labels) == pytest.approx(0, abs=1e-6)
    half = centres + (features - centres) / 2
    assert intra_class_diversity(half, labels, features, labels) == pytest.approx(0.5, rel=1e-3)
    assert intra_class_diversity(half, labels) == pytest.approx(intra_class_diversity(features, labels) / 2, rel=1e-3)
    assert math.isnan(intra_class_diversity(features[:3], labels[:3]))


@pytest.mark.parametrize(
    ("counts", "name"),
    [((1000, 5000), "x_1k"), ((50_000, 50_000), "x_50k"), ((3500, 4000), "x_3500"), ((9000, 500), "x_500")],
)
def test_protocol(counts, name):
    assert protocol("x", *counts) == name


def test_names_tell_extractor_and_count():
    real, fake = statistics(normal(1500)), Features(normal(1000), torch.randn(1000, 4))
    labels = torch.arange(1000) % 4
    found = distribution_metrics(real, fake, extractor="run", labels=labels)
    names = "fd kid precision recall density coverage conditional_accuracy shuffled_accuracy is intra_distance"
    assert set(found) == {f"{name}_run_1k" for name in names.split()}
    assert all(math.isfinite(value) for value in found.values())

    labelled = statistics(real.features, torch.arange(1500) % 4)
    assert "intra_diversity_run_1k" in distribution_metrics(labelled, fake, extractor="run", labels=labels)
    in_training = distribution_metrics(real, fake, extractor="inception", full=False)
    assert set(in_training) == {f"{name}_inception_1k" for name in ("fid", "coverage", "density")}
    inception = distribution_metrics(real, fake, extractor="inception", labels=labels)
    assert "is_inception_1k" in inception  # but its classes are not those of the data
    assert "conditional_accuracy_inception_1k" not in inception


def test_neighbours_count_the_images_that_were_kept():
    features = normal(500)
    real = RealStatistics("lite0", 500, *moments(features), features[:100])
    found = distribution_metrics(real, Features(normal(300)), extractor="lite0")
    assert {"fd_lite0_300", "kid_lite0_100", "coverage_lite0_100"} <= set(found)


def test_a_diverged_generator_has_no_numbers():
    labels = torch.arange(60) % 3
    broken, logits = normal(60), torch.randn(60, 3)
    broken[7], logits[7] = math.nan, math.nan
    real = statistics(normal(80), torch.arange(80) % 3)
    found = distribution_metrics(real, Features(broken, logits), extractor="run", labels=labels)
    assert len(found) == 10
    assert all(math.isnan(value) for value in found.values()), found
    broken.fill_(math.inf)
    assert math.isnan(
        distribution_metrics(statistics(normal(80)), Features(broken), extractor="x", full=False)["fd_x_60"]
    )


def test_too_few_images_are_refused():
    with pytest.raises(BadInput, match=r"evaluation\.samples: 30 real and 49 generated images .* at least 50"):
        distribution_metrics(statistics(normal(30)), Features(normal(49)), extractor="lite0")


def test_few_images_are_marked():
    note = reliability_note(3500, 2000, 1280, "lite0")
    assert note == (
        "fd_lite0_2k: 2,000 samples for 1,280 feature dimensions; FD is biased upward, compare only equal counts"
    )
    assert reliability_note(3500, 2000, 1280).startswith("2,000 samples")
    assert reliability_note(3500, 2560, 1280) is None
