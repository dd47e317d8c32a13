"""What holds for every generator that makes images from images."""

import pytest
import torch
from PIL import Image
from torch import nn

from artesano.errors import BadInput
from artesano.gan.networks.image import inpainter, resnet_translation, rrdb, srresnet, swcgan, unet
from artesano.gan.networks.image.over_bicubic import FACTORS, bicubic
from artesano.gan.networks.image.unet import halvings
from artesano.gan.networks.resampling import up

CLASSES = 3
ENLARGING = {
    srresnet: {"width": 4, "blocks": 2},
    rrdb: {"width": 4, "growth": 3, "blocks": 1},
    swcgan: {"embed": 8, "blocks": 1, "heads": 2},
}
KEEPING = {
    unet: {"width": 4, "widest": 8, "norm": "instance"},
    resnet_translation: {"width": 4, "blocks": 1, "norm": "instance"},
    inpainter: {"width": 4, "widest": 8, "norm": "instance"},
}
NETS = {**ENLARGING, **KEEPING}
# Around each power of two, up to the 64 that a U-Net pads to: half of it or less is repeated, more is mirrored.
SIDES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49, 63, 64, 65)
SIZES = [(1, 1), (65, 65), *((side, 66 - side) for side in SIDES)]
CONDITIONED = [
    (srresnet, "concat"),
    (srresnet, "batch_norm"),
    (rrdb, "concat"),
    (swcgan, "concat"),
    (unet, "concat"),
    (unet, "batch_norm"),
    (resnet_translation, "concat"),
    (resnet_translation, "batch_norm"),
    (inpainter, "concat"),
]


def name(value):
    return value.__name__.split(".")[-1] if hasattr(value, "__name__") else str(value)


def generator(net, scale=None, channels=3, image_size=64, **options):
    torch.manual_seed(0)
    scale = scale or (2 if net in ENLARGING else 1)
    data = {"in_channels": channels + (net is inpainter), "out_channels": channels, "image_size": image_size}
    return net.Generator(**{**NETS[net], **options}, **data, scale=scale, num_classes=CLASSES)


def shaken(net):
    """The same with every parameter moved: nothing is zero any more."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return net


def source(net, height, width, batch=2, channels=3):
    images = torch.rand(batch, channels, height, width, generator=torch.Generator().manual_seed(height * 100 + width))
    if net is inpainter:
        mask = torch.zeros(batch, 1, height, width)
        mask[..., : (height + 1) // 2, : (width + 1) // 2] = 1
        images = torch.cat([images, mask], 1)
    return images


def test_the_map_of_full_size_reaches_the_last_convolution_as_it_is():
    """Of a U-Net from which all that was halved is cut off: a pixel of the source moves the 5 x 5 around it."""
    for image_size in (8, 2):
        make = generator(unet, image_size=image_size, full_size=True, norm="batch").eval()
        last = make.decoder[-1][0]
        with torch.no_grad():
            last.weight[:, : last.in_channels // 2] = 0
        one = source(unet, 16, 16, batch=1)
        other = one.clone()
        other[..., 7, 7] += 1
        moved = (make(one) - make(other)).abs().sum(1)[0] > 0
        assert moved[5:10, 5:10].all()
        assert moved.sum() == 25


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_the_norm_of_the_map_of_full_size_leaves_the_label(norm):
    make = generator(unet, full_size=True, norm=norm, conditioning="concat")
    planes = make.embedding(torch.tensor([0, 1]))[:, :, None, None].expand(-1, -1, 16, 16)
    one, other = make.stem(torch.cat([source(unet, 16, 16, batch=1).expand(2, -1, -1, -1), planes], 1))
    assert (one - other)[:, 4:-4, 4:-4].abs().mean() > 0.3 * torch.stack([one, other]).std()  # not at the border alone


# Sizes


@pytest.mark.parametrize("net", NETS, ids=name)
def test_every_size_goes_through(net):
    make = generator(net)
    for height, width in SIZES:
        images = make(source(net, height, width))
        assert images.shape == (2, 3, make.scale * height, make.scale * width)
        assert images.isfinite().all()


@pytest.mark.parametrize("net", NETS, ids=name)
def test_what_is_added_below_and_to_the_right_is_the_mirrored_image(net):
    """Padding by hand to the multiple gives the same pixels."""
    make, images = shaken(generator(net)), source(net, 13, 21)
    height, width = (-side % make.multiple for side in images.shape[-2:])
    if height >= 13 or width >= 21:  # too little to mirror: the last row and column are repeated
        by_hand = nn.functional.pad(
            nn.functional.pad(images, (0, width, 0, 0), mode="replicate"), (0, 0, 0, height), mode="replicate"
        )
    else:
        by_hand = nn.functional.pad(images, (0, width, 0, height), mode="reflect")
    expected = make.inner(by_hand, None)[..., : 13 * make.scale, : 21 * make.scale]
    if net in ENLARGING:
        expected = expected + bicubic(images, make.scale)
    found = make(images)
    hole = slice(None) if net is not inpainter else images[:, -1:].bool().expand_as(found)
    torch.testing.assert_close(found[hole], expected[hole])


@pytest.mark.parametrize(
    ("image_size", "depth"), [(8, 3), (64, 6), (256, 8), (96, 5), (65, 5), (48, 4), (60, 4), (1, 1), (3, 1)]
)
def test_the_depth_of_a_unet_follows_the_image_size(image_size, depth):
    assert halvings(image_size) == depth
    made = generator(unet, image_size=image_size)
    assert len(made.encoder) == len(made.decoder) == depth
    assert made.multiple == 2**depth
    sides = []
    made.encoder[-1].register_forward_hook(lambda _module, _input, out: sides.append(out.shape[-1]))
    made(torch.rand(1, 3, image_size, image_size))
    assert sides[0] <= 4


def test_a_unet_of_given_depth():
    assert generator(unet, depth=2).multiple == 4
    assert generator(unet, depth=1)(torch.rand(1, 3, 5, 6)).shape == (1, 3, 5, 6)


# Over bicubic


@pytest.mark.parametrize("scale", FACTORS)
def test_bicubic_is_that_of_pillow(scale):
    image = torch.rand(11, 7)
    enlarged = Image.fromarray(image.numpy()).resize((7 * scale, 11 * scale), Image.Resampling.BICUBIC)
    expected = torch.frombuffer(bytearray(enlarged.tobytes()), dtype=torch.float32).view(11 * scale, 7 * scale)
    torch.testing.assert_close(bicubic(image[None, None], scale)[0, 0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("init", ["default", "dcgan"])
@pytest.mark.parametrize("scale", FACTORS)
@pytest.mark.parametrize("net", ENLARGING, ids=name)
def test_untrained_it_is_bicubic(net, scale, init):
    for upsample in ("nearest", "pixel_shuffle", "transposed"):
        make = generator(net, scale, init=init, upsample=upsample, conditioning="concat")
        for height, width in ((1, 1), (1, 7), (9, 13), (16, 8)):
            images = 4 * source(net, height, width) - 2
            made = make(images, torch.tensor([0, 2]))
            torch.testing.assert_close(made, bicubic(images, scale), rtol=0, atol=1e-6)


@pytest.mark.parametrize("net", ENLARGING, ids=name)
def test_it_can_leave_bicubic(net):
    make, images = generator(net), source(net, 8, 8)
    optimizer = torch.optim.SGD(make.parameters(), lr=0.1)
    for _ in range(2):  # in the first step only the last layer learns, as it is zero
        optimizer.zero_grad()
        (make(images) - 0.3).square().mean().backward()
        optimizer.step()
    assert all(parameter.grad.abs().sum() > 0 for parameter in make.shallow.parameters())
    assert (make(images) - bicubic(images, 2)).abs().max() > 1e-3


@pytest.mark.parametrize("net", ENLARGING, ids=name)
def test_what_cannot_be_enlarged(net):
    with pytest.raises(BadInput, match=r"^scale: .* by 2, 3, 4 or 8, not by 6\. Nearest: 4\.$"):
        generator(net, 6)
    data = {"in_channels": 4, "out_channels": 3, "image_size": 8, "scale": 2, "num_classes": 0}
    with pytest.raises(BadInput, match="the source has 4, the target 3"):
        net.Generator(**data)


@pytest.mark.parametrize("net", KEEPING, ids=name)
def test_what_keeps_its_size_cannot_enlarge(net):
    with pytest.raises(BadInput, match=r"^scale: 4 is not supported by this generator.*srresnet"):
        generator(net, 4)


def test_heads_that_do_not_come_out_even():
    with pytest.raises(BadInput, match=r"generator\.heads: 3 does not divide generator\.embed=8"):
        generator(swcgan, heads=3)


# Checkerboards


@pytest.mark.parametrize("factor", [2, 3])
@pytest.mark.parametrize("kind", ["nearest", "pixel_shuffle", "transposed"])
def test_up_enlarges(kind, factor):
    assert up(kind, 3, 5, factor=factor)(torch.randn(2, 3, 4, 6)).shape == (2, 5, 4 * factor, 6 * factor)


@pytest.mark.parametrize("init", ["default", "dcgan"])
@pytest.mark.parametrize("scale", FACTORS)
@pytest.mark.parametrize("kind", ["nearest", "pixel_shuffle", "transposed"])
def test_an_untrained_upsampler_has_no_checkerboard_unless_it_is_a_transposed_convolution(kind, scale, init):
    """Of what is the same everywhere, it makes what is the same everywhere, away from the border."""
    make = generator(srresnet, scale, upsample=kind, init=init, activation="leaky_relu")
    flat = torch.rand(1, 4, 1, 1).expand(-1, -1, 16, 16)
    enlarged = make.tail[:-1](flat)[..., 4 * scale : -4 * scale, 4 * scale : -4 * scale]
    pattern = enlarged.std((2, 3)).max() / enlarged.abs().max().clamp(min=1e-12)
    assert enlarged.abs().max() > 0
    assert (pattern > 1e-3) == (kind == "transposed")


# Labels


@pytest.mark.parametrize(("net", "way"), CONDITIONED, ids=name)
def test_the_label_changes_the_output_and_swapped_embeddings_swap_it(net, way):
    make, images = shaken(generator(net, conditioning=way)).eval(), source(net, 16, 16)
    zeros, ones = torch.zeros(2).long(), torch.ones(2).long()
    before = make(images, zeros), make(images, ones)
    assert (before[0] - before[1]).abs().max() > 1e-4
    with torch.no_grad():
        for module in make.modules():
            if isinstance(module, nn.Embedding):
                module.weight[:2] = module.weight[:2].flip(0)
    torch.testing.assert_close(make(images, ones), before[0])
    torch.testing.assert_close(make(images, zeros), before[1])


@pytest.mark.parametrize("net", NETS, ids=name)
def test_without_conditioning_labels_are_not_read(net):
    make, images = shaken(generator(net)).eval(), source(net, 8, 8)
    assert torch.equal(make(images), make(images, torch.ones(2).long()))
    assert not any(isinstance(module, nn.Embedding) for module in make.modules())


@pytest.mark.parametrize("net", [unet, resnet_translation], ids=name)
def test_the_norm_of_a_class_is_instance_norm_unless_batch_norm_is_named(net):
    def norms(norm):
        made = generator(net, norm=norm, conditioning="batch_norm")
        return {type(m) for m in made.modules() if isinstance(m, nn.InstanceNorm2d | nn.BatchNorm2d)}

    assert norms("none") == norms("spectral") == norms("instance") == {nn.InstanceNorm2d}
    assert norms("batch") == {nn.BatchNorm2d}


# Inpainting


@pytest.mark.parametrize("known", [0.0, -1.0])  # the mask's channel in images of [0, 1] and of [-1, 1]
@pytest.mark.parametrize("shape", [(16, 16), (13, 29)])
def test_known_pixels_stay_bit_for_bit(known, shape):
    make, images = shaken(generator(inpainter, output="tanh")), torch.randn(3, 4, *shape)
    images[:, -1] = known
    images[:, -1, 3:9, 4:10] = 1
    made = make(images)
    hole = torch.zeros(shape, dtype=torch.bool)
    hole[3:9, 4:10] = True
    assert torch.equal(made[..., ~hole], images[:, :3][..., ~hole])
    assert (made[..., hole] != images[:, :3][..., hole]).all()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(make(images)[..., ~hole], images[:, :3][..., ~hole])


def test_an_inpainter_needs_a_mask():
    data = {"in_channels": 3, "out_channels": 3, "image_size": 8, "scale": 1, "num_classes": 0}
    with pytest.raises(BadInput, match=r"one channel more than the target's 3; the source has 3.*degradation=hole"):
        inpainter.Generator(**data)


# Formats


@pytest.mark.parametrize("net", NETS, ids=name)
def test_channels_last_changes_nothing(net):
    make, images = shaken(generator(net)).eval(), source(net, 21, 16)
    expected = make(images)
    make = make.to(memory_format=torch.channels_last)
    found = make(images.to(memory_format=torch.channels_last))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("net", NETS, ids=name)
def test_bf16_runs_and_learns(net):
    make, images = shaken(generator(net)), source(net, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        made = make(images)
    made.float().square().mean().backward()
    assert all(parameter.grad.isfinite().all() for parameter in make.parameters() if parameter.grad is not None)
    expected = make(images)
    assert (made.float() - expected).abs().max() < 0.2 * expected.abs().max()


@pytest.mark.parametrize("net", [unet, resnet_translation], ids=name)
def test_tricks_at_their_places(net):
    def kinds(**options):
        return [type(module).__name__ for module in generator(net, **options).modules()]

    assert kinds(output="tanh").count("Tanh") == 1
    assert kinds(activation="leaky_relu").count("ReLU") == 0
    assert kinds(dropout=0.5).count("Dropout") == {unet: 3, resnet_translation: 1}[net]
    assert kinds(dropout=0.5, dropout_at_test=True).count("DropoutAtTest") == {unet: 3, resnet_translation: 1}[net]
    assert kinds(noise=0.1).count("GaussianNoise") > 0
    if net is unet:  # behind each block that enlarges, as without the map
        assert kinds(noise=0.1, full_size=True).count("GaussianNoise") == kinds(noise=0.1).count("GaussianNoise") + 1
    assert "original" in "".join(dict(generator(net, norm="spectral").named_parameters()))


def test_a_generator_with_dropout_is_a_function_of_its_source_in_evaluation():
    images = torch.rand(1, 3, 16, 16)
    make = generator(unet, dropout=0.5)
    assert not torch.equal(make(images), make(images))
    assert torch.equal(make.eval()(images), make(images))
    make = generator(unet, dropout=0.5, dropout_at_test=True).eval()
    assert not torch.equal(make(images), make(images))
