"""Baselines do exactly what their names say, for any shape, and learn from training pairs alone."""

import numpy as np
import pytest
import torch
from PIL import Image

from artesano.metrics.baselines import Bicubic, ColourRegression, CopyInput, Lanczos, MeanFill, MeanMap

ALL = [Bicubic, Lanczos, CopyInput, MeanMap, ColourRegression]


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("baseline", "filter"), [
    (Bicubic, Image.Resampling.BICUBIC), (Lanczos, Image.Resampling.LANCZOS),
])  # fmt: skip
@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_interpolations_are_pillows(baseline, filter, scale):
    small = noise(2, 3, 9, 7)
    large = baseline()(small, None, (3, 9 * scale, 7 * scale))
    for image, plane in zip(large[0], small[0].numpy(), strict=True):
        expected = np.asarray(Image.fromarray(plane).resize((7 * scale, 9 * scale), filter)).clip(0, 1)
        assert np.abs(image.numpy() - expected).max() < 1e-5


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(("channels", "shape"), [(3, (3, 16, 12)), (1, (1, 5, 9)), (5, (5, 8, 8))])
def test_images_of_the_wanted_shape_in_range(make, channels, shape):
    baseline = make()
    baseline.fit(noise(4, channels, 8, 8), noise(4, *shape, seed=1), None)
    made = baseline(noise(3, channels, 8, 8, seed=2), torch.zeros(3, dtype=torch.int64), shape)
    assert made.shape == (3, *shape)
    assert made.dtype == torch.float32
    assert made.min() >= 0
    assert made.max() <= 1


# Copy -------------------------------------------------------------------------------------------------------------


def test_copying_is_the_identity_where_it_can_be():
    source = noise(2, 3, 6, 6)
    assert torch.equal(CopyInput()(source, None, (3, 6, 6)), source)
    grey = CopyInput()(source, None, (1, 6, 6))
    assert torch.allclose(grey[:, 0], (source * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1), atol=1e-3)
    assert torch.equal(CopyInput()(grey, None, (3, 6, 6)), grey.expand(-1, 3, -1, -1))


# Mean map ---------------------------------------------------------------------------------------------------------


def test_the_mean_map_is_that_of_its_label_whatever_the_batches():
    targets, labels = noise(9, 3, 4, 4), torch.tensor([0, 1, 0, 1, 1, 0, 0, 1, 0])
    whole, parts = MeanMap(), MeanMap()
    whole.fit(targets, targets, labels)
    for rows in torch.arange(9).split(2):
        parts.fit(targets[rows], targets[rows], labels[rows])
    asked = torch.tensor([1, 0, 7])
    for baseline in (whole, parts):
        made = baseline(targets[:3], asked, (3, 4, 4))
        assert torch.allclose(made[0], targets[labels == 1].mean(0), atol=1e-6)
        assert torch.allclose(made[1], targets[labels == 0].mean(0), atol=1e-6)
        assert torch.allclose(made[2], targets.mean(0), atol=1e-6)  # a label that was never seen


def test_a_mean_map_of_another_size():
    baseline = MeanMap()
    baseline.fit(noise(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.25), None)
    baseline.fit(noise(2, 3, 6, 6), torch.full((2, 3, 6, 6), 0.75), None)
    assert torch.allclose(baseline(noise(1, 3, 9, 5), None, (3, 9, 5)), torch.full((1, 3, 9, 5), 0.5), atol=1e-6)


# Regression -------------------------------------------------------------------------------------------------------


def affine(images, matrix, offset):
    return torch.einsum("oc,nchw->nohw", matrix, images) + offset.view(-1, 1, 1)


@pytest.mark.parametrize(("inputs", "outputs"), [(3, 3), (3, 1), (1, 3), (6, 2)])
def test_an_affine_map_of_colours_is_recovered_exactly(inputs, outputs):
    matrix, offset = noise(outputs, inputs) / inputs / 2, noise(outputs, seed=1) / 2
    train, test = noise(4, inputs, 16, 16), noise(2, inputs, 16, 16, seed=2)
    baseline = ColourRegression()
    for rows in torch.arange(4).split(3):
        baseline.fit(train[rows], affine(train[rows], matrix, offset), None)
    made = baseline(test, None, (outputs, 16, 16))
    assert torch.allclose(made, affine(test, matrix, offset), atol=1e-5)


def test_a_quadratic_map_too_and_each_label_has_its_own():
    def truth(images, labels):
        red, green, blue = images.unbind(1)
        mixed = torch.stack([red * green, blue * blue, 0.5 * red], 1)
        return torch.where(labels.view(-1, 1, 1, 1) == 0, mixed, 1 - mixed)

    train, labels = noise(6, 3, 16, 16), torch.tensor([0, 1, 0, 1, 0, 1])
    baseline = ColourRegression()
    baseline.fit(train, truth(train, labels), labels)
    test, asked = noise(4, 3, 16, 16, seed=1), torch.tensor([1, 0, 0, 1])
    assert torch.allclose(baseline(test, asked, (3, 16, 16)), truth(test, asked), atol=1e-5)
    unseen = baseline(test, torch.full((4,), 9), (3, 16, 16))
    assert (unseen - 0.5).abs().mean() < 0.05  # both together cancel


def test_what_depends_on_the_neighbours_cannot_be_learned():
    train = noise(4, 3, 16, 16)
    baseline = ColourRegression()
    baseline.fit(train, train.roll(5, 3), None)
    made = baseline(train, None, (3, 16, 16))
    assert (made - 0.5).abs().mean() < 0.05


def test_a_colour_that_never_varies_does_not_break_the_equations():
    grey = noise(2, 1, 8, 8).expand(-1, 3, -1, -1).clone()
    grey[:, 2] = 0.3
    baseline = ColourRegression()
    baseline.fit(grey, 0.5 * grey, None)
    assert torch.allclose(baseline(grey, None, (3, 8, 8)), 0.5 * grey, atol=1e-4)


# Holes ------------------------------------------------------------------------------------------------------------


def test_holes_are_filled_with_the_mean_of_what_is_known():
    image = noise(2, 3, 8, 8)
    hole = torch.zeros(2, 1, 8, 8)
    hole[..., 2:6, 2:6] = 1
    spoilt = torch.where(hole.bool(), torch.full((), 0.123), image)
    made = MeanFill()(torch.cat([spoilt, hole], 1), None, (3, 8, 8))
    outside = ~hole.bool().expand_as(image)
    assert torch.equal(made[outside], image[outside])
    known = torch.stack([channel[~hole[0, 0].bool()].mean() for channel in image[0]])
    assert torch.allclose(made[0, :, 3, 3], known, atol=1e-6)
