"""The range test leaves no trace, and its choice lies where the loss falls."""

import random
from functools import partial

import numpy as np
import pytest
import torch

from artesano.data.batches import Features
from artesano.transfer.added_weights import Adapter, Lora
from artesano.transfer.range_test import DIVERGED, HIGHEST, LOWEST, STEPS, RangeTest, range_test
from artesano.transfer.strategies import Freeze, Full, LpFt


def auto(tools, backbone, strategy, **options):
    optimizer = partial(torch.optim.AdamW, lr="auto", weight_decay=0.1)
    return tools.module(tools.classifier(backbone), strategy, optimizer=optimizer, **options)


@pytest.mark.parametrize(
    ("backbone", "strategy"),
    [
        ("test_vit", Lora(rank=2)),
        ("test_vit", Adapter(width=2)),
        ("test_resnet", Full(l2_sp=0.1)),
        ("test_efficientnet", LpFt()),
    ],
    ids=["lora", "adapter", "test_resnet", "test_efficientnet"],
)
def test_module_and_random_state_are_as_before(tools, backbone, strategy):
    module = auto(tools, backbone, strategy, ema=0.9)
    module.enter_stage()
    learning = [parameter.requires_grad for parameter in module.parameters()]
    modes = [part.training for part in module.modules()]
    before, averaged = tools.snapshot(module.network), tools.snapshot(module.evaluated)
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    test = range_test(module, tools.batches(8))
    assert len(test.rates) == len(test.losses) == 8
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1:] == (np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002
    for tensors, network in ((before, module.network), (averaged, module.evaluated)):
        after = tools.snapshot(network)
        assert tensors.keys() == after.keys()
        assert all(torch.equal(tensors[name], after[name]) for name in after)
    assert learning == [parameter.requires_grad for parameter in module.parameters()]
    assert modes == [part.training for part in module.modules()]
    assert all(parameter.grad is None for parameter in module.parameters())
    assert module.step == 0
    assert module.losses == {}


def test_the_head_is_tested_on_cached_features(tools):
    module = auto(tools, "test_vit", Freeze())
    draw = torch.Generator().manual_seed(3)
    labels = torch.arange(24) % 3
    width = module.network.backbone.num_features
    features = torch.randn(24, width, generator=draw) + 3 * torch.nn.functional.one_hot(labels, width)
    test = range_test(module, [Features(features, labels, torch.arange(24))] * STEPS)
    assert LOWEST < test.best < HIGHEST
    assert test.losses.min() < 0.5 * test.losses[0]


def curve(loss):
    """As `range_test` gives it: it ends where the loss has run away."""
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    noise = 0.02 * np.random.default_rng(0).standard_normal(STEPS)
    losses = loss(np.log10(rates)) + noise
    whole = (losses <= DIVERGED * losses[0]).cumprod().astype(bool)
    return RangeTest(rates[whole], losses[whole])


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: 2.3 - 1.5 / (1 + np.exp(-6 * (x + 0.4))),  # falls until the end
        lambda x: 2.3 - 1.6 / (1 + np.exp(-6 * (x + 3.2))) + np.exp(14 * (x + 2.6)),  # runs away at once
    ],
    ids=["falls on", "cliff"],
)
def test_the_rate_is_well_below_the_last_that_was_tried(loss):
    test = curve(loss)
    assert test.best <= 0.35 * test.rates[-1]


def test_three_times_the_rate_at_the_end_of_the_fall_is_taken():
    test = curve(lambda x: 2 - 0.75 * (1 + np.tanh(4 * (x + 3.5))) + np.exp(8 * (x + 1)))
    assert test.best == pytest.approx(3 * 10**-3, rel=0.2)  # 95 % of the fall; the running mean makes it longer
    assert test.best == float(f"{test.best:.2g}")


def test_of_a_loss_that_falls_to_nothing_the_rate_itself_is_taken():
    """As where images are few: it goes on falling to the highest rates."""
    test = curve(lambda x: 1 - np.tanh(4 * (x + 3.5)))
    assert test.best == pytest.approx(10**-3, rel=0.2)


@pytest.mark.parametrize("loss", [lambda x: 2 + 0 * x, lambda x: 2 + np.exp(x + 3)], ids=["flat", "rising"])
def test_a_loss_that_never_falls_has_no_best_rate(loss):
    assert curve(loss).best is None


def test_a_loss_that_runs_away_ends_the_test(tools):
    def brighter(batch, step):
        return batch._replace(images=batch.images * (1.0 if step < 5 else float("inf")))

    test = range_test(auto(tools, "test_resnet", Full(), prepare=brighter), tools.batches(9))
    assert len(test.losses) == 5
    assert np.isfinite(test.losses).all()
