"""Images reach the discriminator unchanged when all tricks are off, and otherwise changed as each trick defines."""

import pytest
import torch
from torch import nn

from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.augment import OPERATIONS
from artesano.gan.discriminator_input import ADA_IMAGES, DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.losses import BCE
from artesano.gan.networks.image import local, patchgan


def images(count=6, value=None):
    return torch.randn(count, 2, 8, 8) if value is None else torch.full((count, 2, 8, 8), float(value))


def test_with_all_tricks_off_the_same_tensor_is_returned_and_nothing_is_drawn():
    layer, unchanged = DiscriminatorInput(), images()
    state = torch.random.get_rng_state()
    assert layer(unchanged, 0.0) is unchanged
    assert layer.augment(unchanged) is unchanged
    assert layer.pool(unchanged) is unchanged
    layer.adapt(DiscriminatorOutput(torch.ones(4)), torch.sigmoid)
    assert layer.p == 1
    assert torch.equal(torch.random.get_rng_state(), state)


# Instance noise


@pytest.mark.parametrize(("until", "progress", "std"), [(1.0, 0.0, 0.4), (1.0, 0.25, 0.3), (0.5, 0.25, 0.2)])
def test_instance_noise_has_its_standard_deviation_and_falls_in_a_line(until, progress, std):
    torch.manual_seed(0)
    layer = DiscriminatorInput(instance_noise=0.4, instance_noise_until=until)
    assert layer.noise(progress) == pytest.approx(std)
    added = layer(images(200, 0), progress)
    assert added.std().item() == pytest.approx(std, rel=0.02)
    assert added.mean().item() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("until", "progress"), [(1.0, 1.0), (0.5, 0.5), (0.5, 0.8), (0.0, 0.0)])
def test_instance_noise_ends_at_exactly_nothing(until, progress):
    unchanged = images()
    assert DiscriminatorInput(instance_noise=0.4, instance_noise_until=until)(unchanged, progress) is unchanged


def test_penalties_look_through_augmentations_and_not_through_noise():
    unchanged = images()
    assert DiscriminatorInput(instance_noise=0.4).augment(unchanged) is unchanged


# Adaptive augmentation


def test_ada_starts_without_augmentation():
    unchanged = images()
    layer = DiscriminatorInput(diffaugment=list(OPERATIONS), ada=0.6)
    assert layer.p == 0
    assert torch.equal(layer(unchanged, 0.0), unchanged)


def test_ada_follows_how_sure_the_discriminator_is_of_real_images_between_zero_and_one():
    layer = DiscriminatorInput(diffaugment=["color"], ada=0.6)
    sure, unsure = (
        DiscriminatorOutput(torch.full((1000,), 5.0)),
        DiscriminatorOutput(torch.cat([torch.ones(700), -torch.ones(300)])),
    )
    layer.adapt(sure, torch.sigmoid)
    assert layer.p.item() == pytest.approx(1000 / ADA_IMAGES)
    layer.adapt(unsure, torch.sigmoid)  # mean sign 0.4, below the target of 0.6
    assert layer.p.item() == pytest.approx(0)
    layer.adapt(unsure, torch.sigmoid)
    assert layer.p.item() == 0
    for _ in range(2 * ADA_IMAGES // 1000):
        layer.adapt(sure, torch.sigmoid)
    assert layer.p.item() == 1
    again = DiscriminatorInput(diffaugment=["color"], ada=0.6)
    again.load_state_dict(layer.state_dict())
    assert again.p == 1


def test_ada_acts_on_the_share_p_of_the_images():
    torch.manual_seed(0)
    layer = DiscriminatorInput(diffaugment=["color"], ada=0.6)
    layer.p.fill_(0.2)
    unchanged = images(1, 0.3).expand(3000, -1, -1, -1)
    touched = (layer(unchanged, 0.0) != unchanged).flatten(1).any(1).float().mean().item()
    # Brightness alone changes a plain image: its colour is its own grey, its mean itself.
    assert touched == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize(("network", "reads"), [(local, True), (patchgan, False)])
def test_a_mask_is_kept_where_the_discriminator_reads_one(network, reads):
    made = network.Discriminator(image_size=32, channels=4, num_classes=0)
    layer = DiscriminatorInput(diffaugment=["color"])
    AdversarialNetworks(nn.Identity(), made, BCE(), [], layer)
    assert layer.masked is reads


@pytest.mark.parametrize("tricks", [{"diffaugment": ["color"]}, {"instance_noise": 0.5}])
def test_colours_and_noise_leave_a_mask_that_the_discriminator_reads(tricks):
    shown = torch.cat([images(32), (images(32) > 0).float()[:, :1] * 2 - 1], 1)
    plain, masked = DiscriminatorInput(**tricks), DiscriminatorInput(**tricks)
    masked.masked = True
    torch.manual_seed(0)
    assert not torch.equal(plain(shown, 0.0)[:, -1], shown[:, -1])
    torch.manual_seed(0)
    changed = masked(shown, 0.0)
    assert torch.equal(changed[:, -1], shown[:, -1])
    assert not any(torch.equal(one, other) for one, other in zip(changed[:, :-1], shown[:, :-1], strict=True))


def test_a_mask_moves_with_the_image():
    layer = DiscriminatorInput(diffaugment=["color", "flip", "rotate"])
    layer.masked = True
    mask = (images(32) > 0).float()[:, :1]
    changed = layer(torch.cat([mask, mask], 1), 0.0)[:, -1:]
    assert not torch.equal(changed, mask)
    assert set(changed.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(changed.sum((1, 2, 3)), mask.sum((1, 2, 3)))


def test_augmentations_follow_the_range_of_the_images():
    """Brightness moves a quarter of the range either way, and what a shift brings in is its middle."""
    layer, unit = (DiscriminatorInput(diffaugment=["color", "translation", "cutout"]) for _ in range(2))
    unit.ends = (0.0, 1.0)
    shown = images(16, 0.25)
    torch.manual_seed(2)
    expected = layer(shown * 2 - 1, 0.0) / 2 + 0.5
    torch.manual_seed(2)
    torch.testing.assert_close(unit(shown, 0.0), expected)
    assert (expected == 0.5).any()


def test_a_source_beside_the_image_has_colours_of_its_own():
    layer = DiscriminatorInput(diffaugment=["color"])
    layer.beside, layer.masked = 4, True
    assert layer.pictures(7) == [3, 3]
    layer.masked = False
    assert layer.pictures(7) == [3, 4]
    layer.beside = 0
    assert layer.pictures(3) == [3]
