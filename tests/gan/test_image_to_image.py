"""The losses of a GAN from images: what its networks and terms get, in one direction and in both."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from artesano.data.batches import Pairs
from artesano.gan import image_terms
from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.image_module import ImageGanModule
from artesano.gan.image_to_image import CycleNetworks, ImageToImageNetworks
from artesano.gan.losses import BCE, LeastSquares
from artesano.gan.phases import Phases
from artesano.gan.pixels import PixelRange
from artesano.training.schedules import Constant


class Shift(nn.Module):
    """Adds a learnt number to every pixel."""

    def __init__(self, by):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, source, labels=None):
        return source + self.by


class Patches(nn.Module):
    """The mean over the channels at each pixel as logits."""

    def __init__(self, channels):
        super().__init__()
        self.convolution = nn.Conv2d(channels, 1, 1)
        self.shown = []

    def forward(self, images, labels=None):
        self.shown.append(images.detach())
        return DiscriminatorOutput(self.convolution(images).flatten(1))


def networks_of(by=0.25, terms=(), *, loss=None, channels=3, **options):
    return AdversarialNetworks(
        Shift(by), Patches(channels), loss or BCE(), list(terms), DiscriminatorInput(separate_batches=True), **options
    )


def batch(count=2, size=8):
    random = torch.Generator().manual_seed(0)
    source, target = torch.rand(2, count, 3, size, size, generator=random)
    return Pairs(source, target, torch.zeros(count, dtype=torch.int64), torch.arange(count))


def module(networks, **options):
    made = ImageGanModule(
        networks,
        pixels=PixelRange(False),
        optimizers=(lambda p: torch.optim.SGD(p, 0.1), lambda p: torch.optim.SGD(p, 0.1)),
        schedule=Constant(),
        prepare=lambda batch, step: batch,
        measure=lambda module: {},
        seed=0,
        max_steps=10,
        **{"phases": Phases(), **options},
    )
    optimizers = made.configure_optimizers()
    made.optimizers = lambda: optimizers
    made.manual_backward = lambda loss: loss.backward()
    return made


def test_the_discriminator_sees_the_source_only_with_sees_source():
    for sees_source in (False, True):
        tested = networks_of(channels=3 + 3 * sees_source, sees_source=sees_source)
        data = batch()
        module(ImageToImageNetworks(tested)).training_step(data, 0)
        real, fake, judged_again = tested.discriminator.shown
        images = [data.target, data.source + 0.25, data.source + 0.25]
        for shown, image in zip((real, fake, judged_again), images, strict=True):
            expected = torch.cat([image, data.source], 1) if sees_source else image
            assert torch.equal(shown, expected)


def test_a_pixel_phase_uses_no_discriminator_and_moves_only_the_generator():
    tested = networks_of(terms=[image_terms.L1(), image_terms.MSE(ramped=True)])
    trained = module(ImageToImageNetworks(tested), phases=Phases(pixel=5))
    before = {name: value.clone() for name, value in tested.discriminator.state_dict().items()}
    data = batch()
    trained.training_step(data, 0)
    assert tested.discriminator.shown == []
    assert all(torch.equal(before[name], value) for name, value in tested.discriminator.state_dict().items())
    assert trained.losses["generator"] == F.l1_loss(data.source + 0.25, data.target)  # the ramped term is absent
    assert "discriminator" not in trained.losses


def test_without_adversarial_weight_the_ramped_terms_remain():
    tested = networks_of(terms=[image_terms.L1(), image_terms.MSE(weight=2.0, ramped=True)], weight=0.0)
    trained = module(ImageToImageNetworks(tested))
    data = batch()
    trained.training_step(data, 0)
    fake = data.source + 0.25
    assert tested.discriminator.shown == []
    expected = F.l1_loss(fake, data.target) + 2 * F.mse_loss(fake, data.target)
    assert float(trained.losses["generator"]) == pytest.approx(float(expected))


def test_the_ramp_scales_the_adversarial_loss_and_the_ramped_terms():
    tested = networks_of(terms=[image_terms.L1(), image_terms.MSE(ramped=True)], weight=0.5)
    data = batch()
    fake = data.source + 0.25
    loss = tested.generator_loss(data.target, fake, share=0.25)
    logits = tested.discriminator(fake).logits
    expected = 0.25 * 0.5 * F.softplus(-logits).mean() + F.l1_loss(fake, data.target)
    assert loss.item() == pytest.approx((expected + 0.25 * F.mse_loss(fake, data.target)).item())


def test_a_cycle_of_inverse_generators_costs_nothing():
    terms = [image_terms.Cycle(weight=10.0), image_terms.Identity(weight=5.0)]
    cycle = CycleNetworks(networks_of(0.25, terms, loss=LeastSquares()), networks_of(-0.25, terms, loss=LeastSquares()))
    for direction in cycle.directions(batch()):
        assert torch.allclose(direction.reconstructed, direction.source, atol=1e-6)
        assert (direction.identity - direction.real).abs().mean().item() == pytest.approx(0.25, abs=1e-6)
    lonely = CycleNetworks(networks_of(0.25, terms[:1]), networks_of(-0.25, terms[:1])).directions(batch())
    assert all(direction.identity is None for direction in lonely)  # no term needs it, so it is not computed


def test_a_cycle_moves_both_generators_and_both_discriminators():
    terms = [image_terms.Cycle()]
    cycle = CycleNetworks(networks_of(0.25, terms, loss=LeastSquares()), networks_of(0.5, terms, loss=LeastSquares()))
    before = {name: value.clone() for name, value in cycle.state_dict().items()}
    module(cycle).training_step(batch(), 0)
    moved = {name for name, value in cycle.state_dict().items() if not torch.equal(before[name], value)}
    assert {"a2b.generator.by", "b2a.generator.by"} <= moved
    assert {"a2b.discriminator.convolution.weight", "b2a.discriminator.convolution.weight"} <= moved


def test_masked_looks_at_the_hole_alone():
    hole = torch.zeros(1, 1, 8, 8)
    hole[..., 2:4, 2:4] = 1
    target = torch.rand(1, 3, 8, 8)
    fake = torch.where(hole.bool(), target + 0.5, target + 9)
    tensors = {"real": target, "fake": fake, "source": torch.cat([target, hole], 1)}
    networks = networks_of(terms=[image_terms.Masked()], weight=0.0)
    assert networks.generator_loss(**tensors).item() == pytest.approx(0.5)


def test_the_gradient_term_ignores_a_constant_and_counts_an_edge_once():
    term = image_terms.Gradient()
    networks = networks_of(terms=[term], weight=0.0)
    target = torch.zeros(1, 1, 4, 4)
    assert networks.generator_loss(target, target + 3.0).item() == 0
    step = target.clone()
    step[..., 2:] = 1.0
    loss = networks.generator_loss(target, step).item()
    assert loss == pytest.approx(4 / 12)  # one edge of 4 px in 4 x 3 differences


def test_health_is_monitored_on_a2b():
    cycle = CycleNetworks(networks_of(0.1), networks_of(0.2))
    assert module(cycle).networks is cycle.a2b


def test_penalties_get_the_image_with_its_source():
    tested = networks_of(channels=6, sees_source=True)
    data = batch()
    tested.discriminator_loss(data.target, data.source, source=data.source)
    judged = tested.last_discriminator.discriminate(data.target, None)
    direct = tested.discriminator(torch.cat([data.target, data.source], 1))
    assert torch.equal(judged.logits, direct.logits)
