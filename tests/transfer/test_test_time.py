"""The mean of probabilities over views that are what they are said to be."""

import torch
from torch import nn

from artesano.transfer.test_time import Averaged, views

IMAGES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_views_are_shifts_by_a_sixteenth_and_a_mirror_image_if_wanted():
    image, *shifted = views(IMAGES, mirror=False)
    assert torch.equal(image, IMAGES)
    moved = [view[..., 4:-4, 4:-4] for view in shifted]
    for number, (down, right) in enumerate([(-2, -2), (-2, 2), (2, -2), (2, 2)]):
        assert torch.equal(moved[number], IMAGES[..., 4 + down : 28 + down, 4 + right : 28 + right])
    *same, mirrored = views(IMAGES, mirror=True)
    assert len(same) == 5
    assert torch.equal(mirrored, IMAGES.flip(3))


def test_probabilities_and_energies_are_means():
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 4)).requires_grad_(False)
    temperature = 1.7
    averaged = Averaged(network, temperature, mirror=True)(IMAGES) / temperature
    scaled = torch.stack([network(view) / temperature for view in views(IMAGES, True)])
    torch.testing.assert_close(averaged.softmax(1), scaled.softmax(2).mean(0))
    torch.testing.assert_close(averaged.logsumexp(1), scaled.logsumexp(2).mean(0))


def test_views_that_are_alike_change_nothing():
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 4)).requires_grad_(False)
    plain = torch.ones(1, 3, 32, 32)
    torch.testing.assert_close(Averaged(network, 0.6, mirror=True)(plain), network(plain))
