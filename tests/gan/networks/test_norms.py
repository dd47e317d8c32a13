import copy

import pytest
import torch
from torch import nn

from artesano.gan.networks import dcgan, mlp, resnet
from artesano.gan.networks.norms import ConditionalNorm, Projection, norm_layers
from artesano.gan.networks.virtual_batch import ROWS, VirtualBatchNorm

DATA = {"image_size": 8, "channels": 1, "num_classes": 3}


def discriminator(net=dcgan, **options):
    torch.manual_seed(0)
    return net.Discriminator(**({} if net is mlp else {"width": 4}), **options, **DATA)


def generator(**options):
    torch.manual_seed(0)
    return dcgan.Generator(width=4, latent_dim=6, **options, **{**DATA, "image_size": 16})


@pytest.mark.parametrize("net", [dcgan, resnet, mlp])
def test_spectral_norm_makes_the_largest_singular_value_one(net):
    options = {"hidden": (16, 8)} if net is mlp else {}
    judge = discriminator(net, norm="spectral", conditioning="projection", init="dcgan", **options)
    for _ in range(200):
        judge(torch.randn(2, 1, 8, 8), torch.tensor([0, 1]))
    layers = [module for module in judge.modules() if isinstance(module, nn.Conv2d | nn.Linear | Projection)]
    assert len(layers) >= 3
    for layer in layers:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
        assert largest == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("net", [dcgan, resnet, mlp])
def test_weight_norm_starts_as_the_same_function_and_keeps_the_length_of_each_output(net):
    options = {"hidden": (16, 8)} if net is mlp else {}
    images = torch.randn(2, 1, 8, 8)
    plain, judge = (discriminator(net, norm=norm, conditioning="classes", **options) for norm in ("none", "weight"))
    torch.testing.assert_close(judge(images).classes, plain(images).classes)
    layers = [module for module in judge.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert len(layers) >= 3
    for layer in layers:
        with torch.no_grad():
            layer.parametrizations.weight.original1.mul_(3)  # a direction has no length
    torch.testing.assert_close(judge(images).classes, plain(images).classes)


def test_weight_norm_of_a_transposed_convolution_has_a_length_for_each_output():
    plain, made = (generator(norm=norm, upsample="transposed") for norm in ("none", "weight"))
    torch.testing.assert_close(made(torch.ones(1, 6)), plain(torch.ones(1, 6)))
    (first, *_) = (module for module in made.modules() if isinstance(module, nn.ConvTranspose2d))
    assert first.parametrizations.weight.original0.shape == (1, first.out_channels, 1, 1)


def test_spectral_norm_in_the_generator_too():
    weights = [name for name, _ in generator(norm="spectral").named_parameters() if "original" in name]
    assert len(weights) == 3
    assert not [name for name, _ in generator(norm="batch").named_parameters() if "original" in name]


@pytest.mark.parametrize(
    ("norm", "kind"),
    [("batch", nn.BatchNorm2d), ("instance", nn.InstanceNorm2d), ("virtual_batch", VirtualBatchNorm)],
)
def test_a_norm_is_neither_on_the_images_nor_on_the_first_layer_of_the_discriminator(norm, kind):
    def count(net):
        return sum(isinstance(module, kind) for module in net.modules())

    assert count(generator(norm=norm)) == 2
    assert count(generator()) == 0
    assert count(dcgan.Discriminator(norm=norm, width=4, **{**DATA, "image_size": 32})) == 2
    assert isinstance(generator(norm=norm).layers[-1], nn.Sequential)


def test_a_bias_that_a_norm_would_remove_is_not_there():
    assert generator(norm="batch").layers[0].bias is None
    assert generator(norm="none").layers[0].bias is not None
    assert generator(norm="spectral").layers[0].bias is not None


def test_each_class_has_its_gain_and_shift():
    layer = ConditionalNorm(nn.BatchNorm2d(4, affine=False), 4, 3)
    with torch.no_grad():
        layer.gain.weight.copy_(torch.arange(1.0, 4)[:, None].expand(3, 4))
        layer.shift.weight.copy_(torch.arange(3.0)[:, None].expand(3, 4))
    x, labels = torch.randn(6, 4, 2, 2), torch.tensor([0, 1, 2, 0, 1, 2])
    plain = nn.BatchNorm2d(4, affine=False)(x)
    expected = plain * (labels + 1)[:, None, None, None] + labels[:, None, None, None]
    torch.testing.assert_close(layer(x, labels), expected)


@pytest.mark.parametrize(
    ("norm", "base"),
    [("none", nn.BatchNorm2d), ("spectral", nn.BatchNorm2d), ("instance", nn.InstanceNorm2d)],
)
def test_conditional_norm_is_batch_norm_unless_another_layer_is_named(norm, base):
    (layer,) = norm_layers(norm, 3)(4)
    assert isinstance(layer.norm, base)
    assert not list(layer.norm.parameters())


class TestVirtualBatch:
    def test_statistics_are_those_of_the_reference_and_the_image(self):
        layer, x = VirtualBatchNorm(2), torch.randn(ROWS + 1, 2, 4, 4)
        weights = torch.full((ROWS + 1, 1, 1, 1), 1 / (ROWS + 1))
        mean = (x * weights).sum(0).mean((1, 2))[:, None, None]
        variance = ((x - mean).square() * weights).sum(0).mean((1, 2))[:, None, None]
        torch.testing.assert_close(layer(x)[-1], (x[-1] - mean) / (variance + 1e-5).sqrt(), rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize("batch", [5, ROWS, ROWS + 3])
    def test_after_the_reference_is_fixed_batch_mates_do_not_matter(self, batch):
        make = generator(norm="virtual_batch")
        first = make(torch.randn(batch, 6))
        assert first.shape[0] == batch
        z = torch.randn(4, 6)
        alone, together = make(z[:1]), make(torch.cat([z[:1], 9 * z[1:]]))
        torch.testing.assert_close(alone[0], together[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(make.eval()(z[:1]), alone)

    def test_the_first_batch_of_training_is_the_reference_and_no_later_one(self):
        make, z = generator(norm="virtual_batch", conditioning="concat"), torch.randn(ROWS, 6)
        labels = torch.arange(ROWS) % 3
        make.eval()(torch.randn(3, 6), labels[:3])
        assert not make.reference.fixed
        make.train()(z, labels)
        make(torch.randn(ROWS, 6), labels)
        assert torch.equal(make.reference.inputs, z)
        assert torch.equal(make.reference.labels, labels)

    def test_a_fresh_net_and_a_copy_made_before_go_on_from_a_checkpoint(self):
        for build, inputs in (
            (lambda: generator(norm="virtual_batch"), (ROWS, 6)),
            (lambda: dcgan.Discriminator(norm="virtual_batch", width=4, **{**DATA, "image_size": 16}), (9, 1, 16, 16)),
        ):
            net = build()
            before = copy.deepcopy(net)
            net(torch.randn(*inputs))
            x = torch.randn(*inputs)[:2]
            for other in (before, build()):
                other.load_state_dict(net.state_dict())
                found, wanted = (n(x) if isinstance(n(x), torch.Tensor) else n(x).logits for n in (other, net))
                assert torch.equal(found, wanted)
                assert other.reference.known

    def test_without_batch_norm_the_reference_costs_nothing(self):
        assert generator(norm="batch").reference is None
        assert discriminator(norm="none").reference is None
