"""Adapters: the network begins as it was, frozen stays frozen, and a net without blocks is told so."""

import copy

import pytest
import torch

from artesano.backbones.create import image_shape
from artesano.errors import BadInput
from artesano.training.adapters import Adapter, add_adapters, is_adapter
from artesano.transfer.added_weights import Adapter as Strategy
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.network import rebuilt
from artesano.transfer.table import group_table

# of each its size, the number of its blocks, and where channels lie
BACKBONES = {
    "test_vit": (32, 6, -1),
    "test_resnet": (32, 4, 1),
    "test_efficientnet": (32, 4, 1),
    "test_convnext": (32, 9, 1),
    "regnety_002": (32, 13, 1),
    "levit_128s": (64, 9, -1),
    "swin_tiny_patch4_window7_224": (64, 12, -1),
}


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_the_network_begins_as_it_was(tools, backbone, memory_format):
    size, blocks, _ = BACKBONES[backbone]
    plain, adapted = (tools.classifier(backbone, size).eval().to(memory_format=memory_format) for _ in range(2))
    Strategy(width=3).adapt(adapted)
    images = tools.batches(1, size)[0].images.to(memory_format=memory_format)
    assert sum(isinstance(module, Adapter) for module in adapted.modules()) == blocks
    assert torch.equal(plain(images), adapted(images))
    before = plain.state_dict()
    assert {name for name in adapted.state_dict() if not is_adapter(name)} == before.keys()


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("ema", [None, 0.5])
def test_adapters_and_head_move_and_nothing_else(tools, backbone, ema):
    size, blocks, channels_at = BACKBONES[backbone]
    module = tools.module(tools.classifier(backbone, size), Strategy(width=3), ema=ema)
    before = tools.snapshot(module.network)
    tools.train(module, tools.batches(3, size))
    for network in (module.network, module.evaluated):
        after = tools.snapshot(network)
        changed = {name for name in after if not torch.equal(before[name], after[name])}
        assert changed <= module.groups.adapters | module.groups.head
        assert sum(name.endswith(".up.weight") for name in changed) == blocks
    assert module.trainable_parameters() == sum(before[n].numel() for n in module.groups.adapters | module.groups.head)
    downs = [tensor for name, tensor in before.items() if name.endswith(".adapter.down.weight")]
    assert {tensor.ndim for tensor in downs} == {4 if channels_at == 1 else 2}


def test_an_adapter_is_applied_after_its_block_also_in_a_copy(tools):
    classifier = tools.classifier("test_resnet").eval()
    Strategy(width=2).adapt(classifier)
    twin = copy.deepcopy(classifier)
    images = tools.batches(1)[0].images
    before = classifier(images)
    assert torch.equal(twin(images), before)
    with torch.no_grad():
        twin.backbone.layer4[0].adapter.up.bias.fill_(1.0)
    assert torch.equal(classifier(images), before)
    torch.testing.assert_close(twin.features(images), classifier.features(images) + 1.0)


def test_the_record_rebuilds_it(tools):
    classifier = tools.classifier("test_vit", 48)
    Strategy(width=5).adapt(classifier)
    torch.nn.init.normal_(classifier.backbone.blocks[0].adapter.up.weight)
    model = {"backbone": "test_vit", "backbone_args": {}, "in_chans": 3, "image_size": 48, "classes": ["a", "b", "c"]}
    again = rebuilt(model | {"adapter_width": 5}, lambda **sizes: copy.deepcopy(classifier.head))
    again.load_state_dict(classifier.state_dict())
    images = tools.batches(1, 48)[0].images
    assert torch.equal(again.eval()(images), classifier.eval()(images))


def test_an_adapter_lies_in_the_group_of_its_block(tools):
    for backbone in ("test_resnet", "test_vit", "levit_128s"):
        plain, adapted = (tools.classifier(backbone, BACKBONES[backbone][0]) for _ in range(2))
        Strategy().adapt(adapted)
        groups, expected = ParameterGroups(adapted), ParameterGroups(plain)
        blocks = {name.partition(".adapter.")[0] for name in groups.adapters}
        of_block = {block: {expected.of[n] for n in expected.of if n.startswith(f"{block}.")} for block in blocks}
        assert all({groups.of[name]} == of_block[name.partition(".adapter.")[0]] for name in groups.adapters)
        assert {name: groups.of[name] for name in expected.of} == expected.of


def test_the_table_counts_what_learns(tools):
    classifier = tools.classifier("test_vit")
    strategy = Strategy(width=2, adapter_lr=3)
    strategy.adapt(classifier)
    *_, block, head = group_table(classifier, strategy, lr=0.1)
    assert 0 < block.trainable < 5
    assert block.lr == pytest.approx(0.3)
    assert head.trainable == 100


def test_a_net_without_blocks_is_told_what_it_has(tools):
    with pytest.raises(BadInput, match=r"no numbered blocks.*its layers are 10 Conv2d, 8 BatchNorm2d"):
        Strategy().adapt(tools.classifier("vgg11_bn", mlp_ratio=0.01))


def test_images_of_any_size_and_channels(tools):
    classifier = tools.classifier("levit_128s", 96, in_chans=5)
    assert image_shape(classifier.backbone) == (5, 96, 96)
    assert len(add_adapters(classifier.backbone, 2, (5, 96, 96))) == 9
