"""What holds for every discriminator of images of any size."""

import pytest
import torch
from torch import nn

from artesano.errors import BadInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.image import local, multiscale, patchgan, srgan, swin, unet_sn
from artesano.gan.penalties import R1, R2, Dragan, GradientPenalty
from artesano.gan.terms import LossInputs

CLASSES, CHANNELS = 3, 4
NETS = {
    patchgan: {"width": 4},
    multiscale: {"width": 4},
    local: {"width": 4, "window": 20},
    srgan: {"width": 4},
    unet_sn: {"width": 4},
    swin: {"embed": 8, "heads": 2},
}
POOLED = (srgan, swin)
NORMS = [
    *[
        (net, norm)
        for net in (patchgan, multiscale, local, srgan)
        for norm in ("none", "batch", "instance", "spectral")
    ],
    *[(swin, norm) for norm in ("none", "spectral")],
    (unet_sn, None),
]
CONDITIONED = [
    *[(net, "channels") for net in NETS],
    *[(net, "projection") for net in POOLED],
]


def name(value):
    return value.__name__.split(".")[-1] if hasattr(value, "__name__") else str(value)


def discriminator(net, **options):
    torch.manual_seed(0)
    data = {"image_size": 32, "channels": CHANNELS, "num_classes": CLASSES}
    return net.Discriminator(**{**NETS[net], **options}, **data)


def shown(height=32, width=32, batch=3):
    """Images with a hole's mask as last channel: 6 px from row 8 and column 20 on."""
    images = torch.randn(batch, CHANNELS, height, width, generator=torch.Generator().manual_seed(0))
    images[:, -1] = 0
    images[:, -1, 8:14, 20:26] = 1
    return images


@pytest.mark.parametrize(("net", "norm"), NORMS, ids=name)
def test_the_gradient_of_the_logits_reaches_the_image(net, norm):
    judge = discriminator(net, **({} if norm is None else {"norm": norm}))
    images = shown().requires_grad_()
    judged = judge(images)
    assert judged.logits.shape[0] == judged.features.shape[0] == 3
    assert judged.logits.ndim == (1 if net in POOLED else 2)
    assert judged.features.ndim == 2
    (gradient,) = torch.autograd.grad(
        (judged.logits.flatten(1) if judged.logits.ndim > 1 else judged.logits).sum(), images
    )
    reached = (gradient.abs().sum(1) > 0).float().mean()
    assert reached > (0.3 if net is local else 0.9)


@pytest.mark.parametrize(("net", "norm"), NORMS, ids=name)
@pytest.mark.parametrize("penalty", [R1, R2, GradientPenalty, Dragan])
def test_a_penalty_on_the_gradient_can_be_learned(net, norm, penalty):
    judge, real = discriminator(net, **({} if norm is None else {"norm": norm})), shown()
    fake = real.clone()
    fake[:, :-1] += 0.5 * torch.randn_like(fake[:, :-1])
    nothing = DiscriminatorOutput(torch.zeros(3))
    inputs = LossInputs(
        step=0,
        real=real,
        fake=fake,
        real_labels=None,
        fake_labels=None,
        codes=None,
        real_output=nothing,
        fake_output=nothing,
        discriminate=judge,
    )
    penalty().discriminator(inputs).backward()
    gradients = [parameter.grad for parameter in judge.parameters() if parameter.grad is not None]
    assert sum(gradient.abs().sum() for gradient in gradients) > 0
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("net", NETS, ids=name)
@pytest.mark.parametrize("size", [(20, 33), (47, 23), (64, 64), (20, 65)])
def test_sizes(net, size):
    for options in ({}, {"downsample": "strided", "norm": "instance"} if net in (patchgan, multiscale, srgan) else {}):
        judged = discriminator(net, **options)(shown(*size))
        assert judged.logits.isfinite().all()
        if net is unet_sn:
            assert judged.logits.shape == (3, size[0] * size[1])


@pytest.mark.parametrize("net", [net for net in NETS if net is not local], ids=name)
def test_tiny_images_are_mirrored(net):
    for size in ((1, 1), (1, 7), (5, 3)):
        assert discriminator(net)(torch.randn(2, CHANNELS, *size)).logits.isfinite().all()


@pytest.mark.parametrize("net", NETS, ids=name)
def test_channels_last_changes_nothing(net):
    judge, images = discriminator(net).eval(), shown()
    expected = judge(images)
    found = judge.to(memory_format=torch.channels_last)(images.to(memory_format=torch.channels_last))
    torch.testing.assert_close(found.logits, expected.logits, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.features, expected.features, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("net", NETS, ids=name)
def test_bf16(net):
    with torch.autocast("cpu", torch.bfloat16):
        judged = discriminator(net)(shown())
    judged.logits.float().sum().backward()
    assert judged.logits.isfinite().all()


# Labels


@pytest.mark.parametrize(("net", "way"), CONDITIONED, ids=name)
def test_the_label_changes_the_logits_and_swapped_embeddings_swap_them(net, way):
    judge, images = discriminator(net, conditioning=way).eval(), shown()
    zeros, ones = torch.zeros(3).long(), torch.ones(3).long()
    before = judge(images, zeros).logits, judge(images, ones).logits
    assert (before[0] - before[1]).abs().max() > 1e-6
    with torch.no_grad():
        for module in judge.modules():
            if isinstance(module, nn.Embedding):
                module.weight[:2] = module.weight[:2].flip(0)
    torch.testing.assert_close(judge(images, ones).logits, before[0])
    torch.testing.assert_close(judge(images, zeros).logits, before[1])


@pytest.mark.parametrize("net", POOLED, ids=name)
def test_pooled_features_can_name_the_class_and_the_codes(net):
    judged = discriminator(net, conditioning="classes", code_dim=2)(shown())
    assert judged.classes.shape == (3, CLASSES)
    assert judged.codes.shape == (3, 2)


@pytest.mark.parametrize("net", [net for net in NETS if net not in POOLED], ids=name)
def test_patches_have_no_codes(net):
    with pytest.raises(BadInput, match="no head for the latent's codes"):
        discriminator(net, code_dim=2)


# Patches


@pytest.mark.parametrize("downsample", ["strided", "average"])
@pytest.mark.parametrize(("layers", "side"), [(1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_its_field(layers, side, downsample):
    assert patchgan.field(layers) == side
    judge = discriminator(patchgan, layers=layers, width=2, downsample=downsample, activation="leaky_relu")
    images = torch.randn(1, CHANNELS, 2 * side, 2 * side).requires_grad_()
    logits, _ = judge.maps(images)
    middle = logits.shape[-1] // 2
    (gradient,) = torch.autograd.grad(logits[0, 0, middle, middle], images)
    rows, columns = gradient[0].abs().sum(0).nonzero().T
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == side


def test_logits_go_row_by_row():
    judge = discriminator(patchgan)
    images = shown(40, 64)
    logits, _ = judge.maps(images)
    assert logits.shape == (3, 1, 8, 14)
    torch.testing.assert_close(judge(images).logits.view(3, 8, 14), logits[:, 0])


@pytest.mark.parametrize("size", [(32, 32), (45, 61)])
def test_every_size_of_a_pyramid_counts_the_same(size):
    judge, images = discriminator(multiscale, sizes=3), shown(*size)
    before = judge(images).logits.mean(1)
    for number, one in enumerate(judge.judges):
        with torch.no_grad():
            one.logits.bias += 3
        torch.testing.assert_close(judge(images).logits.mean(1), before + number + 1)


def test_the_second_of_a_pyramid_sees_the_image_at_half_its_size():
    judge = discriminator(multiscale)
    sides = []
    for one in judge.judges:
        one.layers.register_forward_hook(lambda _module, given, _out: sides.append(given[0].shape[-1]))
    judge(shown(64, 64))
    assert sides == [64, 32]


# The hole


def test_a_local_discriminator_sees_its_window_and_nothing_else():
    judge = discriminator(local, activation="leaky_relu", downsample="strided")
    images = shown().requires_grad_()
    (gradient,) = torch.autograd.grad(judge(images).logits.sum(), images)
    rows, columns = gradient.abs().sum((0, 1)).nonzero().T
    # 20 px around row 11, column 23, of which the columns would end at 33
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (1, 20, 12, 31)


@pytest.mark.parametrize("known", [0.0, -1.0])
def test_every_image_has_its_own_hole(known):
    images = torch.randn(3, CHANNELS, 24, 31)
    images[:, -1] = known
    images[0, -1, 0:4, 0:4] = 1
    images[1, -1, 10:14, 15:20] = 1
    centres = local.middle(images[:, -1] > 0.5)
    assert centres.tolist() == [[2, 2], [12, 17], [12, 15]]  # without a hole the middle of the image
    found = local.cut(images, centres, 10)
    assert torch.equal(found[0], images[0, :, 0:10, 0:10])
    assert torch.equal(found[1], images[1, :, 7:17, 12:22])
    assert torch.equal(found[2], images[2, :, 7:17, 10:20])


def test_the_window_is_three_quarters_of_the_image_unless_given():
    assert discriminator(local, window=None).window == 24
    with pytest.raises(BadInput, match=r"discriminator\.window: 40 px do not fit into images of 32 px"):
        discriminator(local, window=40)


# What the nets are made of


def test_spectral_norm_is_part_of_the_unet_but_for_its_first_and_last_layer():
    judge, images = discriminator(unet_sn), shown()
    for _ in range(100):
        judge(images)
    convolutions = [module for module in judge.modules() if isinstance(module, nn.Conv2d)]
    normed = [layer for layer in convolutions if nn.utils.parametrize.is_parametrized(layer)]
    assert len(convolutions) == len(normed) + 2
    for layer in normed:
        assert torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2) == pytest.approx(1, abs=0.03)


def test_heads_that_do_not_come_out_even():
    with pytest.raises(BadInput, match=r"discriminator\.heads: 3 does not divide discriminator\.embed=8"):
        discriminator(swin, heads=3)


@pytest.mark.parametrize("net", POOLED, ids=name)
def test_a_logit_depends_on_its_batch_with_a_minibatch_layer_only(net):
    images = 100 * shown()  # far from the biases
    for minibatch in ("none", "stddev", "discrimination"):
        judge = discriminator(net, minibatch=minibatch).eval()
        alone = judge(images[:1]).logits[0]
        assert torch.allclose(judge(images).logits[0], alone, atol=1e-5) == (minibatch == "none")
