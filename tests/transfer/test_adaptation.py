"""Methods of adaptation: closed forms of their losses, where their gradients go, and what of the target they see."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from artesano.data.mnist5k import Mnist5k
from artesano.data.preprocessing import Preprocessing
from artesano.data.unlabelled import UnlabelledLoaders
from artesano.errors import BadInput
from artesano.training.schedules import Constant
from artesano.transfer.adaptation import Coral, Mmd, Outputs, discrepancy
from artesano.transfer.adapting_module import AdaptingModule
from artesano.transfer.domain_adversary import Dann
from artesano.transfer.losses import OneLabel
from artesano.transfer.norm_stats import batch_norms
from artesano.transfer.self_training import Pseudo
from artesano.transfer.strategies import Full
from artesano.transfer.target_statistics import AdaBn, move

DATA = Mnist5k(flip=False)


def outputs(rows=6, features=4, shift=0.0, seed=0, classes=3):
    draw = torch.Generator().manual_seed(seed)
    values = torch.randn(rows, features, generator=draw) + shift
    return Outputs(values.requires_grad_(), torch.randn(rows, classes, generator=draw).requires_grad_())


def test_coral_is_the_distance_of_the_covariances():
    source, target = outputs(seed=1), outputs(seed=2)
    loss, signs = Coral(data=DATA, weight=2.0).loss(source, target, 0.5)
    one, other = (np.cov(part.features.detach().numpy(), rowvar=False) for part in (source, target))
    assert loss.item() == pytest.approx(2 * ((one - other) ** 2).sum() / (4 * 4**2), rel=1e-5)
    assert signs == {}


def test_coral_knows_no_means():
    source = outputs()
    moved = Outputs(source.features + 7, source.logits)
    assert Coral(data=DATA, weight=1.0).loss(source, moved, 0.5)[0].item() == pytest.approx(0, abs=1e-9)


def test_the_discrepancy_is_none_of_equal_sets_and_grows_with_the_distance():
    source = outputs().features
    assert discrepancy(source, source, 5).item() == pytest.approx(0, abs=1e-6)
    near, far = (discrepancy(source, source + shift, 5) for shift in (0.3, 3.0))
    assert 0 < near < far
    torch.testing.assert_close(discrepancy(source + 3.0, source, 5), far)


def test_the_discrepancy_of_features_that_are_all_equal_has_a_gradient():
    features = torch.zeros(4, 3).requires_grad_()
    discrepancy(features, features.detach(), 5).backward()
    assert features.grad.isfinite().all()


def test_the_discrepancy_of_one_kernel_is_the_closed_form():
    source, target = torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [5.0]])
    both = [0.0, 1.0, 3.0, 5.0]
    variance = sum((a - b) ** 2 for a in both for b in both) / 12
    mean = lambda a, b: np.mean([[math.exp(-((x - y) ** 2) / variance) for x in a] for y in b])  # noqa: E731
    expected = mean([0, 1], [0, 1]) + mean([3, 5], [3, 5]) - 2 * mean([0, 1], [3, 5])
    assert discrepancy(source, target, 1).item() == pytest.approx(expected, rel=1e-5)
    assert Mmd(data=DATA, weight=3.0, kernels=1).loss(Outputs(source, source), Outputs(target, target), 0)[
        0
    ].item() == pytest.approx(3 * expected, rel=1e-5)


def test_the_strength_of_the_reversed_gradient_follows_ganin():
    dann = Dann(data=DATA, weight=0.5)
    assert dann.strength(0.0) == 0
    assert dann.strength(1.0) == pytest.approx(0.5, rel=1e-3)
    assert dann.strength(0.1) == pytest.approx(0.5 * (2 / (1 + math.e**-1) - 1))


def test_the_discriminator_descends_and_the_features_climb():
    dann = Dann(data=DATA, width=8)
    torch.manual_seed(0)
    dann.build(4, 3)
    source, target = outputs(seed=1), outputs(seed=2, shift=1.0)
    for progress in (0.2, 0.9):
        leaves = [*dann.parameters(), source.features, target.features]
        loss, _ = dann.loss(source, target, progress)
        reversed_gradients = torch.autograd.grad(loss, leaves)
        logits = dann.discriminator(torch.cat([source.features, target.features])).squeeze(1)
        of_source = torch.tensor([1.0] * 6 + [0.0] * 6)
        plain = torch.autograd.grad(nn.functional.binary_cross_entropy_with_logits(logits, of_source), leaves)
        for got, want in zip(reversed_gradients[:-2], plain[:-2], strict=True):
            torch.testing.assert_close(got, want)
        for got, want in zip(reversed_gradients[-2:], plain[-2:], strict=True):
            torch.testing.assert_close(got, -dann.strength(progress) * want)


def test_domain_accuracy_is_that_of_the_discriminator():
    dann = Dann(data=DATA)
    dann.discriminator = nn.Linear(4, 1)
    nn.init.ones_(dann.discriminator.weight)
    nn.init.zeros_(dann.discriminator.bias)
    high, low = Outputs(torch.ones(2, 4), torch.zeros(2, 3)), Outputs(-torch.ones(2, 4), torch.zeros(2, 3))
    assert [
        dann.loss(*both, 0.5)[1]["domain_accuracy"].item() for both in ((high, low), (low, high), (high, high))
    ] == [
        1.0,
        0.0,
        0.5,
    ]


def pseudo(**options):
    method = Pseudo(data=DATA, **options)
    method.build(4, 3)
    return method


def test_only_sure_images_are_learnt_from_and_only_their_augmented_view():
    logits = torch.tensor([[9.0, 0, 0], [0.4, 0, 0], [0, 0, 0], [0, 0, 0]]).requires_grad_()
    target = Outputs(torch.zeros(4, 4), logits)
    loss, signs = pseudo(ramp=0.0, balance=0.0).loss(outputs(), target, 0.0)
    loss.backward()
    assert signs["confident"] == 0.5
    assert loss.item() == pytest.approx(math.log(3) / 2)  # the mean over both images, of one that is sure
    assert logits.grad[[0, 1, 3]].abs().sum() == 0
    assert logits.grad[2, 0] < 0 < logits.grad[2, 1]


def test_pseudo_labels_count_from_the_ramp_on():
    target = Outputs(torch.zeros(2, 4), torch.tensor([[9.0, 0, 0], [0, 0, 0]]))
    method = pseudo(ramp=0.4, balance=0.0)
    losses = [method.loss(outputs(), target, at)[0].item() for at in (0.0, 0.2, 0.4, 1.0)]
    assert losses == pytest.approx([0, losses[-1] / 2, losses[-1], math.log(3)])


def test_the_mean_prediction_is_pulled_to_all_classes_alike():
    one_class, even = torch.tensor([[9.0, 0, 0]] * 3), 9 * torch.eye(3)
    losses = []
    for logits in (one_class, even):
        method = pseudo(ramp=0.0, balance=2.0)
        for _ in range(200):  # until the mean is that of these predictions
            loss, _ = method.loss(outputs(), Outputs(torch.zeros(6, 4), logits.repeat(2, 1)), 1.0)
        losses.append(loss)
    assert losses[0] - losses[1] == pytest.approx(2 * math.log(3), abs=0.01)
    far = (1000 * torch.eye(3)[:1].repeat(2, 1)).requires_grad_()  # two classes have a probability of 0
    method.loss(outputs(), Outputs(torch.zeros(2, 4), far), 1.0)[0].backward()
    assert far.grad.isfinite().all()


def test_small_batches_of_one_class_each_are_left_alone_where_together_they_are_even():
    """Each class in turn: the gradient of the balance vanishes beside that of a batch's own entropy."""
    method, own = pseudo(ramp=0.0, balance=1.0, threshold=0.999), []
    for step in range(300):
        logits = (2 * torch.eye(3)[[step % 3]].repeat(2, 1)).requires_grad_()
        method.loss(outputs(), Outputs(torch.zeros(2, 4), logits), 1.0)[0].backward()
        own.append(logits.grad[1].abs().sum())
    mean = torch.tensor([2.0, 0, 0], requires_grad=True)
    (mean.softmax(0) * mean.log_softmax(0)).sum().backward()
    assert max(own[-3:]) < 0.25 * mean.grad.abs().sum()


def test_statistics_are_those_of_the_target_and_of_what_learns(tools):
    classifier = tools.classifier("test_resnet").eval()
    norms = batch_norms(classifier)
    frozen = {name for name in norms if "layer1" in name}
    learning = {name for name, _ in classifier.named_parameters() if "layer1" not in name}
    before = {name: layer.running_mean.clone() for name, layer in norms.items()}
    batches = [batch.images for batch in tools.batches(3)]
    method = AdaBn(data=DATA, images=12)
    method.before_evaluation(classifier, learning, lambda most: batches if most == 12 else [], None)
    assert {name for name, layer in norms.items() if torch.equal(layer.running_mean, before[name])} == frozen
    assert not any(layer.training for layer in classifier.modules())
    first = classifier.backbone.conv1[1]  # behind a convolution of the images
    planes = classifier.backbone.conv1[0](torch.cat(batches)).transpose(0, 1).flatten(1)
    torch.testing.assert_close(first.running_mean, planes.mean(dim=1))
    assert first.momentum == 0.1


def behind(network, images):
    """Mean and variance of each channel behind each BatchNorm."""
    kept = []
    hooks = [
        layer.register_forward_hook(lambda module, inputs, output: kept.append(output.transpose(0, 1).flatten(1)))
        for layer in batch_norms(network).values()
    ]
    with torch.no_grad():
        network(images)
    for hook in hooks:
        hook.remove()
    return [torch.stack([values.mean(1), values.var(1, unbiased=False)]) for values in kept]


def test_moved_statistics_bring_the_target_where_the_source_was():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3), nn.BatchNorm2d(4, affine=False)]
    network = nn.Sequential(*layers).eval()
    norms = list(batch_norms(network).values())
    for layer in norms:  # as pretrained: neither of the source nor of the target
        layer.running_mean.normal_()
        layer.running_var.uniform_(0.5, 2)
    nn.init.normal_(norms[0].weight)
    source, target = torch.randn(16, 3, 12, 12), 3 * torch.randn(16, 3, 12, 12) + torch.tensor([[[2.0]]])
    of_source, weight = behind(network, source), norms[0].weight
    before = [layer.running_var.clone() for layer in norms]
    move(network, norms, [source[:10], source[10:]], [source])
    for layer, variance in zip(norms, before, strict=True):
        torch.testing.assert_close(layer.running_var, variance, rtol=0.01, atol=0)  # nothing to move
    move(network, norms, [source], [target])
    for one, other in zip(behind(network, target), of_source, strict=True):
        torch.testing.assert_close(one, other, rtol=0.01, atol=0.01)
    assert norms[0].weight is weight
    assert norms[1].weight is None
    assert not any(layer.training for layer in network.modules())


def test_moved_statistics_are_for_what_is_measured_and_training_goes_on_with_its_own(tools):
    classifier = tools.classifier("test_resnet").eval()
    own = {name: layer.running_mean.clone() for name, layer in batch_norms(classifier).items()}
    method = AdaBn(data=DATA, images=12)
    method.begin(classifier)
    source, target = ([scale * batch.images for batch in tools.batches(3)] for scale in (1, 3))
    moved = []
    for _ in range(2):  # the second time from the kept statistics again, not from the moved ones
        method.before_evaluation(classifier, [], lambda most: target, lambda most: source)
        moved.append({name: layer.running_mean.clone() for name, layer in batch_norms(classifier).items()})
    assert all(torch.equal(mean, moved[1][name]) for name, mean in moved[0].items())
    assert not any(torch.equal(mean, own[name]) for name, mean in moved[0].items())
    resumed, again = tools.classifier("test_resnet"), AdaBn(data=DATA, images=12)
    again.begin(resumed)
    resumed.load_state_dict(classifier.state_dict())
    again.load_state_dict(method.state_dict())
    for network, adapting in ((classifier, method), (resumed, again)):
        adapting.before_step(network)
        assert all(torch.equal(layer.running_mean, own[name]) for name, layer in batch_norms(network).items())


def adapting(tools, norm_stats):
    """AdaBN on a small network."""
    loaders = UnlabelledLoaders(DATA, Preprocessing(8, channels=1, mean=(0.5,), std=(0.5,)), seed=3)
    return AdaptingModule(
        tools.classifier("test_resnet"),
        adaptation=AdaBn(data=DATA, images=12),
        source=loaders,
        target=loaders,
        strategy=Full(norm_stats=norm_stats),
        optimizer=partial(torch.optim.AdamW, lr=1e-2),
        schedule=Constant(),
        prepare=lambda batch, step: batch,
        loss=OneLabel(),
        metrics=lambda logits, labels: {},
        seed=0,
        max_steps=4,
    )


@pytest.mark.parametrize(("norm_stats", "kept"), [("pretrained", True), ("updated", False)])
def test_statistics_are_saved_where_training_keeps_them(tools, norm_stats, kept):
    """Where it does not, checkpoints are as they were before any were saved."""
    module = adapting(tools, norm_stats)
    assert ("adaptation.mean0" in module.state_dict()) == kept
    former = {"state_dict": {f"network.{name}": value for name, value in module.network.state_dict().items()}}
    module.on_save_checkpoint(former)
    if not kept:
        module.on_load_checkpoint(former)
        return
    with pytest.raises(BadInput, match="adapt: the run was begun by an earlier version"):
        module.on_load_checkpoint(former)


def test_adabn_needs_statistics_that_learn(tools):
    with pytest.raises(BadInput, match="no BatchNorm"):
        AdaBn(data=DATA).check(tools.classifier("test_vit"), [])
    with pytest.raises(BadInput, match="no BatchNorm learns"):
        AdaBn(data=DATA).check(tools.classifier("test_resnet"), ["head.weight"])


def test_no_label_of_the_target_reaches_a_batch():
    loaders = UnlabelledLoaders(DATA, Preprocessing(8, channels=1, mean=(0.5,), std=(0.5,)), seed=3)
    batch = next(iter(loaders.train(lambda: 5, 6)))
    assert batch.labels.sum() == 0
    assert list(loaders.listing.splits) == ["train"]
    assert DATA.listing().splits["train"].labels.any()  # the report's are as they were
    prepared, augmented = loaders.views(batch, 5, 2).chunk(2)
    torch.testing.assert_close(prepared, loaders.prepare(batch, None).images)
    assert not torch.equal(prepared, augmented)
    torch.testing.assert_close(augmented, loaders.views(batch, 5, 2).chunk(2)[1])
