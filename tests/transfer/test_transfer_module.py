"""The loss, and how the module evaluates."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from artesano.data.batches import Features, LabelledImages
from artesano.transfer.losses import OneLabel
from artesano.transfer.strategies import Freeze, Full


def test_losses_hard_soft_smoothed_and_weighted(tools):
    classifier = tools.classifier().eval()
    batch = tools.batches(1)[0]
    logits = classifier(batch.images).detach()

    def loss(labels=batch.labels, **options):
        module = tools.module(classifier, Full(), loss=OneLabel(**options)).eval()
        return module.training_step(batch._replace(labels=labels), 0).detach()

    assert torch.allclose(loss(), F.cross_entropy(logits, batch.labels))
    assert torch.allclose(loss(F.one_hot(batch.labels, 3).float()), loss())
    soft = torch.full((4, 3), 1 / 3)
    assert torch.allclose(loss(soft), -F.log_softmax(logits, 1).mean())
    smoothed = -(F.log_softmax(logits, 1) * (0.9 * F.one_hot(batch.labels, 3) + 0.1 / 3)).sum(1).mean()
    assert torch.allclose(loss(smoothing=0.1), smoothed)
    equal, skewed = loss(counts=np.array([5, 5, 5])), loss(counts=np.array([90, 5, 5]))
    assert torch.allclose(equal, loss())
    assert not torch.allclose(skewed, loss())


def test_class_weights_have_mean_one_over_the_images(tools):
    counts = np.array([60, 30, 10])
    module = tools.module(tools.classifier(), Full(), loss=OneLabel(counts=counts))
    assert (module.loss.weights.numpy() * counts).sum() / counts.sum() == pytest.approx(1)
    assert module.loss.weights[2] / module.loss.weights[0] == pytest.approx(6)
    assert not any("loss" in name for name in module.state_dict())


def test_features_and_images_give_the_same_logits(tools):
    classifier = tools.classifier().eval()
    module = tools.module(classifier, Freeze())
    batch = tools.batches(1)[0]
    features = Features(classifier.features(batch.images), batch.labels, batch.index)
    assert torch.equal(module.logits(classifier, features), module.logits(classifier, batch))


def test_collect_measures_the_averaged_network_and_changes_nothing(tools):
    classifier = tools.classifier()
    module = tools.module(classifier, Full(), ema=0.9, prepare=lambda batch, step: batch if step is None else 1 / 0)
    with torch.no_grad():
        module.ema.module.head.linear.bias.add_(torch.tensor([100.0, 0, 0]))
    module.enter_stage()
    before = tools.snapshot(classifier)
    logits, labels, index = module.collect(tools.batches(3))
    assert logits.shape == (12, 3)
    assert (logits.argmax(1) == 0).all()
    assert torch.equal(labels, torch.cat([batch.labels for batch in tools.batches(3)]))
    assert index.dtype == torch.int64
    assert all(torch.equal(before[name], tensor) for name, tensor in tools.snapshot(classifier).items())
    assert classifier.training
    assert not module.evaluated.training


def test_evaluation_does_not_depend_on_the_batch(tools):
    module = tools.module(tools.classifier("test_efficientnet"), Full())
    (batch,) = tools.batches(1, rows=6)
    whole, _, _ = module.collect([batch])
    single, _, _ = module.collect([LabelledImages(*(column[at : at + 1] for column in batch)) for at in range(6)])
    assert torch.allclose(whole, single, atol=1e-5)


def test_the_network_runs_in_its_own_precision(tools):
    module = tools.module(tools.classifier(), Full()).to(torch.bfloat16)
    logits, _, _ = module.collect(tools.batches(1))
    assert logits.dtype == torch.float32
