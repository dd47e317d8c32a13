"""The gradient of the generator through the discriminator's next updates, and that these leave no trace."""

import copy
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.autograd.function import once_differentiable

from artesano.errors import BadInput
from artesano.gan.adversarial_networks import AdversarialNetworks, frozen
from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.latent import Latent
from artesano.gan.losses import BCE, Wasserstein
from artesano.gan.networks import dcgan
from artesano.gan.penalties import R1, R2, GradientPenalty
from artesano.gan.terms import Clipping, FeatureMatching, HistoricalAveraging, LeCam
from artesano.gan.unrolling import RULES, generator_loss, memories_of, rule_of
from artesano.kinds.gan.build import check_unrolling

OPTIMIZERS = {
    "adam": lambda weights: torch.optim.Adam(weights, 0.05, (0.5, 0.9)),
    "fused": lambda weights: torch.optim.Adam(weights, 0.05, (0.5, 0.9), fused=True),
    "sgd": lambda weights: torch.optim.SGD(weights, 0.3, momentum=0.5),
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, 0.02),
}


class Point(nn.Module):
    """G: the point theta * z."""

    def __init__(self, theta):
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(theta))

    def forward(self, z, labels=None):
        return self.theta * z


class Slope(nn.Module):
    """D: the score w * x."""

    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w))

    def forward(self, x, labels=None):
        return DiscriminatorOutput(self.w * x.flatten())


def game(theta, w):
    return AdversarialNetworks(Point(theta), Slope(w), Wasserstein(), [], DiscriminatorInput())


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_the_gradient_of_a_game_that_can_be_solved_by_hand(steps):
    """w falls by rate * (theta - r) in each step; the loss -w_k theta has the slope -w + k * rate * (2 theta - r)."""
    theta, w, r, rate = 0.7, 0.3, 2.0, 0.1
    networks = game(theta, w)
    optimizer = torch.optim.SGD(networks.discriminator.parameters(), rate)
    real, z = torch.full((4, 1), r), torch.ones(4, 1)
    with frozen(networks.discriminator.parameters()):
        loss = generator_loss(networks, optimizer, steps, real, networks.generator(z))
        loss.backward()
    assert loss.item() == pytest.approx(-(w - steps * rate * (theta - r)) * theta)
    assert networks.generator.theta.grad.item() == pytest.approx(-w + steps * rate * (2 * theta - r))
    assert networks.discriminator.w.item() == pytest.approx(w)
    assert networks.discriminator.w.grad is None


class Smooth(nn.Module):
    """D: one hidden layer without kinks, which differences of the loss would meet, and with batch statistics."""

    def __init__(self, norm=True):
        super().__init__()
        self.hidden, self.head = nn.Linear(9, 6), nn.Linear(6, 1)
        self.norm = nn.BatchNorm1d(6) if norm else nn.Identity()

    def forward(self, images, labels=None):
        features = self.norm(self.hidden(images.flatten(1))).tanh()
        return DiscriminatorOutput(self.head(features).squeeze(1), features)


class Images(nn.Module):
    """G: one layer."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 9)

    def forward(self, z, labels=None):
        return self.layer(z).tanh().view(-1, 1, 3, 3)


def smooth_networks(terms=(), *, norm=True, **discriminator_input):
    torch.manual_seed(0)
    networks = AdversarialNetworks(
        Images(), Smooth(norm), BCE(), list(terms), DiscriminatorInput(**discriminator_input)
    )
    networks.discriminator_input.pool.allocate(1, 3)
    return networks


def batch(count=8):
    draw = torch.Generator().manual_seed(3)
    return torch.randn(count, 1, 3, 3, generator=draw), torch.randn(count, 4, generator=draw)


def warm(networks, optimizer, real, z, updates=2):
    """A few true updates, so that the optimiser has a state."""
    for _ in range(updates):
        optimizer.zero_grad()
        networks.discriminator_loss(real, networks.generator(z).detach()).backward()
        optimizer.step()


CASES = {  # steps, terms, tricks; what a term remembers is a constant, so its loss has this slope for one step only
    "bce": (2, [], {}),
    "penalties": (2, [R1(1.0), R2(1.0), GradientPenalty(1.0)], {"norm": False}),
    "stateful": (1, [LeCam(0.1), HistoricalAveraging(0.1), FeatureMatching(0.5)], {"replay": 4}),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_the_slope_of_the_loss(case, optimizer):
    """Central differences along the gradient; without its second-order part it would miss them by far more."""
    steps, terms, tricks = CASES[case]
    networks, (real, z) = smooth_networks(copy.deepcopy(terms), **tricks), batch()
    player = OPTIMIZERS[optimizer](networks.discriminator.parameters())
    warm(networks, player, real, z)
    weight = networks.generator.layer.weight
    start = copy.deepcopy(networks.state_dict())

    def loss(moved=None):
        networks.load_state_dict(start)
        torch.manual_seed(1)
        if moved is not None:
            weight.data.add_(moved)
        return generator_loss(networks, player, steps, real, networks.generator(z))

    (gradient,) = torch.autograd.grad(loss(), weight)
    (first_order,) = torch.autograd.grad(generator_loss(networks, player, 0, real, networks.generator(z)), weight)
    direction = gradient / gradient.norm() * 1e-2
    slope = (loss(direction) - loss(-direction)).item() / (2 * direction.norm().item())
    assert gradient.norm().item() == pytest.approx(slope, rel=0.02)
    assert (gradient - first_order).norm() > 0.05 * gradient.norm()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_unrolled_update_is_the_update_of_the_optimiser(name):
    networks, (real, z) = smooth_networks(), batch()
    optimizer = OPTIMIZERS[name](networks.discriminator.parameters())
    warm(networks, optimizer, real, z)
    rule, memories = rule_of(optimizer), copy.deepcopy(memories_of(networks.discriminator, optimizer))
    weights = {
        key: value.detach().clone() for key, value in networks.discriminator.named_parameters(prefix="discriminator")
    }
    for _ in range(3):
        optimizer.zero_grad()
        networks.discriminator_loss(real, networks.generator(z).detach()).backward()
        gradients = {
            key: value.grad.clone() for key, value in networks.discriminator.named_parameters(prefix="discriminator")
        }
        optimizer.step()
        weights = {
            key: rule(value, gradients[key], memories[key], optimizer.param_groups[0]) for key, value in weights.items()
        }
    for key, value in networks.discriminator.named_parameters(prefix="discriminator"):
        torch.testing.assert_close(weights[key], value.detach(), rtol=1e-4, atol=1e-6)


def test_a_unit_whose_gradient_is_always_zero_gives_no_nan():
    weight, zero = torch.ones(3), torch.zeros(3, requires_grad=True)
    for kind, rule in RULES.items():
        group = kind([nn.Parameter(torch.ones(3))], lr=0.1).param_groups[0]
        (slope,) = torch.autograd.grad(rule(weight, zero * zero, {}, group).sum(), zero)
        assert torch.isfinite(slope).all(), kind


def everything(networks, optimizer):
    """All numbers that an update of the generator must leave as they are."""
    state = {key: value for key, value in networks.state_dict().items() if not key.startswith("generator.")}
    memory = [value for state in optimizer.state.values() for value in state.values() if torch.is_tensor(value)]
    return copy.deepcopy((state, memory))


@pytest.mark.parametrize("norm", ["batch", "spectral", "virtual_batch"])
def test_the_discriminator_is_put_back_to_the_bit(norm):
    torch.manual_seed(0)
    common = {"image_size": 8, "channels": 1, "num_classes": 1}
    networks = AdversarialNetworks(
        dcgan.Generator(width=4, latent_dim=4, **common),
        dcgan.Discriminator(width=4, norm=norm, pac=2, **common),
        BCE(real=[0.7, 1.2]),
        [LeCam(0.1)],
        DiscriminatorInput(diffaugment=["color"], ada=0.5, replay=4, instance_noise=0.1),
    )
    networks.discriminator_input.pool.allocate(1, 8)
    real, z = torch.randn(8, 1, 8, 8), torch.randn(8, 4)
    optimizer = torch.optim.Adam(networks.discriminator.parameters(), 0.01)
    warm(networks, optimizer, real, z)
    seen = networks.last_discriminator
    before, asks = everything(networks, optimizer), [weight.requires_grad for weight in networks.parameters()]
    with frozen(networks.discriminator.parameters()):
        generator_loss(networks, optimizer, 3, real, networks.generator(z)).backward()
    (state, memory), (state_now, memory_now) = before, everything(networks, optimizer)
    assert all(torch.equal(value, state_now[key]) for key, value in state.items())
    assert all(torch.equal(*pair) for pair in zip(memory, memory_now, strict=True))
    assert [weight.requires_grad for weight in networks.parameters()] == asks
    assert networks.last_discriminator is seen
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in networks.generator.parameters())


def test_without_steps_it_is_the_loss_itself_bit_for_bit():
    networks, (real, z) = smooth_networks([HistoricalAveraging(0.1)]), batch()
    again = copy.deepcopy(networks)
    again.terms[0].players = {name: [getattr(again, name)] for name in ("generator", "discriminator")}
    results = []
    for own in (networks, again):
        torch.manual_seed(0)
        arguments = (real, own.generator(z))
        loss = generator_loss(own, None, 0, *arguments) if own is networks else own.generator_loss(*arguments)
        loss.backward()
        results.append([loss, *(weight.grad for weight in own.generator.parameters()), torch.random.get_rng_state()])
    assert all(torch.equal(*pair) for pair in zip(*results, strict=True))


# Refused


class Once(torch.autograd.Function):
    """The identity, whose gradient has no gradient."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return gradient


class Opaque(Slope):
    def forward(self, x, labels=None):
        return DiscriminatorOutput(Once.apply(self.w * x.flatten()).square())


def options(**changes):
    optimizer = {"_target_": "artesano.gan.optimisation.PlayerOptimizer", "kind": "sgd", "lr": 0.1, "betas": [0.0, 0.9]}
    unrolled = {"unrolled_steps": 2, "compile": False, "optimizer": SimpleNamespace(discriminator=optimizer)}
    return SimpleNamespace(**unrolled | changes)


def test_what_can_be_unrolled_is_not_refused():
    check_unrolling(options(), game(0.7, 0.3), Latent(1), 4)


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ("Adam", {"weight_decay": 0.1}),
        ("Adam", {"amsgrad": True}),
        ("AdamW", {"weight_decay": 0.01}),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("RMSprop", {"momentum": 0.9}),
    ],
)
def test_an_optimizer_whose_update_the_rule_would_not_repeat(target, changes):
    """AdamW is an Adam by type."""
    node = {"_target_": f"torch.optim.{target}", "_partial_": True, "lr": 0.1, **changes}
    name, value = list(changes.items())[-1]
    with pytest.raises(BadInput, match=f"{target} with {name}={value} cannot be unrolled"):
        check_unrolling(options(optimizer=SimpleNamespace(discriminator=node)), game(0.7, 0.3), Latent(1), 4)


def test_a_discriminator_without_a_second_derivative():
    networks = AdversarialNetworks(Point(0.7), Opaque(0.3), Wasserstein(), [], DiscriminatorInput())
    with pytest.raises(BadInput, match=r"hacks\.unrolled_steps=2: .* no second derivative .*accepted: 0"):
        check_unrolling(options(), networks, Latent(1), 4)


def test_batch_norm_has_no_third_derivative_which_a_penalty_would_need():
    networks = smooth_networks([R1()])
    with pytest.raises(BadInput, match=r"batch_norm does not support 3rd\+ order derivatives"):
        check_unrolling(options(), networks, Latent(4), 4)


def test_clipping_and_compiled_networks():
    clipped = AdversarialNetworks(Point(0.7), Slope(0.3), Wasserstein(), [Clipping()], DiscriminatorInput())
    with pytest.raises(BadInput, match="Clipping"):
        check_unrolling(options(), clipped, Latent(1), 4)
    with pytest.raises(BadInput, match="compile=false"):
        check_unrolling(options(compile=True), game(0.7, 0.3), Latent(1), 4)
