"""Low-rank updates: frozen weights stay, merged equals unmerged, and a net without a fitting layer is told so."""

import re
from pathlib import Path

import pytest
import torch
from torch import nn

from artesano.errors import BadInput
from artesano.runs.checkpoint import Checkpoint
from artesano.training.low_rank import LowRank, add_updates, is_update, merged, plain_name, updates
from artesano.transfer.added_weights import Lora
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.table import group_table

BACKBONES = ["test_vit", "test_resnet", "test_efficientnet"]


@pytest.fixture
def trained(tools):
    """`trained("test_vit")`: a module after three steps of LoRA, and its network's state before the first."""

    def train(backbone, strategy=None, **options):
        module = tools.module(tools.classifier(backbone), strategy or Lora(rank=2), **options)
        before = tools.snapshot(module.network)
        tools.train(module, tools.batches(3))
        return module, before

    return train


@pytest.mark.parametrize("backbone", BACKBONES)
def test_only_updates_and_head_move(trained, tools, backbone):
    module, before = trained(backbone)
    after = tools.snapshot(module.network)
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    learning = module.groups.updates | module.groups.head
    assert changed <= learning
    # a residual branch that begins at 0 gives its layers no gradient yet
    ups = {name for name in learning if name.endswith(".up")}
    assert len(ups & changed) > 0.5 * len(ups)
    assert module.trainable_parameters() == sum(after[name].numel() for name in learning)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_network_begins_as_it_was(tools, backbone):
    plain, updated = tools.classifier(backbone).eval(), tools.classifier(backbone).eval()
    Lora().adapt(updated)
    images = tools.batches(1)[0].images
    assert updates(updated)
    assert torch.equal(plain(images), updated(images))


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("ema", [None, 0.5])
def test_merged_equals_unmerged(trained, tools, backbone, ema):
    module, _ = trained(backbone, ema=ema)
    plain = tools.classifier(backbone).eval()
    images = tools.batches(1)[0].images
    untrained = plain(images)
    plain.load_state_dict(Checkpoint(Path("best.ckpt"), module.state_dict()).weights("network."))
    module.eval()
    torch.testing.assert_close(plain(images), module.evaluated(images), rtol=0, atol=1e-5)
    assert not torch.allclose(plain(images), untrained, atol=1e-3)


def test_layers_are_chosen_by_their_names(tools):
    classifier = tools.classifier("test_vit")
    Lora(layers=r"attn\.qkv|fc1").adapt(classifier)
    layers = {plain_name(name) for name, _ in classifier.named_parameters() if is_update(name)}
    blocks = len(classifier.backbone.blocks)
    assert len(updates(classifier)) == 2 * blocks
    assert layers == {f"backbone.blocks.{k}.{part}.weight" for k in range(blocks) for part in ("attn.qkv", "mlp.fc1")}


@pytest.mark.parametrize("backbone", [*BACKBONES, "poolformer_s12", "levit_128s"])
def test_an_update_lies_in_the_group_of_its_layer(tools, backbone):
    size = 64 if "levit" in backbone else 32
    plain, updated = (tools.classifier(backbone, size) for _ in range(2))
    Lora().adapt(updated)
    groups, expected = ParameterGroups(updated), ParameterGroups(plain)
    assert groups.updates
    assert {name: expected.of[plain_name(name)] for name in groups.of} == groups.of
    assert groups.modules == expected.modules


def test_the_table_counts_what_learns(tools):
    classifier = tools.classifier("test_vit")
    strategy = Lora(rank=1, lora_lr=3)
    strategy.adapt(classifier)
    *_, block, head = group_table(classifier, strategy, lr=0.1)
    assert 0 < block.trainable < 10
    assert block.lr == pytest.approx(0.3)
    assert head.trainable == 100


def test_a_convolution_and_a_linear_layer_follow_the_formula():
    network = nn.Sequential(nn.Conv2d(3, 5, 1), nn.Conv2d(5, 5, 3), nn.Conv2d(5, 5, 1, groups=5), nn.Linear(4, 6))
    weights = [network[0].weight.clone(), network[3].weight.clone()]
    assert add_updates(network, rank=2, alpha=6.0) == ["0", "3"]
    for layer, weight in zip((network[0], network[3]), weights, strict=True):
        (update,) = layer.parametrizations.weight
        assert isinstance(update, LowRank)
        nn.init.normal_(update.up)
        expected = weight + 3.0 * (update.up @ update.down).view_as(weight)
        torch.testing.assert_close(layer.weight, expected)
        assert torch.equal(layer.parametrizations.weight.original, weight)
    tensors = network.state_dict()
    plain = merged(tensors)
    assert torch.equal(plain["0.weight"], network[0].weight)
    assert set(plain) == {f"{k}.{part}" for k in range(4) for part in ("weight", "bias")}
    assert merged(plain).keys() == plain.keys()


def test_a_net_without_a_fitting_layer_is_told_what_it_has(tools):
    with pytest.raises(BadInput, match=r"strategy\.layers=qvk: .*there are blocks\.0\.attn\.qkv, "):
        Lora(layers="qvk").adapt(tools.classifier("test_vit"))
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 5))
    said = "its layers are 2 Conv2d 3x3, 1 BatchNorm2d, 1 Conv2d 5x5."
    with pytest.raises(BadInput, match=re.escape(said)):
        add_updates(network, rank=2, alpha=1.0)
