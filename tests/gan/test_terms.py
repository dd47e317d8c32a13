"""Added terms against plain computations of what they say they are."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.losses import Wasserstein
from artesano.gan.terms import (
    AuxiliaryClass,
    Clipping,
    FeatureMatching,
    HistoricalAveraging,
    LeCam,
    LossInputs,
    MutualInformation,
    Supervised,
    Term,
)


def inputs(real_output=None, fake_output=None, *, real_labels=None, fake_labels=None, codes=None, **rest) -> LossInputs:
    nothing = torch.zeros(2, 1, 4, 4)
    fake_output = DiscriminatorOutput(torch.zeros(2)) if fake_output is None else fake_output
    discriminate = rest.pop("discriminate", None)
    return LossInputs(
        step=0,
        real=nothing,
        fake=nothing,
        real_labels=real_labels,
        fake_labels=fake_labels,
        codes=codes,
        real_output=real_output,
        fake_output=fake_output,
        discriminate=discriminate,
        **rest,
    )


def test_clipping_bounds_every_weight_of_the_discriminator_and_no_other():
    discriminator, generator = nn.Linear(50, 50), nn.Linear(50, 50)
    inside = torch.full((50,), 0.005)
    discriminator.bias.data = inside.clone()
    before = generator.weight.clone()
    networks = AdversarialNetworks(generator, discriminator, Wasserstein(), [Clipping(0.01)], DiscriminatorInput())
    networks.after_discriminator()
    assert discriminator.weight.abs().max().item() == pytest.approx(0.01)
    assert torch.equal(discriminator.bias, inside)
    assert torch.equal(generator.weight, before)


def test_clipping_leaves_what_is_frozen_as_it_is():
    discriminator = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    discriminator[0].requires_grad_(False)
    before = discriminator[0].weight.clone()
    Clipping(1e-4).after_discriminator(discriminator)
    assert torch.equal(discriminator[0].weight, before)
    assert discriminator[1].weight.abs().max() <= 1e-4


def test_feature_matching_is_zero_for_equal_means_and_moves_the_generator_alone():
    real_features = torch.tensor([[1.0, 2.0], [3.0, 0.0]], requires_grad=True)
    fake_features = torch.tensor([[3.0, 1.0], [1.0, 1.0]], requires_grad=True)
    term = FeatureMatching()
    assert term.needs_real
    same = inputs(
        DiscriminatorOutput(torch.zeros(2), real_features), DiscriminatorOutput(torch.zeros(2), fake_features)
    )
    assert term.generator(same).item() == 0
    assert term.discriminator(same) is None
    shifted = inputs(
        DiscriminatorOutput(torch.zeros(2), real_features), DiscriminatorOutput(torch.zeros(2), fake_features + 0.5)
    )
    value = term.generator(shifted)
    assert value.item() == pytest.approx(0.25)
    value.backward()
    torch.testing.assert_close(fake_features.grad, torch.full((2, 2), 0.25))
    assert real_features.grad is None


# Historical averaging


def walk(term: HistoricalAveraging, generator: nn.Linear, discriminator: nn.Linear, steps: int, start: int = 0):
    """Distances of a few steps between which both players move."""
    values = []
    for step in range(start, start + steps):
        values.append((term.discriminator(inputs()).item(), term.generator(inputs()).item()))
        with torch.no_grad():
            for number, parameter in enumerate([*generator.parameters(), *discriminator.parameters()]):
                parameter.add_(0.1 * (step + 1) * (number + 1))
    return values


def test_historical_averaging_is_the_squared_distance_to_the_mean_of_all_weights_so_far():
    torch.manual_seed(0)
    generator, discriminator = nn.Linear(3, 2), nn.Linear(2, 1)
    term = HistoricalAveraging()
    term.attach(generator, discriminator)
    past: dict[str, list[torch.Tensor]] = {"generator": [], "discriminator": []}
    for step in range(4):
        for network, name, part in (
            (generator, "generator", term.generator),
            (discriminator, "discriminator", term.discriminator),
        ):
            now = nn.utils.parameters_to_vector(network.parameters()).detach().clone()
            mean = torch.stack(past[name]).mean(0) if past[name] else now
            network.zero_grad()
            value = part(inputs())
            value.backward()
            assert value.item() == pytest.approx((now - mean).square().sum().item(), rel=1e-5, abs=1e-9)
            slope = torch.cat([parameter.grad.flatten() for parameter in network.parameters()])
            torch.testing.assert_close(slope, 2 * (now - mean), rtol=1e-4, atol=1e-6)
            past[name].append(now)
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter.add_(torch.randn_like(parameter) * (step + 1))


def test_historical_averaging_begins_with_the_weights_of_its_first_step():
    """Those of a file or of a pixel phase come after the term has been attached."""
    generator, discriminator = nn.Linear(3, 2), nn.Linear(2, 1)
    term = HistoricalAveraging()
    term.attach(generator, discriminator)
    with torch.no_grad():
        generator.weight.add_(1)
        discriminator.weight.add_(1)
    assert [value > 0 for value in walk(term, generator, discriminator, 2)[1]] == [True, True]
    term.attach(generator, discriminator)
    with torch.no_grad():
        generator.weight.add_(1)
    assert walk(term, generator, discriminator, 1) == [(0, 0)]


def test_historical_averaging_goes_on_from_its_saved_state():
    torch.manual_seed(0)
    first = nn.Linear(3, 2), nn.Linear(2, 1)
    straight = HistoricalAveraging()
    straight.attach(*first)
    walk(straight, *first, steps=3)
    second = nn.Linear(3, 2), nn.Linear(2, 1)
    resumed = HistoricalAveraging()
    resumed.attach(*second)
    resumed.load_state_dict(straight.state_dict())
    for ours, theirs in zip(second, first, strict=True):
        ours.load_state_dict(theirs.state_dict())
    assert walk(resumed, *second, steps=3, start=3) == walk(straight, *first, steps=3, start=3)


def test_historical_averaging_does_not_register_the_networks_a_second_time():
    networks = AdversarialNetworks(
        nn.Linear(3, 2), nn.Linear(2, 1), Wasserstein(), [HistoricalAveraging()], DiscriminatorInput()
    )
    assert len([*networks.parameters()]) == 4


# LeCam


def test_lecam_pulls_logits_to_the_other_sides_moving_average():
    term = LeCam(decay=0.9)
    real, fake = torch.tensor([2.0, 4.0]), torch.tensor([-1.0, -3.0])
    loss_inputs = inputs(DiscriminatorOutput(real), DiscriminatorOutput(fake))
    assert term.discriminator(loss_inputs).item() == pytest.approx((4 + 16 + 1 + 9) / 2)  # both averages were 0
    torch.testing.assert_close(term.means, torch.tensor([0.3, -0.2]))
    expected = (real + 0.2).square().mean() + (fake - 0.3).square().mean()
    torch.testing.assert_close(term.discriminator(loss_inputs), expected)
    assert term.generator(loss_inputs) is None
    again = LeCam(decay=0.9)
    again.load_state_dict(term.state_dict())
    torch.testing.assert_close(again.discriminator(loss_inputs), term.discriminator(loss_inputs))


# Classes


def test_auxiliary_class_leaves_unknown_labels_out():
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=True)
    known = torch.tensor([0, 1])
    whole = AuxiliaryClass().generator(
        inputs(fake_output=DiscriminatorOutput(torch.zeros(2), classes=logits), fake_labels=known)
    )
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))) / 2
    assert whole.item() == pytest.approx(expected, rel=1e-5)
    half = inputs(
        DiscriminatorOutput(torch.zeros(2), classes=logits),
        DiscriminatorOutput(torch.zeros(2), classes=logits),
        real_labels=torch.tensor([0, -1]),
        fake_labels=torch.tensor([0, -1]),
    )
    assert AuxiliaryClass().generator(half).item() == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-5)
    value = AuxiliaryClass().discriminator(half)
    assert value.item() == pytest.approx(2 * math.log(1 + math.exp(-2)), rel=1e-5)
    value.backward()
    assert logits.grad[0].abs().sum() > 0
    assert logits.grad[1].abs().sum() == 0


def test_auxiliary_class_without_any_known_label_is_zero():
    unknown = torch.tensor([-1, -1])
    judged = DiscriminatorOutput(torch.zeros(2), classes=torch.randn(2, 3))
    assert AuxiliaryClass().discriminator(inputs(judged, judged, real_labels=unknown, fake_labels=unknown)).item() == 0


@pytest.mark.parametrize("fakes", [0.0, 0.5, 1.0])
def test_auxiliary_class_weighs_the_fakes_of_d_alone(fakes):
    real, fake = torch.randn(4, 3, requires_grad=True), torch.randn(4, 3, requires_grad=True)
    labels, asked = torch.tensor([0, 1, 2, 0]), torch.tensor([2, 2, 1, 0])
    given = inputs(
        DiscriminatorOutput(torch.zeros(4), classes=real),
        DiscriminatorOutput(torch.zeros(4), classes=fake),
        real_labels=labels,
        fake_labels=asked,
    )
    of_real, of_fake = F.cross_entropy(real, labels), F.cross_entropy(fake, asked)
    term = AuxiliaryClass(fakes=fakes)
    torch.testing.assert_close(term.discriminator(given), of_real + fakes * of_fake)
    torch.testing.assert_close(term.generator(given), of_fake)
    (moved,) = torch.autograd.grad(term.discriminator(given), fake)
    assert bool(moved.abs().sum() > 0) == (fakes > 0)


def test_supervised_reads_the_labelled_batch_through_the_augmentations_and_leaves_the_generator_alone():
    logits = torch.tensor([[3.0, 0.0], [0.0, 3.0]])
    asked = []

    def discriminate(images, labels):
        asked.append((images, labels))
        return DiscriminatorOutput(torch.zeros(2), classes=logits)

    images = torch.ones(2, 1, 4, 4)
    loss_inputs = inputs(
        DiscriminatorOutput(torch.zeros(2)), labelled=(images, torch.tensor([0, 1])), discriminate=discriminate
    )
    assert Supervised().discriminator(loss_inputs).item() == pytest.approx(math.log(1 + math.exp(-3)), rel=1e-4)
    assert asked[0][0] is images
    assert asked[0][1] is None  # the label is what it has to say
    assert Supervised().generator(loss_inputs) is None
    every = inputs(DiscriminatorOutput(torch.zeros(2), classes=logits), real_labels=torch.tensor([1, 0]))
    assert Supervised().discriminator(every).item() == pytest.approx(math.log(1 + math.exp(3)), rel=1e-4)


# Codes


def test_mutual_information_is_least_for_the_true_codes():
    term = MutualInformation([3, 2], continuous_weight=0.5)
    first, second = torch.eye(3)[[0, 2]], torch.eye(2)[[1, 0]]
    values = torch.tensor([[0.3, -0.8], [-0.1, 0.9]])
    codes = torch.cat([first, second, values], 1)
    true = torch.cat([50 * first, 50 * second, values], 1)
    assert term.bound(true, codes).item() == pytest.approx(0, abs=1e-6)
    for column in range(7):
        wrong = true.clone()
        wrong[:, column] += 60 * (1 - codes[:, column]) if column < 5 else 1.0
        assert term.bound(wrong, codes).item() > 0.1
    knows_nothing = torch.cat([torch.zeros(2, 5), values + torch.tensor([1.0, 0.0])], 1)
    expected = math.log(3) + math.log(2) + 0.5 * 0.5 * 1.0
    assert term.bound(knows_nothing, codes).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("categorical", "continuous"), [([4], 0), ([], 2)])
def test_mutual_information_with_one_kind_of_codes_moves_both_players(categorical, continuous):
    term = MutualInformation(categorical)
    posterior = torch.randn(3, sum(categorical) + continuous, requires_grad=True)
    codes = torch.eye(4)[:3] if categorical else torch.rand(3, 2)
    loss_inputs = inputs(fake_output=DiscriminatorOutput(torch.zeros(3), codes=posterior), codes=codes)
    for part in (term.discriminator, term.generator):
        (slope,) = torch.autograd.grad(part(loss_inputs), posterior)
        assert (slope.abs().sum(1) > 0).all()


# Weights and intervals


def test_the_pair_adds_weighted_terms_at_their_steps():
    class Constant(Term):
        def discriminator(self, inputs):
            return torch.tensor(1.0)

    networks = AdversarialNetworks(
        nn.Identity(),
        nn.Identity(),
        Wasserstein(),
        [Constant(weight=2.0, interval=1), Constant(weight=10.0, interval=3)],
        DiscriminatorInput(),
    )
    totals = []
    for step in range(6):
        loss_inputs = inputs()
        loss_inputs.step = step
        totals.append(float(networks.weighted_terms(loss_inputs, lambda term: term.discriminator)))
        assert networks.weighted_terms(loss_inputs, lambda term: term.generator) == 0
    assert totals == [32.0, 2.0, 2.0, 32.0, 2.0, 2.0]
    assert sum(totals) / 6 == 12.0  # the same pull on average as without an interval
