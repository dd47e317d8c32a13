"""The map covers every parameter once, in order, for models with and without timm's matcher."""

from itertools import pairwise

import pytest
import timm
import torch

from artesano.transfer.added_weights import Adapter
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.heads import Linear
from artesano.transfer.network import Classifier
from artesano.transfer.strategies import BitFit, Freeze, Full, Gradual, LpFt, Norm, Partial
from artesano.transfer.table import folded, group_table

BACKBONES = [
    "resnet18", "vit_tiny_patch16_224", "tf_efficientnet_lite0", "convnext_atto", "mobilenetv3_small_100",
    "mobilenetv4_conv_small", "levit_128s", "poolformer_s12", "caformer_s18", "pit_ti_224", "csatv2", "vgg16_bn",
    "densenet121", "deit_tiny_distilled_patch16_224", "swin_tiny_patch4_window7_224", "maxvit_tiny_tf_224",
    "fastvit_t8", "regnety_002", "xcit_nano_12_p16_224", "coat_tiny", "edgenext_xx_small",
]  # fmt: skip


def on_meta(backbone):
    with torch.device("meta"):
        return Classifier(timm.create_model(backbone, num_classes=0), Linear(8, 3))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_parameter_lies_in_one_group(backbone):
    classifier = on_meta(backbone)
    groups = ParameterGroups(classifier)
    listed = [name for group in groups.names for name in group]
    assert sorted(listed) == sorted(name for name, _ in classifier.named_parameters())
    assert len(listed) == len(set(listed))
    assert set(groups.names[-1]) == {"head.linear.weight", "head.linear.bias"}
    assert groups.head_index >= 4
    shapes = {name: parameter.ndim for name, parameter in classifier.named_parameters()}
    assert all(any(shapes[name] > 1 for name in group) for group in groups.names)  # no lone norm
    first = classifier.backbone.pretrained_cfg["first_conv"]
    for name in [first] if isinstance(first, str) else first:
        # coat has a patch embedding in each of its stages
        assert backbone == "coat_tiny" or groups.of[f"backbone.{name}.weight"] == 0
    assert len(groups.modules) == len(groups.names)


def test_groups_follow_the_order_of_execution():
    groups = ParameterGroups(on_meta("poolformer_s12"))
    stages = [name for group in groups.modules for name in group.split(", ") if name.startswith("stages.")]
    numbers = [int(name.split(".")[1]) for name in stages]
    assert numbers == sorted(numbers)
    assert stages[2:5] == ["stages.1.downsample", "stages.1.blocks.0", "stages.1.blocks.1"]
    assert ParameterGroups(on_meta("resnet18")).modules[:3] == ["conv1, bn1", "layer1.0", "layer1.1"]


def test_norms_are_known_by_their_layers():
    for backbone, kind in [("resnet18", "bn"), ("vit_tiny_patch16_224", "norm"), ("levit_128s", "bn")]:
        groups = ParameterGroups(on_meta(backbone))
        assert groups.norms
        assert all(kind in name or "downsample" in name for name in groups.norms)
        assert groups.norms <= groups.undecayed


def test_position_embeddings_are_not_decayed():
    assert {"backbone.pos_embed", "backbone.cls_token"} <= ParameterGroups(on_meta("vit_tiny_patch16_224")).undecayed


def test_partial_counts_groups_or_a_share_of_them():
    groups = ParameterGroups(on_meta("vit_tiny_patch16_224"))  # 13 groups in the backbone

    def touched(strategy):
        return {groups.of[name] for name in strategy.stages(groups)[0].trainable}

    assert touched(Partial(groups=2)) == {11, 12, 13}
    assert touched(Partial(groups=0.3)) == {9, 10, 11, 12, 13}  # 3.9, rounded up
    assert touched(Partial(groups=99)) == set(range(14))
    assert touched(Full(freeze_stem=True)) == set(range(1, 14))


def test_stages_begin_at_zero_and_only_grow():
    groups = ParameterGroups(on_meta("resnet18"))
    for strategy in (Freeze(), Partial(), Full(), LpFt(), Gradual(), Norm(), BitFit(), Adapter()):
        stages = strategy.stages(groups)
        assert stages[0].start == 0
        assert [stage.start for stage in stages] == sorted(stage.start for stage in stages)
        for earlier, later in pairwise(stages):
            assert earlier.trainable < later.trainable


def test_the_table_says_what_happens_to_each_group():
    classifier = on_meta("resnet18")
    rows = group_table(classifier, Partial(groups=1, head_lr=10, layer_decay=0.5), lr=0.01)
    assert sum(row.parameters for row in rows) == sum(parameter.numel() for parameter in classifier.parameters())
    *frozen, top, head = rows
    assert {(row.trainable, row.lr, row.mode, row.start) for row in frozen} == {(0, 0, "eval", None)}
    assert (top.modules, top.trainable, top.lr, top.mode) == ("layer4.1", 100, 0.005, "train")
    assert (head.trainable, head.lr, head.mode) == (100, 0.1, "train")
    norm = group_table(classifier, Norm(), lr=0.01)
    assert norm[3].mode == "part"
    assert 0 < norm[3].trainable < 5
    probe = group_table(classifier, LpFt(probe=0.4), lr=0.01)
    assert (probe[0].start, probe[0].mode, probe[-1].start) == (0.4, "train", 0)


def test_frozen_groups_that_follow_each_other_become_one():
    classifier = on_meta("resnet18")
    for strategy in (Freeze(), Partial(groups=1), Full(), Norm(), LpFt(probe=0.4)):
        rows = group_table(classifier, strategy, lr=0.01)
        parts = [part if isinstance(part, list) else [part] for part in folded(rows)]
        assert [row for part in parts for row in part] == rows
        assert all(len(part) == 1 or not any(row.trainable for row in part) for part in parts)
        assert len(parts) <= 1 + sum(row.trainable > 0 for row in rows) * 2
