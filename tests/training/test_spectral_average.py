"""Spectral norm in the average of a network: the largest singular value of its weights is 1 there too."""

import pytest
import torch
from timm.utils import ModelEmaV3
from torch import nn
from torch.nn.utils import parametrizations

from artesano.training.low_rank import merged
from artesano.training.spectral_average import follow, spectral_layers


def trained(steps=300, *, following=True, frozen=False):
    """A network whose weights wander, and its average."""
    torch.manual_seed(0)
    network = nn.Sequential(parametrizations.spectral_norm(nn.Linear(12, 9)), nn.ReLU(), nn.Linear(9, 4))
    average = ModelEmaV3(network, decay=0.999)
    if frozen:
        network.eval().requires_grad_(False)
    layers = spectral_layers(average.module, network)
    for step in range(steps):
        network(torch.randn(2, 12))
        if not frozen:
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter.add_(0.1 * torch.randn_like(parameter))
        average.update(network, step=step)
        if following:
            follow(layers)
    return average.module.eval()


def largest(network):
    return torch.linalg.matrix_norm(network[0].weight.detach(), 2).item()


def test_the_average_is_spectrally_normalised():
    assert largest(trained()) == pytest.approx(1, abs=0.02)
    assert largest(trained(following=False)) > 1.2  # what the averages of the vectors give


def test_it_stays_in_eval_mode():
    assert not any(module.training for module in trained(3).modules())


def test_what_is_frozen_stays_bit_identical():
    before, after = trained(0).state_dict(), trained(20, frozen=True).state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize("norm", [parametrizations.spectral_norm, parametrizations.weight_norm])
def test_a_state_without_low_rank_updates_stays_as_it_is(norm):
    state = nn.Sequential(norm(nn.Conv2d(3, 4, 3)), nn.Conv2d(4, 1, 1)).state_dict()
    kept = merged(state)
    assert kept.keys() == state.keys()
    assert all(kept[name] is state[name] for name in state)
