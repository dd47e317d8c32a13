"""A look at held-out images leaves no trace in training, and is what the discriminator would say of them there."""

import copy

import pytest
import torch
from torch import nn

from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.discriminator_input import DiscriminatorInput
from artesano.gan.losses import BCE
from artesano.gan.networks.dcgan import Discriminator

NORMS = ["batch", "spectral", "virtual_batch", "instance", "none"]
TRICKS = [
    {"separate_batches": True},
    {"separate_batches": False},
    {"separate_batches": True, "instance_noise": 0.5, "diffaugment": ["color", "translation", "cutout"], "ada": 0.6},
    {"separate_batches": False, "replay": 8},
]


class Still(nn.Module):
    """A generator is not needed here."""

    def forward(self, z, labels=None):
        return z


def networks_of(norm, tricks, **options):
    torch.manual_seed(0)
    discriminator = Discriminator(image_size=16, channels=1, num_classes=3, width=4, norm=norm, **options)
    discriminator_input = DiscriminatorInput(**tricks)
    discriminator_input.pool.allocate(1, 16)
    return AdversarialNetworks(Still(), discriminator, BCE(), [], discriminator_input)


def batch(seed, count=8):
    return torch.randn(count, 1, 16, 16, generator=torch.Generator().manual_seed(seed))


def step(networks, optimizer, number):
    optimizer.zero_grad()
    networks.discriminator_loss(batch(number), batch(100 + number), step=number, progress=number / 10).backward()
    optimizer.step()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("tricks", TRICKS, ids=["apart", "mixed", "augmented", "pool"])
def test_training_is_bit_identical_with_and_without_the_look(norm, tricks):
    ends = []
    for looks in (False, True):
        networks = networks_of(norm, tricks)
        optimizer = torch.optim.Adam(networks.discriminator.parameters(), lr=1e-2)
        torch.manual_seed(1)
        for number in range(4):
            step(networks, optimizer, number)
            if looks:
                logits = networks.unseen_logits(batch(50 + number), None, number / 10)
                assert logits.shape == (8,)
                assert not logits.requires_grad
        ends.append((networks.state_dict(), torch.rand(3)))
    (without, drawn), (looked, drawn_after) = ends
    assert torch.equal(drawn, drawn_after)  # the stream of random numbers went on
    assert without.keys() == looked.keys()
    for name, tensor in without.items():
        assert torch.equal(tensor, looked[name]), name


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("separate", [True, False])
def test_it_is_what_training_would_give(norm, separate):
    networks = networks_of(norm, {"separate_batches": separate})
    optimizer = torch.optim.Adam(networks.discriminator.parameters(), lr=1e-2)
    for number in range(2):
        step(networks, optimizer, number)
    unseen = networks.unseen_logits(batch(9), None, 0.5)
    trained = copy.deepcopy(networks)
    trained.discriminator_loss(batch(9), batch(101), step=5)
    torch.testing.assert_close(unseen, trained.last_discriminator.real_output.logits)


def test_packs_of_images():
    networks = networks_of("batch", {"separate_batches": False}, pac=2)
    networks.discriminator_loss(batch(0), batch(1))
    assert networks.unseen_logits(batch(2), None, 0.0).shape == (4,)
