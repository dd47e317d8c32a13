"""L2-SP: the gradient is the closed form, the reference is that of step 0, and a resumed run has the same one."""

from functools import partial

import pytest
import torch

from artesano.errors import BadInput
from artesano.transfer.added_weights import Lora
from artesano.transfer.l2_sp import StartingPoint
from artesano.transfer.strategies import Freeze, Full, LpFt, Partial

BACKBONES = ["test_vit", "test_resnet", "test_efficientnet"]


@pytest.fixture
def gradients(tools):
    """`gradients(classifier, strategy)`: of the loss on one batch, with BatchNorm and dropout in eval mode."""

    def compute(module):
        module.eval()
        losses = module.loss_terms(module.network, tools.batches(1)[0])
        module.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        return {name: parameter.grad.clone() for name, parameter in module.network.named_parameters()}

    return compute


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_gradient_is_the_closed_form(tools, gradients, backbone):
    plain, pulled = (tools.module(tools.classifier(backbone), Full(l2_sp=weight)) for weight in (0.0, 0.3))
    before = tools.snapshot(pulled.network)
    noise = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in pulled.network.parameters():
            parameter.add_(0.01 * torch.randn(parameter.shape, generator=noise))
    plain.network.load_state_dict(pulled.network.state_dict())
    without, having = gradients(plain), gradients(pulled)
    for name, parameter in pulled.network.named_parameters():
        pull = 0.0 if name in pulled.groups.head else 0.3 * (parameter - before[name])
        torch.testing.assert_close(having[name], without[name] + pull, rtol=1e-4, atol=1e-6)


def test_a_strong_pull_holds_the_backbone_and_not_the_head(tools):
    def moved(weight):
        module = tools.module(tools.classifier(), Full(l2_sp=weight), optimizer=partial(torch.optim.SGD, lr=0.01))
        before = tools.snapshot(module.network)
        tools.train(module, tools.batches(4))
        steps = {name: (parameter - before[name]).norm() for name, parameter in module.network.named_parameters()}
        head = [step for name, step in steps.items() if name in module.groups.head]
        return sum(steps.values()) - sum(head), sum(head)

    (backbone, head), (held, free) = moved(0.0), moved(50.0)
    assert held < 0.8 * backbone
    assert free > 0.8 * head


def test_the_backbone_decays_to_its_start_and_not_to_zero(tools):
    for weight in (0.0, 0.1):
        module = tools.module(tools.classifier(), Full(l2_sp=weight))
        names = {id(parameter): name for name, parameter in module.network.named_parameters()}
        decays = {
            names[id(parameter)]: group["weight_decay"]
            for group in module.configure_optimizers().param_groups
            for parameter in group["params"]
        }
        assert decays["head.linear.weight"] > 0
        assert (decays["backbone.layer1.0.conv1.weight"] > 0) == (weight == 0)


@pytest.mark.parametrize("strategy", [Partial(groups=1, l2_sp=1.0), LpFt(l2_sp=1.0)], ids=["partial", "lpft"])
def test_the_distance_is_of_what_learns(tools, strategy):
    module = tools.module(tools.classifier(), strategy)
    assert module.loss_terms(module.network, tools.batches(1)[0])["l2_sp"] == 0
    assert set(module.start.weights) == {name for name, p in module.network.named_parameters() if p.requires_grad} - (
        module.groups.head
    )
    with torch.no_grad():
        for parameter in module.network.parameters():
            parameter.add_(2.0)
    expected = 0.5 * 4 * sum(tensor.numel() for tensor in module.start.weights.values())
    assert module.loss_terms(module.network, tools.batches(1)[0])["l2_sp"].item() == pytest.approx(expected, rel=1e-4)


def test_the_distance_of_an_update_is_the_update(tools):
    module = tools.module(tools.classifier("test_vit"), Lora(rank=2, l2_sp=0.5))
    tools.train(module, tools.batches(2))
    layers = [layer for layer in module.network.modules() if hasattr(layer, "parametrizations")]
    distance = sum((layer.weight - layer.parametrizations.weight.original).square().sum() for layer in layers)
    torch.testing.assert_close(module.start.squared_distance(module.network), distance, rtol=1e-4, atol=1e-8)


def test_a_checkpoint_knows_its_starting_point(tools):
    first, again = (tools.module(tools.classifier(), Full(l2_sp=0.1)) for _ in range(2))
    tools.train(first, tools.batches(1))
    checkpoint = {"state_dict": first.state_dict()}
    first.on_save_checkpoint(checkpoint)
    again.on_load_checkpoint(checkpoint)
    changed = tools.classifier()
    with torch.no_grad():
        changed.backbone.conv1[0].weight[0] += 1e-6
    other = tools.module(changed, Full(l2_sp=0.1))
    with pytest.raises(BadInput, match="not those that the run began with"):
        other.on_load_checkpoint(checkpoint)


def test_nothing_to_hold_is_refused(tools):
    classifier = tools.classifier()
    with pytest.raises(BadInput, match="nothing of the backbone learns"):
        StartingPoint(classifier, tools.module(classifier, Freeze()).groups.head)
