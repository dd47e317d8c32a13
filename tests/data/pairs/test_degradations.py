"""A source is a function of its target and of numbers from outside; bicubic is Pillow's."""

import numpy as np
import pytest
import torch
from PIL import Image

from artesano.config.schema import check_node
from artesano.data.degradation_ops import blurred
from artesano.data.degradations import Bicubic, Edges, Hole, Identity, Realistic
from artesano.errors import BadInput

NONE = np.empty((1, 0))


def images(count=1, channels=3, height=48, width=72, seed=0):
    return torch.rand((count, channels, height, width), generator=torch.Generator().manual_seed(seed))


def draws(count, degradation, seed=0):
    return np.random.default_rng(seed).random((count, degradation.draws))


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_bicubic_is_pillows(scale, channels):
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (9, 12, channels), dtype=np.uint8)  # edges and noise
    target = np.kron(coarse, np.ones((8, 8, 1), np.uint8)) ^ rng.integers(0, 16, (72, 96, channels), dtype=np.uint8)
    picture = Image.fromarray(target[..., 0] if channels == 1 else target)
    wanted = np.asarray(picture.resize((96 // scale, 72 // scale), Image.Resampling.BICUBIC)).reshape(72 // scale, -1)
    made = Bicubic(scale)(torch.from_numpy(target).permute(2, 0, 1)[None].float() / 255, NONE)[0]
    levels = made.permute(1, 2, 0).reshape(72 // scale, -1).numpy() * 255
    assert np.abs(levels - levels.round()).max() < 1e-4  # quantised
    difference = np.abs(levels - wanted)
    assert difference.max() <= 1 + 1e-4
    assert difference.mean() < 0.2  # Pillow rounds between its two passes
    assert abs((levels - wanted).mean()) < 0.05


def test_without_quantising_no_level_is_lost():
    fine = Bicubic(2, quantise=False)(images(), NONE)
    coarse = Bicubic(2)(images(), NONE)
    assert 0 < (fine - coarse).abs().max() <= 0.5 / 255 + 1e-6
    assert fine.min() >= 0
    assert fine.max() <= 1


@pytest.mark.parametrize("degradation", [Bicubic(4), Realistic(4), Hole(), Hole(0.3), Edges(), Identity()])
def test_shape_range_and_dependence_on_the_own_numbers_alone(degradation):
    target, numbers = images(3), draws(3, degradation)
    made = degradation(target, numbers)
    channels = {Hole: 4, Edges: 1}.get(type(degradation), 3)
    assert made.shape == (3, channels, 48 // degradation.scale, 72 // degradation.scale)
    assert made.min() >= 0
    assert made.max() <= 1
    if channels != 3:
        assert degradation.source_channels(3) == channels
    turned = degradation(target.flip(0), numbers[::-1].copy()).flip(0)
    torch.testing.assert_close(made, turned, rtol=0, atol=1e-6)
    alone = degradation(target[1:2], numbers[1:2])
    torch.testing.assert_close(made[1:2], alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("degradation", [Realistic(4), Hole()])
def test_other_numbers_give_another_source(degradation):
    target = images(2)
    first, other = (degradation(target, draws(2, degradation, seed)) for seed in (0, 1))
    assert all(not torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_realistic_without_blur_noise_and_jpeg_is_bicubic():
    plain = Realistic(4, blur=0, noise=0, jpeg=None)
    assert torch.equal(plain(images(2), draws(2, plain)), Bicubic(4)(images(2), NONE))


def test_realistic_takes_any_number_of_channels():
    spoilt = Realistic(2, jpeg=30)
    assert spoilt(images(2, channels=5), draws(2, spoilt)).shape == (2, 5, 24, 36)


def test_blur_is_a_gaussian_of_the_given_width():
    point = torch.zeros(2, 1, 41, 41)
    point[..., 20, 20] = 1
    spread = blurred(point, np.array([1.5, 3.0]), 5.0)
    places = torch.arange(41) - 20.0
    for image, width in zip(spread, (1.5, 3.0), strict=True):
        assert image.sum() == pytest.approx(1, abs=1e-5)
        variance = (image[0].sum(0) * places**2).sum()
        assert variance.sqrt().item() == pytest.approx(width, rel=0.02)
    flat = torch.full((1, 3, 9, 30), 0.7)
    torch.testing.assert_close(blurred(flat, np.array([4.0]), 4.0), flat)  # a radius beyond the border is cut


def test_hole_leaves_the_known_pixels_and_knows_nothing_of_the_others():
    hole, target = Hole(0.5), images(4, height=40, width=64)
    numbers = draws(4, hole)
    source = hole(target, numbers)
    mask = source[:, 3:] == 1
    assert ((source[:, 3:] == 0) | mask).all()
    assert (mask.sum((1, 2, 3)) == 20**2).all()
    for one, inside in zip(mask[:, 0], mask.any(1), strict=True):
        assert torch.equal(one, inside.any(1)[:, None] & inside.any(0)[None])  # a rectangle
    assert torch.equal(torch.where(mask, 0, source[:, :3]), torch.where(mask, 0, target))
    mean = (target * ~mask).sum((2, 3)) / (~mask).sum((2, 3))
    torch.testing.assert_close(torch.where(mask, source[:, :3], mean[:, :, None, None]).amax((2, 3)), mean)
    torch.testing.assert_close(torch.where(mask, source[:, :3], mean[:, :, None, None]).amin((2, 3)), mean)
    changed = torch.where(mask, images(4, height=40, width=64, seed=9), target)
    assert torch.equal(hole(changed, numbers), source)


def test_every_place_of_the_hole_is_inside():
    hole = Hole(0.5)
    for corner in ([0.0, 0.0], [1 - 1e-9, 1 - 1e-9]):
        assert hole(images(height=16, width=24), np.array([corner]))[0, 3].sum() == 64


def test_identity_gives_the_target_but_makes_no_source():
    target = images()
    assert torch.equal(Identity()(target, NONE), target)
    with pytest.raises(BadInput, match=r"degradation=bicubic.*data=paired_folder"):
        Identity().source_channels(3)


@pytest.mark.parametrize(
    ("node", "word"),
    [
        ({"_target_": "artesano.data.degradations.Bicubic", "scale": 5}, "2, 3, 4"),
        ({"_target_": "artesano.data.degradations.Bicubic", "scale": 1}, "2, 3, 4"),
        ({"_target_": "artesano.data.degradations.Hole", "share": 1.5}, "less than 1"),
        ({"_target_": "artesano.data.degradations.Realistic", "jpeg": 120}, "95"),
    ],
)
def test_wrong_values_are_told(node, word):
    problems = check_node("degradation", node)
    assert problems
    assert word in problems[0]


def test_edges_are_drawn_where_the_image_changes_and_nowhere_else():
    target = torch.full((1, 3, 32, 32), 0.2)
    target[..., 16:] = 0.8
    drawn = Edges(blur=0.5)(target, np.empty((1, 0)))[0, 0]
    assert set(drawn.unique().tolist()) == {0, 1}
    columns = drawn.mean(0)
    assert columns[15:17].tolist() == [1, 1]
    assert columns[:13].sum() == columns[19:].sum() == 0  # nor at the border
    assert Edges(threshold=0.9)(target, np.empty((1, 0))).sum() == 0
    faint = Edges(blur=1, threshold=0.08)(target * 0.05, np.empty((1, 0)))
    assert faint.sum() == 0
