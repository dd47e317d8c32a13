"""The two networks together: batches mixed or apart, who gets gradients, and what is kept for the health monitor."""

import pytest
import torch
from torch import nn

from artesano.gan.adversarial_networks import AdversarialNetworks, frozen
from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.losses import BCE, Hinge, Relativistic, Wasserstein
from artesano.gan.terms import FeatureMatching, Term


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2 * 16)

    def forward(self, z, labels=None):
        return self.linear(z).view(-1, 2, 4, 4)


class Discriminator(nn.Module):
    def __init__(self, norm=False):
        super().__init__()
        self.hidden, self.head = nn.Linear(32, 6), nn.Linear(6, 1)
        self.norm = nn.BatchNorm1d(6) if norm else nn.Identity()
        self.sizes = []

    def forward(self, images, labels=None):
        self.sizes.append(len(images))
        features = self.norm(self.hidden(images.flatten(1))).tanh()
        logits = self.head(features).squeeze(1)
        return DiscriminatorOutput(logits if labels is None else logits + labels, features)


def networks_of(loss=None, terms=(), *, norm=False, **discriminator_input) -> AdversarialNetworks:
    torch.manual_seed(0)
    return AdversarialNetworks(
        Generator(), Discriminator(norm), loss or BCE(), list(terms), DiscriminatorInput(**discriminator_input)
    )


@pytest.fixture
def batch():
    random = torch.Generator().manual_seed(1)
    return torch.randn(5, 2, 4, 4, generator=random) + 1, torch.randn(5, 2, 4, 4, generator=random)


@pytest.mark.parametrize("loss", [BCE(), Hinge(), Relativistic()], ids=lambda loss: type(loss).__name__)
def test_one_mixed_batch_says_the_same_as_two_without_batch_statistics(batch, loss):
    mixed, apart = (networks_of(loss, separate_batches=separate) for separate in (False, True))
    labels = torch.arange(5)
    values = [networks.discriminator_loss(*batch, labels=labels) for networks in (mixed, apart)]
    torch.testing.assert_close(*values)
    assert mixed.discriminator.sizes == [10]
    assert apart.discriminator.sizes == [5, 5]
    gradients = [
        torch.autograd.grad(value, networks.discriminator.hidden.weight)[0]
        for value, networks in zip(values, (mixed, apart), strict=True)
    ]
    torch.testing.assert_close(*gradients)


def test_with_batch_norm_the_two_differ(batch):
    values = [
        networks_of(norm=True, separate_batches=separate).discriminator_loss(*batch) for separate in (False, True)
    ]
    assert abs(values[0].item() - values[1].item()) > 1e-2


def test_a_mixed_batch_is_cut_field_by_field(batch):
    networks = networks_of()
    real, fake = networks.outputs(*batch, None)
    for judged, images in ((real, batch[0]), (fake, batch[1])):
        alone = networks.discriminator(images)
        torch.testing.assert_close(judged.logits, alone.logits)
        torch.testing.assert_close(judged.features, alone.features)
        assert judged.classes is None
        assert judged.codes is None


def test_the_discriminators_loss_gives_the_generator_nothing_and_the_other_way_round(batch):
    networks, z = networks_of(), torch.randn(5, 3)
    networks.discriminator_loss(batch[0], networks.generator(z).detach()).backward()
    assert all(parameter.grad is None for parameter in networks.generator.parameters())
    assert all(parameter.grad is not None for parameter in networks.discriminator.parameters())
    networks.zero_grad()
    with frozen(networks.discriminator.parameters()):
        networks.generator_loss(batch[0], networks.generator(z)).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in networks.generator.parameters())
    assert all(parameter.grad is None for parameter in networks.discriminator.parameters())


def test_frozen_ends_with_an_error_too_and_keeps_what_was_frozen_before():
    network = Discriminator()
    network.head.bias.requires_grad_(False)

    def fails_inside():
        with frozen(network.parameters()):
            assert not any(parameter.requires_grad for parameter in network.parameters())
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fails_inside()
    assert [name for name, parameter in network.named_parameters() if not parameter.requires_grad] == ["head.bias"]


def test_the_discriminator_sees_real_images_in_the_generators_step_only_where_needed(batch):
    z = torch.randn(5, 3)
    plain, matching, relative = networks_of(), networks_of(terms=[FeatureMatching()]), networks_of(Relativistic())
    for networks, passes in ((plain, 1), (matching, 2), (relative, 2)):
        networks.generator_loss(batch[0], networks.generator(z))
        assert len(networks.discriminator.sizes) == passes


def test_terms_get_images_without_noise_and_outputs_with_it(batch):
    class Look(Term):
        def discriminator(self, inputs):
            self.inputs = inputs

    look = Look()
    networks = networks_of(Wasserstein(), [look], instance_noise=1.0)
    value = networks.discriminator_loss(*batch, step=4, labels=torch.arange(5))
    assert look.inputs.real is batch[0]
    assert look.inputs.step == 4
    clean = networks.discriminator(batch[0], torch.arange(5)).logits
    assert not torch.allclose(look.inputs.real_output.logits, clean)
    torch.testing.assert_close(look.inputs.discriminate(batch[0], torch.arange(5)).logits, clean)
    torch.testing.assert_close(value, look.inputs.fake_output.logits.mean() - look.inputs.real_output.logits.mean())


def test_the_generators_loss_has_the_same_noise(batch):
    torch.manual_seed(0)
    fake = torch.zeros(5, 2, 4, 4)
    networks = networks_of(Wasserstein(), instance_noise=1.0, instance_noise_until=0.5)
    early, again, late, end = (
        networks.generator_loss(batch[0], fake, progress=at).item() for at in (0.0, 0.0, 0.5, 1.0)
    )
    assert early != again
    assert late == end == -networks.discriminator(fake).logits.mean().item()


def test_what_is_kept_for_the_monitor_has_no_graph(batch):
    networks = networks_of()
    networks.discriminator_loss(*batch)
    networks.generator_loss(batch[0], networks.generator(torch.randn(5, 3)))
    for kept in (networks.last_discriminator, networks.last_generator):
        assert not kept.fake.requires_grad
        assert not kept.fake_output.logits.requires_grad
    assert not networks.last_discriminator.real_output.logits.requires_grad
    assert networks.last_generator.real_output is None


def test_replayed_fakes_are_shown_to_the_discriminator_and_never_to_the_generator(batch):
    torch.manual_seed(0)
    networks = networks_of(Wasserstein(), replay=4)
    networks.discriminator_input.pool.allocate(2, 4)
    for _ in range(2):
        networks.discriminator_loss(batch[0], torch.full((5, 2, 4, 4), 7.0))
    fresh = torch.zeros(5, 2, 4, 4)
    networks.discriminator_loss(batch[0], fresh)
    old = networks.discriminator(torch.full((1, 2, 4, 4), 7.0)).logits.item()
    new = networks.discriminator(fresh[:1]).logits.item()
    assert networks.last_discriminator.fake_output.logits.tolist() == pytest.approx([old, old, new, new, new], rel=1e-5)
    networks.generator_loss(batch[0], fresh)
    assert networks.last_generator.fake_output.logits.tolist() == pytest.approx([new] * 5, rel=1e-5)
