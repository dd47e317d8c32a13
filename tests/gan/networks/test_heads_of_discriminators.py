import pytest
import torch
from torch import nn

from artesano.errors import BadInput
from artesano.gan.networks import dcgan, mlp, r3, resnet
from artesano.gan.networks.heads import Heads
from artesano.gan.networks.minibatch import MinibatchDiscrimination, MinibatchStddev, two_kinds

DATA = {"image_size": 8, "channels": 1, "num_classes": 3}


@pytest.mark.parametrize("net", [dcgan, mlp, r3, resnet])
@pytest.mark.parametrize("minibatch", ["none", "discrimination", "stddev"])
def test_a_logit_depends_on_the_batch_with_a_minibatch_layer_only(net, minibatch):
    torch.manual_seed(0)
    judge = net.Discriminator(minibatch=minibatch, **DATA)
    images = torch.randn(4, 1, 8, 8)
    others = torch.cat([images[:1], images[:1].expand(3, -1, -1, -1)])  # a batch of one image, collapsed
    logit, among_equals = judge(images), judge(others)
    torch.testing.assert_close(logit.features[0], among_equals.features[0])
    same = torch.allclose(logit.logits[0], among_equals.logits[0], atol=1e-5)
    assert same == (minibatch == "none")


def test_minibatch_discrimination_counts_the_near():
    layer, x = MinibatchDiscrimination(5, kernels=3, size=2), torch.randn(1, 5)
    assert torch.allclose(layer(x.expand(4, 5))[:, 5:], torch.full((4, 3), 3.0))  # three others at distance 0
    assert torch.allclose(layer(torch.stack([x[0], 1e4 * x[0]]))[:, 5:], torch.zeros(2, 3))
    assert layer(x)[:, 5:].abs().max() < 1e-6


def test_minibatch_stddev_is_the_mean_spread():
    x = torch.randn(6, 5)
    out = MinibatchStddev(5)(x)
    assert torch.equal(out[:, :5], x)
    torch.testing.assert_close(out[:, 5], x.std(0, correction=0).mean().expand(6), rtol=1e-4, atol=1e-4)
    assert MinibatchStddev(5)(x[:1].expand(6, 5))[0, 5] < 1e-3


@pytest.mark.parametrize("layer", [MinibatchStddev(5), MinibatchDiscrimination(5)], ids=["stddev", "discrimination"])
def test_in_a_batch_of_both_kinds_each_is_compared_with_itself(layer):
    real, fake = torch.randn(6, 5), torch.randn(1, 5).expand(6, 5)
    with two_kinds(nn.Sequential(layer)):
        both = layer(torch.cat([real, fake]))
    torch.testing.assert_close(both, torch.cat([layer(real), layer(fake)]))
    assert (both[:6, 5:].mean() - both[6:, 5:].mean()).abs() > 0.1
    assert torch.equal(layer(real), both[:6])


def test_a_collapsed_batch_has_a_gradient():
    x = torch.ones(4, 5, requires_grad=True)
    for layer in (MinibatchStddev(5), MinibatchDiscrimination(5)):
        assert torch.autograd.grad(layer(x).square().sum(), x)[0].isfinite().all()


def test_the_projection_is_an_inner_product():
    heads = Heads(4, conditioning="projection", num_classes=3)
    x, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    expected = heads.logit(x).squeeze(1) + torch.einsum("nf,nf->n", heads.projection.weight[labels], x)
    torch.testing.assert_close(heads(x, labels).logits, expected)


@pytest.mark.parametrize(("net", "size"), [(dcgan, {"width": 4}), (mlp, {"hidden": (8,)})])
def test_class_logits_as_the_logit(net, size):
    judge = net.Discriminator(conditioning="classes", classes_are_logits=True, **size, **DATA)
    judged = judge(torch.randn(4, 1, 8, 8))
    torch.testing.assert_close(judged.logits, judged.classes.exp().sum(1).log())
    assert judge.heads.logit is None


def test_class_logits_as_the_logit_need_classes_and_no_look_at_the_batch():
    with pytest.raises(BadInput, match=r"classes_are_logits: needs conditioning.discriminator=classes.*'projection'"):
        Heads(4, conditioning="projection", num_classes=3, classes_are_logits=True)
    with pytest.raises(BadInput, match=r"hacks\.minibatch: 'stddev' is not possible"):
        Heads(4, conditioning="classes", num_classes=3, classes_are_logits=True, minibatch="stddev")
