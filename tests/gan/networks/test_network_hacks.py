"""Each hack changes exactly what it says."""

from collections import Counter

import pytest
import torch
from torch import nn

from artesano.gan.networks import autoencoder, dcgan, mlp, resnet
from artesano.gan.networks.attention import SelfAttention
from artesano.gan.networks.disturbances import DropoutAtTest, GaussianNoise
from artesano.gan.networks.resampling import PixelShuffle, up

DATA = {"image_size": 32, "channels": 1, "num_classes": 3}
HALVINGS = 3


def generator(net=dcgan, **options):
    torch.manual_seed(0)
    return net.Generator(**({} if net is mlp else {"width": 4}), latent_dim=6, **options, **DATA)


def discriminator(net=dcgan, **options):
    torch.manual_seed(0)
    return net.Discriminator(**({} if net is mlp else {"width": 4}), **options, **DATA)


def kinds(net):
    return Counter(type(module) for module in net.modules())


def difference(build, **options):
    """Which kinds of modules an option adds (+) and takes away (-)."""
    after, before = kinds(build(**options)), kinds(build())
    return {kind: after[kind] - before[kind] for kind in after | before if after[kind] != before[kind]}


def test_output():
    assert difference(generator, output="tanh") == {nn.Tanh: 1}


def test_activation():
    assert difference(generator, activation="leaky_relu") == {nn.LeakyReLU: HALVINGS, nn.ReLU: -HALVINGS}
    assert difference(discriminator, activation="leaky_relu") == {nn.LeakyReLU: HALVINGS, nn.ReLU: -HALVINGS}
    slopes = {m.negative_slope for m in generator(activation="leaky_relu").modules() if isinstance(m, nn.LeakyReLU)}
    assert slopes == {0.2}


def test_downsample():
    assert kinds(discriminator())[nn.MaxPool2d] == HALVINGS
    assert difference(discriminator, downsample="average") == {nn.AvgPool2d: HALVINGS, nn.MaxPool2d: -HALVINGS}
    strided = discriminator(downsample="strided")
    assert not {nn.MaxPool2d, nn.AvgPool2d} & set(kinds(strided))
    convolutions = [module for module in strided.modules() if isinstance(module, nn.Conv2d)]
    assert [(layer.kernel_size, layer.stride) for layer in convolutions] == HALVINGS * [((4, 4), (2, 2))]


def test_upsample():
    assert kinds(generator())[nn.Upsample] == HALVINGS
    assert kinds(generator(upsample="transposed"))[nn.ConvTranspose2d] == HALVINGS
    assert kinds(generator(upsample="pixel_shuffle"))[nn.PixelShuffle] == HALVINGS
    assert kinds(generator(resnet, upsample="transposed"))[nn.ConvTranspose2d] == HALVINGS


@pytest.mark.parametrize("init", ["default", "dcgan"])
def test_a_pixel_shuffle_starts_as_nearest_upsampling(init):
    make = generator(upsample="pixel_shuffle", init=init)
    layers = [module for module in make.modules() if isinstance(module, PixelShuffle)]
    assert len(layers) == HALVINGS
    for layer in layers:
        x = torch.randn(2, layer[0].in_channels, 4, 4)
        small = layer(x)[:, :, ::2, ::2]
        torch.testing.assert_close(layer(x), nn.functional.interpolate(small, scale_factor=2))
        assert small.std() > 0


@pytest.mark.parametrize("kind", ["nearest", "transposed", "pixel_shuffle"])
def test_up_doubles(kind):
    assert up(kind, 3, 5)(torch.randn(2, 3, 4, 4)).shape == (2, 5, 8, 8)


@pytest.mark.parametrize(("net", "layers"), [(dcgan, HALVINGS), (mlp, 3), (resnet, 2 * HALVINGS + 1)])
def test_dropout_and_noise(net, layers):
    def build(**options):
        return generator(net, **options)

    assert difference(build, dropout=0.5) == {nn.Dropout: layers}
    assert difference(build, dropout=0.5, dropout_at_test=True) == {DropoutAtTest: layers}
    assert difference(build, noise=0.1) == {GaussianNoise: layers}
    assert difference(build, dropout_at_test=True) == {}


@pytest.mark.parametrize(("net", "layers"), [(dcgan, HALVINGS), (mlp, 3)])
def test_dropout_and_noise_in_the_discriminator(net, layers):
    def build(**options):
        return discriminator(net, **options)

    assert difference(build, dropout=0.5) == {nn.Dropout: layers}
    assert difference(build, noise=0.1) == {GaussianNoise: layers + 1}  # and on the image
    plain, disturbed = (build(**options).eval() for options in ({}, {"dropout": 0.5, "noise": 0.1}))
    for before, after in zip(plain.parameters(), disturbed.parameters(), strict=True):
        assert torch.equal(before, after)
    images = torch.randn(2, 1, 32, 32)
    assert torch.equal(plain(images).logits, disturbed(images).logits)
    assert not torch.equal(disturbed.train()(images).logits, disturbed(images).logits)


def varies(net):
    z = torch.randn(2, 6)
    return not torch.equal(net(z), net(z))


def test_only_dropout_at_test_makes_samples_vary():
    for options in ({"dropout": 0.5}, {"noise": 0.1}):
        make = generator(**options)
        assert varies(make)
        assert not varies(make.eval())
    assert varies(generator(dropout=0.5, dropout_at_test=True).eval())
    assert not varies(generator())


def test_noise_has_its_standard_deviation():
    added = GaussianNoise(0.3)(torch.zeros(100, 100))
    assert added.std() == pytest.approx(0.3, rel=0.05)


def test_init():
    make = generator(init="dcgan", norm="batch")
    assert make.layers[0].weight.std().item() == pytest.approx(0.02, rel=0.1)
    for module in make.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert 0 < (module.weight - 1).abs().max() < 0.1
            assert not module.bias.any()
        elif isinstance(module, nn.Conv2d) and module.bias is not None:
            assert not module.bias.any()
    assert generator().layers[0].weight.std() > 0.1


def test_attention_starts_as_the_identity_and_can_leave_it():
    torch.manual_seed(0)
    layer, x = SelfAttention(16), torch.randn(2, 16, 8, 8)
    assert torch.equal(layer(x), x)
    layer.gamma.data.fill_(1.0)
    moved = x.clone()
    moved[:, :, 0, 0] += 5
    assert (layer(moved) - layer(x))[:, :, 7, 7].abs().max() > 0  # one pixel sees the other end


@pytest.mark.parametrize("net", [dcgan, resnet])
@pytest.mark.parametrize("build", [generator, discriminator])
def test_attention_is_put_where_asked(net, build):
    assert kinds(build(net))[SelfAttention] == 0
    made = build(net, attention=16)
    (layer,) = (module for module in made.modules() if isinstance(module, SelfAttention))
    sides = []
    layer.register_forward_hook(lambda _module, given, _out: sides.append(given[0].shape[-1]))
    made(torch.randn(2, 6) if build is generator else torch.randn(2, 1, 32, 32))
    assert sides == [16]


def test_what_is_off_is_not_in_the_path():
    assert {type(module) for module in generator().layers} == {nn.Linear, nn.Unflatten, nn.ReLU, nn.Sequential}
    assert {type(module) for module in discriminator().layers} == {nn.Sequential, nn.ReLU}


def test_widths_double_from_the_image_and_stop_at_eight_times():
    data = {**DATA, "image_size": 256}
    judge = dcgan.Discriminator(width=2, downsample="strided", **data)
    convolutions = [module.out_channels for module in judge.modules() if isinstance(module, nn.Conv2d)]
    assert convolutions == [2, 4, 8, 16, 16, 16]
    make = dcgan.Generator(width=2, upsample="transposed", latent_dim=3, **data)
    assert [m.in_channels for m in make.modules() if isinstance(m, nn.ConvTranspose2d)] == convolutions[::-1]


class TestAutoencoder:
    def test_the_logit_is_the_mean_absolute_error_of_each_image(self):
        judge, images = discriminator(autoencoder, hidden=5), torch.randn(4, 1, 32, 32)
        judged = judge(images)
        assert judged.features.shape == (4, 5)
        expected = (judge.decoder(judged.features) - images).abs().flatten(1).mean(1)
        torch.testing.assert_close(judged.logits, expected)
        assert (judged.logits > 0).all()

    def test_both_halves_follow_the_options(self):
        judge = discriminator(autoencoder, upsample="transposed", downsample="strided", activation="leaky_relu")
        assert kinds(judge)[nn.ConvTranspose2d] == HALVINGS
        assert kinds(judge)[nn.LeakyReLU] == 2 * HALVINGS
        assert not {nn.MaxPool2d, nn.ReLU, nn.Upsample} & set(kinds(judge))

    def test_spectral_norm_is_applied_once(self):
        judge = discriminator(autoencoder, norm="spectral")
        assert len(judge.decoder.layers[0].parametrizations.weight) == 1
