"""What holds for every generator and every discriminator."""

import inspect
from typing import get_args

import pytest
import torch
import yaml

from artesano.config import search_path
from artesano.config.schema import hints_of
from artesano.errors import BadInput
from artesano.gan.networks import autoencoder, dcgan, mlp, r3, resnet

CLASSES, LATENT, BATCH = 5, 7, 3
SMALL = {
    dcgan: {"width": 4},
    resnet: {"width": 4},
    mlp: {},
    r3: {"width": 8, "group": 8},
    autoencoder: {"width": 4, "hidden": 6},
}
GENERATORS = {dcgan: {"init": "dcgan"}, resnet: {"init": "dcgan"}, mlp: {"hidden": (8, 9)}, r3: {}}
DISCRIMINATORS = {dcgan: {}, resnet: {}, mlp: {"hidden": (9, 8)}, r3: {}, autoencoder: {}}


def generator(net, size=8, channels=1, **options):
    data = {"latent_dim": LATENT, "image_size": size, "channels": channels, "num_classes": CLASSES}
    return net.Generator(**SMALL[net], **{**GENERATORS[net], **options}, **data)


def discriminator(net, size=8, channels=1, **options):
    data = {"image_size": size, "channels": channels, "num_classes": CLASSES}
    return net.Discriminator(**SMALL[net], **{**DISCRIMINATORS[net], **options}, **data)


def choices(constructor, option):
    return get_args(hints_of(constructor)[option])


def conditioned(nets, role):
    return [(net, way) for net in nets for way in choices(getattr(net, role), "conditioning")]


def normed():
    for net in DISCRIMINATORS:
        parameters = hints_of(net.Discriminator)
        yield from ((net, {"norm": norm}) for norm in get_args(parameters.get("norm", object)) or ())
    yield from ((net, {"attention": 4}) for net in (dcgan, resnet))
    yield from ((net, {"minibatch": kind}) for net in (dcgan, resnet, mlp, r3) for kind in ("discrimination", "stddev"))
    yield from ((dcgan, {"downsample": kind}) for kind in ("average", "max_pool", "strided"))
    yield r3, {}


def name(value):
    return value.__name__.split(".")[-1] if inspect.ismodule(value) else str(value)


def seeded(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 32, 64])
@pytest.mark.parametrize(("net", "way"), conditioned(GENERATORS, "Generator"), ids=name)
def test_generators_make_images(net, way, size, channels):
    images = generator(net, size, channels, conditioning=way, output="tanh")(
        100 * seeded(BATCH, LATENT), torch.arange(BATCH)
    )
    assert images.shape == (BATCH, channels, size, size)
    assert images.abs().max() <= 1
    assert images.isfinite().all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 32, 64])
@pytest.mark.parametrize(("net", "way"), conditioned(DISCRIMINATORS, "Discriminator"), ids=name)
def test_discriminators_judge(net, way, size, channels):
    judged = discriminator(net, size, channels, conditioning=way)(
        seeded(BATCH, channels, size, size), torch.arange(BATCH)
    )
    assert judged.logits.shape == (BATCH,)
    assert judged.features.ndim == 2
    assert (judged.classes is not None) == (way == "classes")
    assert judged.classes is None or judged.classes.shape == (BATCH, CLASSES)
    assert judged.codes is None


@pytest.mark.parametrize(("net", "way"), conditioned(GENERATORS, "Generator"), ids=name)
def test_conditional_generators_and_only_they_depend_on_the_label(net, way):
    make, z = generator(net, conditioning=way).eval(), seeded(BATCH, LATENT)
    ones, twos = make(z, torch.ones(BATCH).long()), make(z, 2 * torch.ones(BATCH).long())
    assert torch.equal(ones, twos) == (way == "none")
    if way == "none":
        assert torch.equal(make(z), ones)


@pytest.mark.parametrize(("net", "way"), conditioned(DISCRIMINATORS, "Discriminator"), ids=name)
def test_discriminators_that_are_told_the_label_depend_on_it(net, way):
    judge, images = discriminator(net, conditioning=way).eval(), seeded(BATCH, 1, 8, 8)
    ones, twos = (judge(images, label * torch.ones(BATCH).long()).logits for label in (1, 2))
    assert torch.equal(ones, twos) == (way in ("none", "classes"))


@pytest.mark.parametrize("net", [dcgan, resnet, mlp, r3], ids=name)
def test_codes(net):
    judged = discriminator(net, code_dim=4)(seeded(BATCH, 1, 8, 8))
    assert judged.codes.shape == (BATCH, 4)


def test_the_autoencoder_has_no_codes():
    with pytest.raises(BadInput, match="no head for the latent's codes"):
        discriminator(autoencoder, code_dim=4)


@pytest.mark.parametrize(("net", "options"), list(normed()), ids=name)
@pytest.mark.parametrize("bf16", [False, True])
def test_a_penalty_on_the_gradient_can_be_learned(net, options, bf16):
    """Double backward: the slope at the images has a gradient of its own in the weights; also beside bf16 autocast."""
    judge = discriminator(net, size=16, **options)
    images = seeded(4, 1, 16, 16).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        logits = judge(images).logits
    (slope,) = torch.autograd.grad(logits.float().sum(), images, create_graph=True)
    slope.square().sum().backward()
    assert slope.abs().sum() > 0
    gradients = [weight.grad for weight in judge.parameters() if weight.grad is not None]
    assert gradients
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize(("net", "way"), conditioned(GENERATORS, "Generator"), ids=name)
def test_generators_run_in_bf16(net, way):
    make = generator(net, conditioning=way)
    with torch.autocast("cpu", torch.bfloat16):
        images = make(seeded(BATCH, LATENT), torch.arange(BATCH))
    images.float().square().sum().backward()
    assert images.isfinite().all()


@pytest.mark.parametrize("net", [dcgan, resnet, r3], ids=name)
@pytest.mark.parametrize(("size", "near"), [(28, "32"), (48, "32 or 64"), (4, "8"), (512, "256")])
def test_sizes_that_a_net_cannot_make(net, size, near):
    for build in (generator, discriminator):
        with pytest.raises(BadInput, match=rf"^image_size: \w+ makes images of 8, 16, .* not of {size}.*: {near}\.$"):
            build(net, size)


def test_the_mlp_makes_any_size():
    assert generator(mlp, 13)(seeded(2, LATENT)).shape == (2, 1, 13, 13)
    assert discriminator(mlp, 13)(seeded(2, 1, 13, 13)).logits.shape == (2,)


@pytest.mark.parametrize("build", [generator, discriminator])
def test_attention_at_a_side_that_is_not_there(build):
    with pytest.raises(
        BadInput, match=r"attention: no hidden feature map has a side of 9 px; there are 4, 8 \(or null"
    ):
        build(dcgan, 16, attention=9)


def test_groups_that_do_not_come_out_even():
    with pytest.raises(BadInput, match="group: 7 does not divide 16"):
        r3.Generator(width=8, group=7, latent_dim=2, image_size=8, channels=1, num_classes=2)


@pytest.mark.parametrize("net", [dcgan, resnet], ids=name)
def test_channels_last_is_kept(net):
    images = seeded(2, 3, 16, 16).to(memory_format=torch.channels_last)
    judge = discriminator(net, 16, 3).to(memory_format=torch.channels_last)
    make = generator(net, 16, 3).to(memory_format=torch.channels_last)
    seen = []
    for module in (*judge.modules(), *make.modules()):
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda _module, _input, out: seen.append(out))
    judge(images), make(seeded(2, LATENT))
    assert seen
    assert all(out.is_contiguous(memory_format=torch.channels_last) for out in seen)


FILES = [
    (role, file)
    for role in ("Generator", "Discriminator")
    for file in sorted(search_path.shipped().glob(f"{role.lower()}/*.yaml"))
    if "gan.networks" in file.read_text() and file.stem in ("dcgan", "mlp", "resnet", "r3", "autoencoder")
]


@pytest.mark.parametrize(("role", "file"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_a_file_lists_every_option_and_the_data_supplies_the_rest(role, file):
    net = {module.__name__: module for module in SMALL}[yaml.safe_load(file.read_text())["_target_"].rsplit(".", 1)[0]]
    listed = {key for key in yaml.safe_load(file.read_text()) if not key.startswith("_")}
    supplied = {"latent_dim", "image_size", "channels", "num_classes", "code_dim"}
    assert listed == set(inspect.signature(getattr(net, role)).parameters) - supplied
    assert file.read_text().startswith("# ")
