"""Learning rates by group that really act, and the schedule of a strategy in two parts."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import timm.optim
import torch
import yaml

from artesano.kinds.transfer import timing
from artesano.training.schedules import Cosine
from artesano.transfer.added_weights import Adapter
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.optimisation import build_optimizer, parameter_groups
from artesano.transfer.strategies import BitFit, Freeze, Full, Gradual, LpFt, Norm, Partial

CONFIGS = Path(__file__).parents[2] / "configs"


def rates(optimizer, classifier):
    names = {id(parameter): name for name, parameter in classifier.named_parameters()}
    return {names[id(parameter)]: group["lr"] for group in optimizer.param_groups for parameter in group["params"]}


def test_layer_decay_is_in_the_rates_and_in_the_updates(tools):
    classifier = tools.classifier("test_vit")
    groups = ParameterGroups(classifier)
    strategy = Full(layer_decay=0.5, head_lr=3)
    sgd = partial(torch.optim.SGD, lr=0.1)
    found = rates(build_optimizer(sgd, classifier, groups, strategy), classifier)
    for name, number in groups.of.items():
        expected = 0.3 if name in groups.head else 0.1 * 0.5 ** (groups.head_index - number)
        assert found[name] == pytest.approx(expected)

    module = tools.module(classifier, strategy, optimizer=sgd)
    before = tools.snapshot(classifier)
    tools.train(module, tools.batches(1))
    for name, parameter in classifier.named_parameters():
        assert torch.allclose(before[name] - parameter, found[name] * parameter.grad, atol=1e-6)


def test_vectors_are_not_decayed_and_nothing_is_left_out(tools):
    classifier = tools.classifier("test_resnet")
    Adapter(width=2).adapt(classifier)
    groups = ParameterGroups(classifier)
    for strategy in (
        Full(),
        Partial(groups=2),
        Freeze(),
        LpFt(),
        Gradual(layer_decay=0.7),
        Norm(),
        BitFit(),
        Adapter(),
    ):
        layout = parameter_groups(classifier, groups, strategy, lr=0.1, weight_decay=0.05)
        held = [parameter for group in layout for parameter in group["params"]]
        ever = frozenset().union(*(stage.trainable for stage in strategy.stages(groups)))
        assert sorted(map(id, held)) == sorted(id(p) for n, p in classifier.named_parameters() if n in ever)
        for group in layout:
            assert group["base_lr"] == group["lr"]
            assert {parameter.ndim > 1 for parameter in group["params"]} == {group["weight_decay"] > 0}


def test_each_part_of_lpft_has_its_own_schedule(tools):
    module = tools.module(tools.classifier(), LpFt(probe=0.5), max_steps=20, schedule=Cosine(warmup=0.2))
    factors = [module.learning_rate_factor(step) for step in range(20)]
    assert factors[:10] == pytest.approx(factors[10:])
    assert factors[0] < max(factors[:10])
    assert factors[9] < 0.1
    module = tools.module(tools.classifier(), Gradual(), max_steps=20, schedule=Cosine(warmup=0.2))
    for step in range(20):
        assert module.learning_rate_factor(step) == pytest.approx(module.schedule((step + 0.5) / 20))


def test_the_stages_of_lpft_are_timed_each_by_itself(tools, monkeypatch):
    module = tools.module(tools.classifier(), LpFt(probe=0.4), max_steps=12)
    monkeypatch.setattr(timing, "seconds_per_image", lambda *_, trainable: (1.0, float(len(trainable))))
    _, paces = timing.paces(module, None, 4, torch.device("cpu"))
    assert paces == [(0, len(module.groups.head)), (5, len(module.groups.sizes))]  # the fifth step begins at 0.42
    monkeypatch.undo()
    before = {name: parameter.requires_grad for name, parameter in module.network.named_parameters()}
    preprocessing = SimpleNamespace(channels=3, size=32)
    _, paces = timing.paces(module, preprocessing, 4, torch.device("cpu"))
    assert all(seconds > 0 for _, seconds in paces)
    assert before == {name: parameter.requires_grad for name, parameter in module.network.named_parameters()}


@pytest.mark.parametrize("path", sorted((CONFIGS / "optimizer").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_optimizer_of_the_configs_takes_a_step(tools, path):
    options = yaml.safe_load(path.read_text())
    place, _, name = options.pop("_target_").rpartition(".")
    assert options.pop("_partial_") is True
    optimizer = partial(getattr({"torch.optim": torch.optim, "timm.optim": timm.optim}[place], name), **options)
    classifier = tools.classifier("test_vit")
    module = tools.module(classifier, Full(layer_decay=0.8), optimizer=optimizer)
    before = tools.snapshot(classifier)
    tools.train(module, tools.batches(2))
    assert not torch.equal(before["backbone.blocks.0.attn.qkv.weight"], classifier.backbone.blocks[0].attn.qkv.weight)
    assert module.first_bad_step == -1
