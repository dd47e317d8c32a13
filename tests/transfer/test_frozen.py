"""Frozen is frozen: parameters and buffers bit-identical after training; what is trained moves."""

import pytest
import pytorch_lightning as pl
import torch

from artesano.training.freezing import set_modes
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.strategies import BitFit, Freeze, Full, Gradual, LpFt, Norm, Partial

BACKBONES = {
    "resnet18": (32, {}),
    "test_vit": (32, {"drop_path_rate": 0.3, "proj_drop_rate": 0.2}),
    "test_efficientnet": (32, {}),
    "tf_efficientnet_lite0": (32, {"drop_path_rate": 0.2}),
    "test_convnext": (32, {}),
    "mobilenetv3_small_050": (32, {}),
    "levit_128s": (64, {}),
    "poolformer_s12": (32, {}),
    "vgg11_bn": (32, {"mlp_ratio": 0.01}),
    "densenet121": (32, {}),
    "deit_tiny_distilled_patch16_224": (32, {}),
    "pit_ti_224": (64, {}),
}


def moved(before, after):
    return {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("strategy", [Freeze(), Partial(groups=1)], ids=["freeze", "partial"])
def test_frozen_tensors_stay_bit_identical(tools, backbone, strategy):
    size, args = BACKBONES[backbone]
    classifier = tools.classifier(backbone, size, **args)
    groups = ParameterGroups(classifier)
    trainable = strategy.stages(groups)[0].trainable
    module = tools.module(classifier, strategy)
    before = tools.snapshot(classifier)
    tools.train(module, tools.batches(3, size))
    changed = moved(before, tools.snapshot(classifier))

    owners = {name.rpartition(".")[0] for name in trainable}
    parameters = {name for name, _ in classifier.named_parameters()}
    assert changed & parameters <= trainable
    # a buffer may move only beside a parameter that learns
    assert {name.rpartition(".")[0] for name in changed - parameters} <= owners
    assert {name for name in trainable if name.startswith("head.")} <= changed
    if isinstance(strategy, Freeze):
        assert not any(name.startswith("backbone.") for name in changed)
    else:
        # a bias before a BatchNorm has no gradient to move by, so not all need to move
        assert len({name for name in trainable - groups.head if name in changed}) > 0.5 * len(trainable - groups.head)


@pytest.mark.parametrize("strategy", [Freeze(), Partial(groups=1)], ids=["freeze", "partial"])
@pytest.mark.parametrize("ema", [None, 0.5])
def test_frozen_through_lightning_with_validations(tools, strategy, ema):
    classifier = tools.classifier("test_efficientnet")
    trainable = strategy.stages(ParameterGroups(classifier))[0].trainable
    module = tools.module(classifier, strategy, max_steps=6, ema=ema)
    before = tools.snapshot(classifier)
    loader = torch.utils.data.DataLoader(tools.batches(6), batch_size=None)
    trainer = pl.Trainer(
        max_steps=6, val_check_interval=2, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, loader, loader)
    assert module.step == 6
    assert set(module.evaluated_metrics) == {"accuracy"}
    owners = {name.rpartition(".")[0] for name in trainable}
    for network in [classifier] + ([module.evaluated] if ema else []):
        changed = moved(before, tools.snapshot(network))
        assert changed
        assert {name.rpartition(".")[0] for name in changed} <= owners


def test_freeze_builds_no_graph_and_runs_the_backbone_in_eval_mode(tools):
    classifier = tools.classifier("test_vit", drop_path_rate=0.5, pos_drop_rate=0.5)
    module = tools.module(classifier, Freeze())
    module.enter_stage()
    assert classifier.head.training
    assert not any(part.training for part in classifier.backbone.modules())
    images = tools.batches(1)[0].images
    assert not classifier.features(images).requires_grad
    assert torch.equal(classifier.features(images), classifier.features(images))


def test_a_module_is_in_train_mode_exactly_where_something_learns(tools):
    classifier = tools.classifier("test_resnet")
    module = tools.module(classifier, Partial(groups=1))
    module.enter_stage()
    for part in classifier.modules():
        parameters = list(part.parameters())
        if parameters:
            assert part.training == any(parameter.requires_grad for parameter in parameters)
    set_modes(classifier, training=False)
    assert not any(part.training for part in classifier.modules())


def test_lpft_probes_and_then_moves_the_backbone(tools):
    classifier = tools.classifier("test_resnet")
    module = tools.module(classifier, LpFt(probe=0.5), max_steps=6)
    start = tools.snapshot(classifier.backbone)
    batches = tools.batches(6)
    optimizer = module.configure_optimizers()
    layout = [len(group["params"]) for group in optimizer.param_groups]
    for step, batch in enumerate(batches):
        module.enter_stage()
        optimizer.zero_grad()
        module.training_step(batch, 0).backward()
        optimizer.step()
        module.advance()
        assert bool(moved(start, tools.snapshot(classifier.backbone))) == (step >= 3)
    assert layout == [len(group["params"]) for group in optimizer.param_groups]


def test_gradual_opens_group_after_group_from_the_top(tools):
    classifier = tools.classifier("test_resnet")
    module = tools.module(classifier, Gradual(start=0.2, end=0.8), max_steps=20)
    opened = []
    for module.step in range(20):
        module.enter_stage()
        learns = {name for name, parameter in classifier.named_parameters() if parameter.requires_grad}
        opened.append(len({module.groups.of[name] for name in learns}))
        lowest = min(module.groups.of[name] for name in learns)
        assert {module.groups.of[name] for name in learns} == set(range(lowest, module.groups.head_index + 1))
    assert opened[0] == opened[3] == 1
    assert opened[4] == 2
    assert opened[-1] == len(module.groups.names)
    assert opened == sorted(opened)


def test_norm_trains_norms_and_their_statistics_alone(tools):
    classifier = tools.classifier("test_resnet")
    module = tools.module(classifier, Norm())
    before = tools.snapshot(classifier)
    tools.train(module, tools.batches(3))
    changed = moved(before, tools.snapshot(classifier))
    for name in changed:
        owner = classifier.get_submodule(name.rpartition(".")[0])
        assert name.startswith("head.") or "norm" in type(owner).__name__.lower()
    assert any(name.endswith("running_mean") for name in changed)


@pytest.mark.parametrize("backbone", ["test_vit", "test_resnet", "test_efficientnet"])
def test_bitfit_trains_biases_alone(tools, backbone):
    classifier = tools.classifier(backbone)
    module = tools.module(classifier, BitFit())
    before = tools.snapshot(classifier)
    tools.train(module, tools.batches(3))
    parameters = {name for name, _ in classifier.named_parameters()}
    changed = moved(before, tools.snapshot(classifier)) & parameters
    assert all(name.endswith(".bias") or name.startswith("head.") for name in changed)
    assert {module.groups.of[name] for name in changed} == set(range(len(module.groups.names)))


def test_full_moves_every_group_and_freeze_stem_holds_the_first(tools):
    for freeze_stem in (False, True):
        classifier = tools.classifier("test_resnet")
        module = tools.module(classifier, Full(freeze_stem=freeze_stem))
        before = tools.snapshot(classifier)
        tools.train(module, tools.batches(3))
        changed = moved(before, tools.snapshot(classifier))
        touched = {number for number, group in enumerate(module.groups.names) if changed & set(group)}
        assert touched == set(range(1 if freeze_stem else 0, len(module.groups.names)))
