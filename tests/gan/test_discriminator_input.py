"""What the discriminator sees: untouched when everything is off, and exactly what each trick says otherwise."""

import pytest
import torch

from artesano.gan.discriminator_input import ADA_IMAGES, DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput


def images(count=6, value=None):
    return torch.randn(count, 2, 8, 8) if value is None else torch.full((count, 2, 8, 8), float(value))


def test_off_it_hands_the_same_tensor_through_and_draws_nothing():
    discriminator_input, given = DiscriminatorInput(), images()
    state = torch.random.get_rng_state()
    assert discriminator_input(given, 0.0) is given
    assert discriminator_input.augment(given) is given
    assert discriminator_input.pool(given) is given
    discriminator_input.adapt(DiscriminatorOutput(torch.ones(4)), torch.sigmoid)
    assert discriminator_input.p == 1
    assert torch.equal(torch.random.get_rng_state(), state)


# Instance noise


@pytest.mark.parametrize(("until", "progress", "std"), [(1.0, 0.0, 0.4), (1.0, 0.25, 0.3), (0.5, 0.25, 0.2)])
def test_instance_noise_has_its_standard_deviation_and_falls_in_a_line(until, progress, std):
    torch.manual_seed(0)
    discriminator_input = DiscriminatorInput(instance_noise=0.4, instance_noise_until=until)
    assert discriminator_input.noise(progress) == pytest.approx(std)
    added = discriminator_input(images(200, 0), progress)
    assert added.std().item() == pytest.approx(std, rel=0.02)
    assert added.mean().item() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("until", "progress"), [(1.0, 1.0), (0.5, 0.5), (0.5, 0.8), (0.0, 0.0)])
def test_instance_noise_ends_at_exactly_nothing(until, progress):
    given = images()
    assert DiscriminatorInput(instance_noise=0.4, instance_noise_until=until)(given, progress) is given


def test_penalties_look_through_augmentations_and_not_through_noise():
    given = images()
    assert DiscriminatorInput(instance_noise=0.4).augment(given) is given


# Memory of old fakes


def remembering(size: int) -> DiscriminatorInput:
    discriminator_input = DiscriminatorInput(replay=size)
    discriminator_input.pool.allocate(2, 8)
    return discriminator_input


def test_replay_shows_the_fakes_themselves_until_the_memory_is_full():
    discriminator_input = remembering(6)
    for number in range(2):
        given = images(6, number)
        assert torch.equal(discriminator_input.pool(given), given)
    assert discriminator_input.filled == 6
    assert sorted(discriminator_input.memory[:, 0, 0, 0].tolist()) == [0, 0, 0, 1, 1, 1]


def test_replay_then_replaces_half_of_the_batch_by_old_fakes_and_remembers_that_half():
    torch.manual_seed(0)
    discriminator_input = remembering(6)
    for number in range(2):
        discriminator_input.pool(images(6, number))
    given = images(6, 2)
    given[3:] = 3
    shown = discriminator_input.pool(given)
    assert set(shown[:3, 0, 0, 0].tolist()) <= {0.0, 1.0}
    assert torch.equal(shown[3:], given[3:])
    held = discriminator_input.memory[:, 0, 0, 0].tolist()
    assert 2 in held
    assert 3 not in held


def test_replay_shows_fakes_that_are_many_steps_old():
    torch.manual_seed(0)
    discriminator_input = remembering(20)
    ages = []
    for step in range(200):
        shown = discriminator_input.pool(images(4, step))
        if discriminator_input.filled > 20:
            ages += (step - shown[:2, 0, 0, 0]).tolist()
    assert max(ages) > 20
    assert min(ages) >= 0


def test_replay_keeps_values_no_graph_and_the_type_of_the_batch():
    discriminator_input = remembering(4)
    given = images(4).bfloat16().requires_grad_()
    shown = discriminator_input.pool(given)
    assert shown.dtype == torch.bfloat16
    assert not discriminator_input.memory.requires_grad
    assert not shown.requires_grad


def test_memory_and_its_filling_are_saved():
    torch.manual_seed(0)
    discriminator_input = remembering(4)
    for number in range(3):
        discriminator_input.pool(images(4, number))
    again = remembering(4)
    again.load_state_dict(discriminator_input.state_dict())
    torch.manual_seed(1)
    expected = discriminator_input.pool(images(4, 9))
    torch.manual_seed(1)
    assert torch.equal(again.pool(images(4, 9)), expected)
    assert again.filled == discriminator_input.filled


# Adaptive augmentation


def test_ada_starts_without_augmentation():
    given = images()
    discriminator_input = DiscriminatorInput(diffaugment=["color", "translation", "cutout", "flip", "rotate"], ada=0.6)
    assert discriminator_input.p == 0
    assert torch.equal(discriminator_input(given, 0.0), given)


def test_ada_follows_how_sure_the_discriminator_is_of_real_images_between_zero_and_one():
    discriminator_input = DiscriminatorInput(diffaugment=["color"], ada=0.6)
    sure, unsure = (
        DiscriminatorOutput(torch.full((1000,), 5.0)),
        DiscriminatorOutput(torch.cat([torch.ones(700), -torch.ones(300)])),
    )
    discriminator_input.adapt(sure, torch.sigmoid)
    assert discriminator_input.p.item() == pytest.approx(1000 / ADA_IMAGES)
    discriminator_input.adapt(unsure, torch.sigmoid)  # mean sign 0.4, below the target of 0.6
    assert discriminator_input.p.item() == pytest.approx(0)
    discriminator_input.adapt(unsure, torch.sigmoid)
    assert discriminator_input.p.item() == 0
    for _ in range(2 * ADA_IMAGES // 1000):
        discriminator_input.adapt(sure, torch.sigmoid)
    assert discriminator_input.p.item() == 1
    again = DiscriminatorInput(diffaugment=["color"], ada=0.6)
    again.load_state_dict(discriminator_input.state_dict())
    assert again.p == 1


def test_ada_acts_on_the_share_p_of_the_images():
    torch.manual_seed(0)
    discriminator_input = DiscriminatorInput(diffaugment=["color"], ada=0.6)
    discriminator_input.p.fill_(0.2)
    given = images(1, 0.3).expand(3000, -1, -1, -1)
    touched = (discriminator_input(given, 0.0) != given).flatten(1).any(1).float().mean().item()
    # Brightness alone changes a plain image: its colour is its own grey, its mean itself.
    assert touched == pytest.approx(0.2, abs=0.03)
