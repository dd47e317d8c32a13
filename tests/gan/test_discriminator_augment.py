"""Augmentations: differentiable, drawn for each image, and each of them what its name says."""

import pytest
import torch

from artesano.gan.augment import OPERATIONS, affine, augment, contrast, cutout, flip, rotate, saturation, translation
from artesano.gan.augment import _looked_up as looked_up

ALL = [operation for operations in OPERATIONS.values() for operation in operations]
named = pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.__name__)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def pattern(count, channels=3, side=16):
    """The same image `count` times, every pixel another value in [-1, 1] and none of them 0."""
    image = torch.linspace(-1, 1, channels * side * side).view(1, channels, side, side)
    return image.expand(count, -1, -1, -1)


@named
def test_two_equal_images_get_parameters_of_their_own(operation):
    changed = operation(pattern(32))
    assert any(not torch.equal(changed[0], other) for other in changed[1:])


@named
@pytest.mark.parametrize("channels", [1, 3])
def test_shape_type_and_finite_numbers_for_grey_and_colour(operation, channels):
    changed = operation(pattern(8, channels))
    assert changed.shape == (8, channels, 16, 16)
    assert changed.dtype == torch.float32
    assert torch.isfinite(changed).all()


@named
def test_gradients_flow_back_to_the_images(operation):
    images = pattern(16).clone().requires_grad_()
    operation(images).square().sum().backward()
    assert (images.grad.flatten(1).abs().sum(1) > 0).all()


@pytest.mark.parametrize("name", ["translation", "cutout", "flip", "rotate"])
def test_what_moves_pixels_makes_no_new_values(name):
    images = pattern(32)
    allowed = set(images.unique().tolist()) | {0.0}
    assert set(augment(images, [name]).unique().tolist()) <= allowed


def test_brightness_moves_the_whole_image_by_up_to_a_half():
    difference = OPERATIONS["color"][0](pattern(500)) - pattern(500)
    moved = difference.flatten(1)
    torch.testing.assert_close(moved.std(1), torch.zeros(500), atol=1e-6, rtol=0)
    assert 0.4 < moved.abs().max() <= 0.5 + 1e-6


def test_saturation_keeps_grey_and_grey_images():
    images = pattern(16)
    torch.testing.assert_close(saturation(images).mean(1), images.mean(1))
    assert torch.equal(saturation(pattern(16, 1)), pattern(16, 1))


def test_contrast_keeps_the_mean_and_scales_by_a_half_to_one_and_a_half():
    images = pattern(500) + 0.2
    changed = contrast(images)
    torch.testing.assert_close(changed.mean((1, 2, 3)), images.mean((1, 2, 3)))
    scale = changed.flatten(1).std(1) / images.flatten(1).std(1)
    assert 0.5 - 1e-4 <= scale.min() < 0.6
    assert 1.4 < scale.max() <= 1.5 + 1e-4


def test_translation_moves_by_up_to_an_eighth_and_brings_in_zeros():
    images = pattern(300, 1)
    changed = translation(images)
    shifts = set()
    for image in changed:
        row, column = (image[0] == images[0, 0, 8, 8]).nonzero()[0].tolist()
        shifts.add((row - 8, column - 8))
        assert (image == 0).sum() == 256 - (16 - abs(row - 8)) * (16 - abs(column - 8))
    assert shifts == {(row, column) for row in range(-2, 3) for column in range(-2, 3)}


def test_cutout_cuts_up_to_a_quarter_of_the_area():
    gone = (cutout(pattern(500, 1)) == 0).flatten(1).sum(1)
    assert gone.max() == 64
    assert gone.min() >= 16  # its centre lies on the image or on its edge


def test_flip_mirrors_half_of_the_images():
    images = pattern(400, 1)
    changed = flip(images)
    mirrored = (changed == images.flip(3)).flatten(1).all(1)
    same = (changed == images).flatten(1).all(1)
    assert (mirrored | same).all()
    assert mirrored.float().mean().item() == pytest.approx(0.5, abs=0.08)


def test_rotate_turns_by_every_multiple_of_a_right_angle():
    images = pattern(400, 1)
    changed = rotate(images)
    turned = torch.stack([(changed == images.rot90(times, (2, 3))).flatten(1).all(1) for times in range(4)])
    assert (turned.sum(0) == 1).all()
    assert turned.float().mean(1).tolist() == pytest.approx([0.25] * 4, abs=0.07)


@pytest.mark.parametrize("p", [torch.tensor(0.0), 0.0])
def test_probability_zero_leaves_every_image_as_it_is(p):
    images = pattern(64)
    assert torch.equal(augment(images, list(OPERATIONS), p), images)


def test_a_tensor_of_one_acts_always_as_the_number_does():
    assert (augment(pattern(200, 1), ["cutout"], torch.tensor(1.0)) == 0).flatten(1).any(1).all()


def test_affine_is_what_grid_sample_gives():
    images = torch.randn(64, 2, 9, 12)
    rows, columns = torch.rand(64, 9, 12) * 14 - 3, torch.rand(64, 9, 12) * 17 - 3  # beyond all edges too
    grid = torch.stack([columns / 11 * 2 - 1, rows / 8 * 2 - 1], -1)
    expected = torch.nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=True)
    torch.testing.assert_close(looked_up(images, rows, columns), expected, atol=1e-5, rtol=0)


def test_affine_turns_by_up_to_15_degrees_and_keeps_the_centre(monkeypatch):
    seen = []
    monkeypatch.setattr("artesano.gan.augment._looked_up", lambda images, *places: seen.append(places) or images)
    affine(torch.zeros(500, 1, 9, 9))
    (rows, columns) = seen[0]
    assert torch.equal(rows[:, 4, 4], torch.full((500,), 4.0))
    right = torch.stack([rows[:, 4, 5] - 4, columns[:, 4, 5] - 4], 1)  # where the right neighbour comes from
    assert 14 < torch.atan2(right[:, 0], right[:, 1]).rad2deg().abs().max() <= 15.001
    assert 0.799 <= right.norm(dim=1).min() < 0.82
    assert 1.22 < right.norm(dim=1).max() <= 1.251


def test_penalties_can_be_taken_through_affine():
    images = torch.randn(4, 1, 8, 8, dtype=torch.double, requires_grad=True)
    weights = torch.randn(1, 8, 8, dtype=torch.double)
    (gradient,) = torch.autograd.grad((affine(images) * weights).square().sum(), images, create_graph=True)
    (second,) = torch.autograd.grad(gradient.square().sum(), images)
    assert second.abs().sum() > 0


@pytest.mark.parametrize("name", ["color", "affine"])
def test_a_fake_under_autocast_is_changed_as_a_real_image_is(name):
    """It is bfloat16, a real image float32: D must not see which is which by a grain of rounding."""
    real = torch.full((64, 1, 16, 16), -1.0)
    torch.manual_seed(1)
    fake = augment(real.bfloat16(), [name])
    torch.manual_seed(1)
    assert fake.dtype == torch.bfloat16
    assert torch.equal(fake, augment(real, [name]).bfloat16())


@pytest.mark.parametrize("operation", OPERATIONS["color"], ids=lambda operation: operation.__name__)
def test_colours_of_an_image_and_of_its_source_change_alike_and_apart(operation):
    image, source, mask = pattern(6), pattern(6, 2).flip(2), torch.ones(6, 1, 16, 16)
    torch.manual_seed(1)
    both = operation(torch.cat([image, source, mask], 1), [3, 2])
    for place, one in ((slice(0, 3), image), (slice(3, 5), source)):
        torch.manual_seed(1)
        assert torch.equal(both[:, place], operation(one))
    assert torch.equal(both[:, 5:], mask)


def test_a_grey_image_beside_a_darker_source_stays_grey_under_saturation():
    pair = torch.tensor([0.8, -0.6]).view(1, 2, 1, 1).expand(4, 2, 8, 8)
    torch.testing.assert_close(saturation(pair, [1, 1]), pair)
