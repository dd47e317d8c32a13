"""Gradient penalties against closed forms, and two wrong ways of computing them that the closed forms tell apart."""

import pytest
import torch
from torch import nn

from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.losses import Wasserstein
from artesano.gan.penalties import R1, R2, Dragan, GradientPenalty, gradients, norms
from artesano.gan.terms import LossInputs

SHAPE = (2, 3, 3)  # channels, height, width
SIZE = 18


class Linear(nn.Module):
    """w . x + b: the gradient is w, whatever the image."""

    def __init__(self, weight):
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(torch.tensor(0.7))

    def forward(self, images, labels=None):
        return DiscriminatorOutput(images.flatten(1) @ self.weight + self.bias)


class Quadratic(nn.Module):
    """scale / 2 * |x|^2: the gradient at x is scale * x, another one for each image."""

    def __init__(self, scale):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, images, labels=None):
        return DiscriminatorOutput(self.scale / 2 * images.flatten(1).square().sum(1))


class SlopeOfTheLabel(nn.Module):
    """slope[label] * mean(x) * sqrt(size): the norm of the gradient of image i is |slope[label i]|."""

    def __init__(self, slopes):
        super().__init__()
        self.slopes = nn.Parameter(torch.tensor(slopes))

    def forward(self, images, labels=None):
        return DiscriminatorOutput(self.slopes[labels] * images.flatten(1).mean(1) * images[0].numel() ** 0.5)


def inputs(discriminator, real, fake, labels=None, step=0):
    def discriminate(images, labels):
        return discriminator(images, labels)

    nothing = DiscriminatorOutput(torch.zeros(len(real)))
    return LossInputs(
        step=step,
        real=real,
        fake=fake,
        real_labels=labels,
        fake_labels=labels,
        codes=None,
        real_output=nothing,
        fake_output=nothing,
        discriminate=discriminate,
    )


@pytest.fixture
def images():
    random = torch.Generator().manual_seed(0)
    return torch.randn(5, *SHAPE, generator=random), torch.randn(5, *SHAPE, generator=random)


def whole_batch_norm(term_seen, images):
    """Wrong: one norm over all images of the batch."""
    gradient = gradients(term_seen, images, term_seen.real_labels)
    return (gradient.norm() - 1) ** 2


def one_place_for_the_batch(term_seen):
    """Wrong: all images at the same share of the way from fake to real."""
    place = torch.rand(())
    between = place * term_seen.real + (1 - place) * term_seen.fake
    return (norms(gradients(term_seen, between, term_seen.real_labels)) - 1).square().mean()


# Closed forms


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_linear_discriminator(images, length):
    direction = torch.randn(SIZE, generator=torch.Generator().manual_seed(1))
    loss_inputs = inputs(Linear(length * direction / direction.norm()), *images)
    assert GradientPenalty().discriminator(loss_inputs).item() == pytest.approx((length - 1) ** 2, abs=1e-5)
    assert Dragan().discriminator(loss_inputs).item() == pytest.approx((length - 1) ** 2, abs=1e-5)
    assert R1().discriminator(loss_inputs).item() == pytest.approx(length**2 / 2, rel=1e-5)
    assert R2().discriminator(loss_inputs).item() == pytest.approx(length**2 / 2, rel=1e-5)


def test_quadratic_discriminator_r1_at_real_images_and_r2_at_fakes(images):
    real, fake = images
    loss_inputs = inputs(Quadratic(1.5), real, fake)
    squares = [part.flatten(1).square().sum(1) for part in images]
    torch.testing.assert_close(R1().discriminator(loss_inputs), 1.5**2 * squares[0].mean() / 2)
    torch.testing.assert_close(R2().discriminator(loss_inputs), 1.5**2 * squares[1].mean() / 2)


def test_quadratic_discriminator_wgan_gp_between_real_images_and_fakes(images):
    real, fake = images
    loss_inputs = inputs(Quadratic(1.5), real, fake)
    torch.manual_seed(7)
    value = GradientPenalty().discriminator(loss_inputs)
    torch.manual_seed(7)
    place = torch.rand(5, 1, 1, 1)  # one for each image
    lengths = 1.5 * (place * real + (1 - place) * fake).flatten(1).norm(dim=1)
    torch.testing.assert_close(value, (lengths - 1).square().mean())
    torch.manual_seed(7)
    assert abs(one_place_for_the_batch(loss_inputs).item() - value.item()) > 1e-2


def test_quadratic_discriminator_dragan_around_real_images(images):
    real, fake = images
    loss_inputs = inputs(Quadratic(1.5), real, fake)
    torch.manual_seed(7)
    value = Dragan(spread=0.3).discriminator(loss_inputs)
    torch.manual_seed(7)
    around = real + 0.3 * real.std() * torch.rand_like(real)
    torch.testing.assert_close(value, (1.5 * around.flatten(1).norm(dim=1) - 1).square().mean())
    # It never looks at fakes.
    torch.manual_seed(7)
    torch.testing.assert_close(Dragan(spread=0.3).discriminator(inputs(Quadratic(1.5), real, fake * 100)), value)


def test_every_image_has_a_norm_of_its_own(images):
    slopes = [0.0, 1.0, 2.0, 3.0, 4.0]
    loss_inputs = inputs(SlopeOfTheLabel(slopes), *images, labels=torch.arange(5))
    measured = norms(gradients(loss_inputs, loss_inputs.real, loss_inputs.real_labels))
    torch.testing.assert_close(measured, torch.tensor(slopes), atol=2e-6, rtol=1e-5)
    expected = (1 + 0 + 1 + 4 + 9) / 5
    for term in (GradientPenalty(), Dragan()):
        assert term.discriminator(loss_inputs).item() == pytest.approx(expected, rel=1e-4)
    for term in (R1(), R2()):
        assert term.discriminator(loss_inputs).item() == pytest.approx((0 + 1 + 4 + 9 + 16) / 5 / 2, rel=1e-5)
    assert abs(whole_batch_norm(loss_inputs, loss_inputs.real).item() - expected) > 1  # (sqrt(30) - 1)^2 = 20


def test_every_image_has_a_place_of_its_own_between_real_and_fake():
    """Real images at 1, fakes at 0: the norm of the gradient says where on its line each image was looked at."""
    count = 4000
    real, fake = torch.ones(count, 1, 1, 1), torch.zeros(count, 1, 1, 1)
    torch.manual_seed(0)
    value = GradientPenalty().discriminator(inputs(Quadratic(1.0), real, fake)).item()
    assert value == pytest.approx(1 / 3, abs=0.02)  # E[(u - 1)^2] of uniform u, in every single batch
    wrong = [one_place_for_the_batch(inputs(Quadratic(1.0), real, fake)).item() for _ in range(20)]
    assert max(abs(one - 1 / 3) for one in wrong) > 0.1


# What training needs of them


def test_where_the_gradient_is_zero_the_penalty_has_a_finite_gradient(images):
    discriminator = Linear(torch.zeros(SIZE))
    for term in (GradientPenalty(), Dragan(), R1(), R2()):
        discriminator.zero_grad()
        value = term.discriminator(inputs(discriminator, *images))
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(discriminator.weight.grad).all()


@pytest.mark.parametrize("term", [GradientPenalty(), Dragan(), R1(), R2()], ids=lambda term: type(term).__name__)
def test_second_gradients_reach_the_weights_and_the_images_get_none(term, images):
    weight = torch.randn(SIZE, generator=torch.Generator().manual_seed(1))
    discriminator = Linear(weight)
    real, fake = (part.clone().requires_grad_() for part in images)
    term.discriminator(inputs(discriminator, real, fake)).backward()
    length = weight.norm()
    closed = weight if isinstance(term, R1 | R2) else 2 * (length - 1) * weight / length
    torch.testing.assert_close(discriminator.weight.grad, closed, rtol=1e-4, atol=1e-5)
    assert real.grad is None
    assert fake.grad is None
    assert term.generator(inputs(discriminator, real, fake)) is None


def test_under_autocast_they_are_the_numbers_of_fp32(images):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.linear = nn.Conv2d(2, 8, 3, padding=1), nn.Linear(72, 1)
            self.types = []

        def forward(self, images, labels=None):
            logits = self.linear(torch.tanh(self.conv(images)).flatten(1))
            self.types.append(logits.dtype)
            return DiscriminatorOutput(logits.squeeze(1))

    torch.manual_seed(0)
    net = Net()
    for term in (GradientPenalty(), Dragan(), R1(), R2()):
        torch.manual_seed(3)
        plain = term.discriminator(inputs(net, *images))
        with torch.autocast("cpu", torch.bfloat16):
            assert net(images[0]).logits.dtype == torch.bfloat16
            net.types.clear()
            torch.manual_seed(3)
            mixed = term.discriminator(inputs(net, images[0], images[1].bfloat16().float()))
        assert net.types == [torch.float32]
        assert mixed.dtype == torch.float32
        if isinstance(term, R1 | Dragan):
            assert torch.equal(mixed, plain)


@pytest.mark.parametrize("term", [GradientPenalty(), Dragan(), R1(), R2()], ids=lambda term: type(term).__name__)
def test_a_network_in_bfloat16_gets_images_of_its_type(term, images):
    """As with trainer.precision=bf16-true."""
    torch.manual_seed(0)
    discriminator = Linear(torch.randn(SIZE))
    torch.manual_seed(3)
    plain = term.discriminator(inputs(discriminator, *images))
    torch.manual_seed(3)
    low = term.discriminator(inputs(discriminator.bfloat16(), *(part.bfloat16() for part in images)))
    assert low.dtype == torch.float32
    torch.testing.assert_close(low, plain, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("term", [R1, R2, GradientPenalty, Dragan])
def test_a_lazy_penalty_is_due_at_its_steps_and_counts_as_often_as_it_is_spared(term):
    class Generator(nn.Module):
        pass

    weight = torch.full((SIZE,), 0.5)
    networks = AdversarialNetworks(
        Generator(), Linear(weight), Wasserstein(), [term(weight=3.0, interval=4)], DiscriminatorInput()
    )
    real = fake = torch.zeros(5, *SHAPE)
    values = [networks.discriminator_loss(real, fake, step=step).item() for step in range(8)]
    length = weight.norm().item()
    one = length**2 / 2 if term in (R1, R2) else (length - 1) ** 2
    assert values[0] == values[4] == pytest.approx(3 * 4 * one, rel=1e-4)
    assert values[1:4] == values[5:] == [0.0] * 3


def test_penalties_look_through_the_augmentations():
    """With half of each image cut out, that half has no gradient."""
    torch.manual_seed(0)
    weight = torch.ones(64)
    discriminator_input = DiscriminatorInput(diffaugment=["cutout"])
    networks = AdversarialNetworks(nn.Module(), Linear(weight), Wasserstein(), [R1()], discriminator_input)
    images = torch.zeros(200, 1, 8, 8)
    assert networks.discriminator_loss(images, images).item() < 64 / 2 - 4
