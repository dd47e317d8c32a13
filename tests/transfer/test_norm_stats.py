"""BatchNorm's running statistics: kept bit for bit while the weights learn, or updated; `auto` chooses once."""

from dataclasses import replace

import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from artesano.experiment.engine import SyncedBatchNorm
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.norm_stats import automatic, batch_norms
from artesano.transfer.strategies import Freeze, Full, Gradual, LpFt, Norm, Partial
from artesano.transfer.table import group_table

TUNED = [Partial(groups=2), LpFt(probe=0.25), Full(), Gradual(start=0.0, end=0.5), Norm()]
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def pretrained(tools, backbone="test_efficientnet", **args):
    """A network whose statistics are those of some images, as if it had been pretrained."""
    classifier = tools.classifier(backbone, **args).train()
    for batch in tools.batches(3):
        classifier(batch.images)
    return classifier


def split(before, after):
    """Names of the parameters and of the statistics that have moved."""
    moved = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    statistics = {name for name in moved if name.endswith(STATISTICS)}
    return moved - statistics, statistics


@pytest.mark.parametrize("strategy", TUNED, ids=lambda strategy: type(strategy).__name__)
def test_kept_statistics_are_bit_identical_and_the_weights_learn(tools, strategy):
    norms = {}
    for norm_stats in ("pretrained", "updated"):
        classifier = pretrained(tools)
        module = tools.module(classifier, replace(strategy, norm_stats=norm_stats), max_steps=6, ema=0.5)
        before = tools.snapshot(classifier)
        tools.train(module, tools.batches(6))
        for network in (classifier, module.evaluated):
            weights, statistics = split(before, tools.snapshot(network))
            assert bool(statistics) == (norm_stats == "updated")
            norms[norm_stats] = weights & module.groups.norms
            assert norms[norm_stats]
    assert norms["pretrained"] == norms["updated"]


def test_a_frozen_layer_stays_frozen_whatever_is_said_of_the_others(tools):
    for norm_stats in ("pretrained", "updated"):
        classifier = pretrained(tools)
        module = tools.module(classifier, Partial(groups=1, norm_stats=norm_stats))
        before = tools.snapshot(classifier)
        tools.train(module, tools.batches(3))
        moved = set().union(*split(before, tools.snapshot(classifier)))
        top = module.groups.top(1)
        assert {name.rpartition(".")[0] for name in moved} <= {name.rpartition(".")[0] for name in top}


def test_a_network_without_batch_norm_learns_the_same(tools):
    states = []
    for norm_stats in ("pretrained", "updated"):
        classifier = tools.classifier("test_vit", drop_path_rate=0.3)
        tools.train(tools.module(classifier, Full(norm_stats=norm_stats)), tools.batches(2))
        states.append(tools.snapshot(classifier))
    assert not batch_norms(classifier)
    assert not any(split(*states))


def test_dropout_inside_a_layer_of_norm_and_activation_stays_on(tools):
    classifier = pretrained(tools, "test_efficientnet")
    layer = next(layer for layer in batch_norms(classifier.backbone).values() if hasattr(layer, "drop"))
    layer.drop = nn.Dropout(0.5)
    tools.module(classifier, Full(norm_stats="pretrained")).enter_stage()
    assert layer.drop.training
    assert not layer.training


def test_kept_through_lightning_and_in_layers_of_several_devices(tools):
    classifier = pretrained(tools)
    synced = SyncedBatchNorm()
    module = tools.module(classifier, Full(norm_stats="pretrained"), max_steps=4)
    before = tools.snapshot(classifier)
    synced.apply(classifier)
    assert all(isinstance(layer, nn.SyncBatchNorm) for layer in batch_norms(classifier.backbone).values())
    module.enter_stage()
    module.training_step(tools.batches(1)[0], 0).backward()  # in train mode they would ask for the other devices
    synced.revert(classifier)
    loader = torch.utils.data.DataLoader(tools.batches(4), batch_size=None)
    trainer = pl.Trainer(
        max_steps=4, val_check_interval=2, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, loader, loader)
    weights, statistics = split(before, tools.snapshot(classifier))
    assert weights & module.groups.norms
    assert not statistics


def test_what_auto_means(tools):
    groups = ParameterGroups(tools.classifier("resnet18"))
    for strategy in TUNED:
        assert strategy.auto_norm_stats(groups, images=50) == "pretrained"
    few_groups = Partial(groups=1)
    assert few_groups.auto_norm_stats(groups, images=3500) == "updated"
    assert few_groups.auto_norm_stats(groups, images=149) == "pretrained"
    assert Full().auto_norm_stats(groups, images=3500) == "pretrained"
    assert Norm().auto_norm_stats(groups, images=3500) == "pretrained"
    assert automatic(images=150, share=2 / 17) == "updated"


def test_the_table_says_where_statistics_are_kept(tools):
    classifier = tools.classifier("resnet18")

    def modes(strategy):
        return [row.mode for row in group_table(classifier, strategy, lr=0.01)]

    *frozen, top, head = modes(Partial(groups=1, norm_stats="pretrained"))
    assert (set(frozen), top, head) == ({"eval"}, "train, BN eval", "train")
    assert set(modes(Norm(norm_stats="pretrained"))[:-1]) == {"part, BN eval"}
    for strategy in (Freeze(), Full(), LpFt(), Norm()):
        assert not any("BN" in mode for mode in modes(strategy))
