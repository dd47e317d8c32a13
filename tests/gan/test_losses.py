"""Adversarial losses against values and optima that can be worked out by hand."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from artesano.errors import BadInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.losses import BCE, Began, Hinge, LeastSquares, Relativistic, SemiSupervised, Wasserstein, targets


def said(*logits: float, **fields) -> DiscriminatorOutput:
    return DiscriminatorOutput(torch.tensor(logits, dtype=torch.float32, requires_grad=True), **fields)


def slope(loss: torch.Tensor, judged: DiscriminatorOutput) -> torch.Tensor:
    return torch.autograd.grad(loss, judged.logits)[0]


def best_logit(loss_of) -> float:
    """The logit where a loss of one logit is least."""
    logit = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([logit], lr=1, max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = loss_of(logit)
        loss.backward()
        return loss

    optimizer.step(closure)
    return logit.item()


# Binary cross-entropy


def test_at_the_theoretical_end_the_minimax_value_is_minus_log_four():
    loss = BCE(flip_generator_labels=False)
    assert loss.discriminator(said(0, 0, 0), said(0, 0, 0)).item() == pytest.approx(2 * math.log(2))
    assert -loss.discriminator(said(0), said(0)).item() == pytest.approx(-math.log(4))
    assert loss.probability(torch.zeros(1)).item() == 0.5


def test_bce_is_the_binary_cross_entropy_of_the_two_sides():
    real, fake = said(0.3, -2.0), said(1.5, -0.4, 0.1)
    expected = -F.logsigmoid(real.logits).mean() - F.logsigmoid(-fake.logits).mean()
    torch.testing.assert_close(BCE().discriminator(real, fake), expected)


def test_without_flipped_labels_the_generator_maximises_the_discriminators_loss():
    fake = said(0.7, -1.2)
    loss = BCE(flip_generator_labels=False)
    expected = torch.log(1 - torch.sigmoid(fake.logits)).mean()
    torch.testing.assert_close(loss.generator(fake, None), expected)


def test_where_the_discriminator_wins_only_flipped_labels_leave_the_generator_a_gradient():
    fake = said(-30.0)  # D(G(z)) = 1e-13
    saturating = slope(BCE(flip_generator_labels=False).generator(fake, None), fake)
    flipped = slope(BCE(flip_generator_labels=True).generator(fake, None), fake)
    assert abs(saturating.item()) < 1e-12
    assert flipped.item() == pytest.approx(-1.0)
    # Both push the same way.
    unsure = said(0.0)
    assert slope(BCE(flip_generator_labels=False).generator(unsure, None), unsure).item() == pytest.approx(-0.5)
    assert slope(BCE(flip_generator_labels=True).generator(unsure, None), unsure).item() == pytest.approx(-0.5)


@pytest.mark.parametrize("real", [0.9, 0.7])
def test_with_smoothing_the_best_probability_is_the_label(real):
    loss = BCE(real=real, fake=0.1)
    at_real = best_logit(lambda logit: loss.compare(logit, targets(loss.real, logit)))
    at_fake = best_logit(lambda logit: loss.compare(logit, targets(loss.fake, logit)))
    assert torch.sigmoid(torch.tensor(at_real)).item() == pytest.approx(real, abs=1e-3)
    assert torch.sigmoid(torch.tensor(at_fake)).item() == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize("loss", [BCE, LeastSquares])
def test_smoothing_reaches_the_discriminator_and_leaves_the_generator_alone(loss):
    judged = said(0.4, -0.7)
    assert not torch.equal(loss(real=0.9).discriminator(judged, judged), loss().discriminator(judged, judged))
    assert not torch.equal(loss(fake=0.1).discriminator(judged, judged), loss().discriminator(judged, judged))
    assert torch.equal(loss(real=0.9, fake=0.1).generator(judged, None), loss().generator(judged, None))


def test_random_labels_are_drawn_for_each_image_from_their_range():
    torch.manual_seed(0)
    drawn = targets([0.7, 1.2], torch.zeros(4000, dtype=torch.bfloat16))
    assert drawn.dtype == torch.float32
    assert drawn.min() >= 0.7
    assert drawn.max() <= 1.2
    assert len(drawn.unique()) > 3900
    assert drawn.mean().item() == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize("loss", [BCE, LeastSquares])
def test_a_range_of_labels_that_ends_before_it_begins_is_refused(loss):
    with pytest.raises(BadInput, match=r"hacks\.real_label=\[1\.2, 0\.7\].*give \[0\.7, 1\.2\]"):
        loss(real=[1.2, 0.7])
    with pytest.raises(BadInput, match=r"hacks\.fake_label"):
        loss(fake=[0.3, 0.0])


@pytest.mark.parametrize("label", [1.5, -0.1, [0.9, 1.3]])
def test_bce_refuses_labels_for_which_it_has_no_minimum_and_least_squares_takes_them(label):
    far = torch.tensor([200.0 if label != -0.1 else -200.0])
    assert BCE().compare(far, torch.full((1,), label if isinstance(label, float) else sum(label) / 2)) < -1
    for side in ("real", "fake"):
        with pytest.raises(BadInput, match=rf"hacks\.{side}_label=.*least_squares"):
            BCE(**{side: label})
        LeastSquares(**{side: label})
    BCE(real=[0.7, 1.2])  # its mean is 0.95


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_label_flip_gives_that_share_of_images_the_label_of_the_other_side(share):
    torch.manual_seed(0)
    loss = LeastSquares(real=0.9, fake=0.1, label_flip=share)
    flipped = loss.flipped(torch.full((20_000,), 0.9), 0.1)
    assert set(flipped.unique().tolist()) <= {torch.tensor(0.9).item(), torch.tensor(0.1).item()}
    assert (flipped < 0.5).float().mean().item() == pytest.approx(share, abs=0.02)


def test_all_labels_flipped_is_the_loss_with_the_sides_exchanged():
    real, fake = said(0.3, -2.0), said(1.5, -0.4)
    torch.testing.assert_close(
        BCE(real=0.9, fake=0.1, label_flip=1.0).discriminator(real, fake),
        BCE(real=0.1, fake=0.9).discriminator(real, fake),
    )


def test_label_flip_never_touches_the_generator():
    judged = said(0.4, -0.3)
    assert torch.equal(BCE(label_flip=1.0).generator(judged, None), BCE().generator(judged, None))


# Least squares, Wasserstein, hinge


def test_least_squares_is_half_the_squared_distance_with_its_optimum_at_the_label():
    loss = LeastSquares(real=0.9, fake=0.2)
    assert loss.discriminator(said(0.9, 0.9), said(0.2)).item() == 0
    assert loss.discriminator(said(1.9), said(-1.8)).item() == pytest.approx(0.5 * 1 + 0.5 * 4)
    assert loss.generator(said(1.0), None).item() == 0
    assert best_logit(lambda logit: loss.compare(logit, targets(loss.real, logit))) == pytest.approx(0.9, abs=1e-5)
    torch.testing.assert_close(loss.probability(torch.tensor([-1.0, 0.25, 3.0])), torch.tensor([0.0, 0.25, 1.0]))


def test_wasserstein_is_the_difference_of_means_whatever_the_batch_sizes():
    real, fake = said(3.0, 5.0), said(1.0, 1.0, 4.0)
    loss = Wasserstein()
    assert loss.discriminator(real, fake).item() == pytest.approx(2 - 4)
    assert loss.generator(fake, None).item() == pytest.approx(-2)
    assert loss.probability is None


def test_beyond_the_hinge_margin_there_is_no_gradient():
    real, fake = said(1.5, 0.5, -3.0), said(-1.5, -0.5, 3.0)
    value = Hinge().discriminator(real, fake)
    assert value.item() == pytest.approx((0 + 0.5 + 4) / 3 + (0 + 0.5 + 4) / 3)
    on_real, on_fake = torch.autograd.grad(value, [real.logits, fake.logits])
    torch.testing.assert_close(on_real, torch.tensor([0.0, -1.0, -1.0]) / 3)
    torch.testing.assert_close(on_fake, torch.tensor([0.0, 1.0, 1.0]) / 3)
    torch.testing.assert_close(slope(Hinge().generator(fake, None), fake), torch.full((3,), -1 / 3))


# Relativistic


@pytest.mark.parametrize("pairing", ["pairs", "average"])
def test_relativistic_losses_see_differences_only_and_exchange_the_players(pairing):
    loss = Relativistic(pairing)
    real, fake = said(2.0, -1.0, 0.5), said(0.3, 1.0, -2.0)
    raised = said(12.0, 9.0, 10.5), said(10.3, 11.0, 8.0)
    torch.testing.assert_close(loss.discriminator(*raised), loss.discriminator(real, fake))
    torch.testing.assert_close(loss.generator(fake, real), loss.discriminator(fake, real))
    assert loss.discriminator(real, real._replace(logits=torch.full((3,), 0.5))).item() > 0
    assert loss.discriminator(said(1.0, 1.0), said(1.0, 1.0)).item() == pytest.approx(math.log(2))


def test_relativistic_pairs_move_both_scores_by_the_same_amount_in_opposite_directions():
    real, fake = said(2.0, -1.0, 0.5), said(0.3, 1.0, -2.0)
    loss = Relativistic("pairs").discriminator(real, fake)
    on_real, on_fake = torch.autograd.grad(loss, [real.logits, fake.logits])
    torch.testing.assert_close(on_real, -on_fake)
    torch.testing.assert_close(loss, F.softplus(-(real.logits - fake.logits)).mean())


def test_relativistic_average_compares_with_the_mean_of_the_other_side():
    real, fake = said(2.0, -1.0), said(0.3, 1.1)
    expected = (F.softplus(-(real.logits - 0.7)).mean() + F.softplus(fake.logits - 0.5).mean()) / 2
    torch.testing.assert_close(Relativistic("average").discriminator(real, fake), expected)


# BEGAN


def test_began_moves_k_towards_the_balance_and_keeps_it_between_zero_and_one():
    loss = Began(gamma=0.5, rate=0.1)
    value = loss.discriminator(said(2.0), said(0.5))
    assert value.item() == pytest.approx(2.0)  # k was 0
    assert loss.k.item() == pytest.approx(0.1 * (0.5 * 2.0 - 0.5))  # fakes reconstructed too well: k rises
    before = loss.k.item()
    assert loss.discriminator(said(2.0), said(1.5)).item() == pytest.approx(2.0 - before * 1.5)
    assert loss.k.item() < before
    for _ in range(20):
        loss.discriminator(said(100.0), said(0.0))
    assert loss.k.item() == 1
    for _ in range(20):
        loss.discriminator(said(0.0), said(100.0))
    assert loss.k.item() == 0


def test_began_at_its_balance_leaves_k_where_it_is():
    loss = Began(gamma=0.5, rate=0.1)
    loss.k.fill_(0.3)
    loss.discriminator(said(2.0), said(1.0))
    assert loss.k.item() == pytest.approx(0.3)


def test_began_loss_can_be_walked_back_after_k_has_moved_and_k_is_saved():
    loss = Began()
    loss.k.fill_(0.25)
    real, fake = said(2.0, 4.0), said(1.0, 1.0)
    on_real, on_fake = torch.autograd.grad(loss.discriminator(real, fake), [real.logits, fake.logits])
    torch.testing.assert_close(on_real, torch.full((2,), 0.5))
    torch.testing.assert_close(on_fake, torch.full((2,), -0.125))
    again = Began()
    again.load_state_dict(loss.state_dict())
    assert torch.equal(again.k, loss.k)
    assert loss.k.item() != 0.25


# K + 1 classes


def test_semi_supervised_is_the_softmax_over_k_classes_and_one_for_fakes():
    """Salimans et al.: the logit of the class "fake" held at 0, a K+1-class classifier."""
    torch.manual_seed(0)
    classes = 4
    on_real, on_fake = torch.randn(6, classes), torch.randn(6, classes)
    labels = torch.randint(classes, (6,))
    real, fake = (DiscriminatorOutput(logits.logsumexp(1), classes=logits) for logits in (on_real, on_fake))
    zero = torch.zeros(6, 1)
    all_real, all_fake = (F.log_softmax(torch.cat([logits, zero], 1), 1) for logits in (on_real, on_fake))
    unsupervised = -torch.log(1 - all_real[:, -1].exp()).mean() - all_fake[:, -1].mean()
    torch.testing.assert_close(SemiSupervised().discriminator(real, fake), unsupervised)
    # -log p(y | x) over K + 1 classes = -log p(real) - log p(y | x, real): the term `Supervised` is the second part.
    whole = F.nll_loss(all_real, labels)
    torch.testing.assert_close(F.softplus(-real.logits).mean() + F.cross_entropy(on_real, labels), whole)


def test_semi_supervised_generator_matches_the_mean_features_only():
    fake_features = torch.tensor([[1.0, 2.0], [3.0, 0.0]], requires_grad=True)
    real = said(0.0, 0.0, features=torch.tensor([[3.0, 1.0], [1.0, 1.0]], requires_grad=True))
    fake = said(5.0, -5.0, features=fake_features)
    loss = SemiSupervised()
    assert loss.needs_real
    assert loss.generator(fake, real).item() == 0  # equal means, unequal images
    far = said(0.0, 0.0, features=torch.zeros(2, 2))
    loss.generator(fake, far).backward()
    assert fake_features.grad.abs().sum() > 0
    assert real.features.grad is None


# All of them


@pytest.mark.parametrize(
    "loss", [BCE(), LeastSquares(), Wasserstein(), Hinge(), Relativistic(), Began(), SemiSupervised()], ids=type
)
def test_every_loss_is_fp32_and_finite_for_bf16_judgements_of_any_size(loss: nn.Module):
    for size in (1.0, 1e4):
        real, fake = (
            DiscriminatorOutput(torch.randn(4).bfloat16() * size, features=torch.randn(4, 3).bfloat16() * size)
            for _ in range(2)
        )
        for value in (loss.discriminator(real, fake), loss.generator(fake, real)):
            assert value.dtype == torch.float32
            assert value.shape == ()
            assert torch.isfinite(value)
