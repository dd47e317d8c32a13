"""Augmentation differs from image to image and is a pure function of (seed, step, row)."""

import numpy as np
import pytest
import torch

from artesano import seeding
from artesano.data import augment
from artesano.data.batches import LabelledImages
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.data.rendered_digits import RenderedDigits

SIXTEEN = Preprocessing(16, crop_pct=1.0)


def loaders(seed=0, **options):
    return Loaders(RenderedDigits(samples=100, batch_size=16, **options), SIXTEEN, seed)


def one_image_many_times(rows):
    image = torch.arange(3 * 16 * 16).reshape(1, 3, 16, 16).div(4, rounding_mode="floor").to(torch.uint8)
    return LabelledImages(image.repeat(len(rows), 1, 1, 1), torch.arange(len(rows)) % 10, torch.tensor(rows))


@pytest.mark.parametrize("options", [{"augment": "light"}, {"augment": "light", "flip": True, "erase": 0.9}])
def test_images_of_a_batch_differ_but_not_by_their_place(options):
    some = loaders(**options)
    batch = some.prepare(one_image_many_times([3, 8, 11, 40]), step=5).images
    assert all(not torch.equal(batch[0], other) for other in batch[1:])
    turned = some.prepare(one_image_many_times([40, 11, 8, 3]), step=5).images
    torch.testing.assert_close(turned.flip(0), batch, atol=1e-6, rtol=0)


@pytest.mark.parametrize("options", [{"augment": "light", "mixup": 0.3, "erase": 0.5}, {"cutmix": 1.0}])
def test_pure_in_seed_and_step(options):
    batch = one_image_many_times([1, 2, 3, 4])
    first, again, later = (loaders(**options).prepare(batch, step) for step in (5, 5, 6))
    other = loaders(seed=1, **options).prepare(batch, 5)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.labels, again.labels)
    for changed in (later, other):
        assert not (torch.equal(first.images, changed.images) and torch.equal(first.labels, changed.labels))


def test_evaluation_is_untouched():
    some = loaders(augment="light", mixup=1.0, erase=1.0)
    batch = one_image_many_times([1, 2])
    assert torch.equal(some.prepare(batch, None).images, SIXTEEN.normalise(batch.images))
    assert some.prepare(batch, None).labels.dtype == torch.int64


def test_flip_false_never_mirrors():
    images = one_image_many_times(list(range(64))).images
    numbers = seeding.uniforms(0, 0, np.arange(64), 4)
    numbers[:, 0] = 0.999  # the whole image
    flipped = [not torch.equal(image, images[0]) for image in augment.crop_and_flip(images, numbers, True)]
    assert 20 < sum(flipped) < 44
    assert torch.equal(augment.crop_and_flip(images, numbers, False), images)


def test_both_ways_to_crop_agree():
    smooth = torch.nn.functional.interpolate(torch.rand(6, 3, 4, 4), 32, mode="bilinear").mul(255).to(torch.uint8)
    side, top, left = np.array([26, 28, 32, 27, 30, 26]), np.array([0, 4, 0, 5, 1, 6]), np.array([6, 0, 0, 2, 2, 3])
    mirrored = np.array([True, False, True, False, True, False])
    by_bytes = augment.crops_of_bytes(smooth, side, top, left, mirrored).float()
    by_grid = augment.crops_by_grid(smooth, side, top, left, mirrored)
    difference = (by_bytes - by_grid)[..., 1:-1, 1:-1].abs()  # at the border the grid sees beyond the crop
    assert difference.max() < 2


def test_brightness_and_contrast_keep_their_bounds():
    images = one_image_many_times([0, 1]).images
    gain, offset = augment.brightness_and_contrast(images, np.array([[0.5, 0.5], [1.0, 0.5]]))
    changed = images * gain + offset
    torch.testing.assert_close(changed[0], images[0].float())
    torch.testing.assert_close(changed[1], images[1].float() * 1.2)
    low, shift = augment.brightness_and_contrast(images, np.array([[0.5, 0.0], [0.5, 1.0]]))
    changed = images * low + shift
    assert changed[0].std() < images[0].float().std() < changed[1].std()
    torch.testing.assert_close(changed.mean((1, 2, 3)), images.float().mean((1, 2, 3)))


def test_erase_hits_as_often_and_as_much_as_asked():
    images = torch.ones(2000, 1, 24, 24)
    erased = augment.erase(images, seeding.uniforms(0, 0, np.arange(2000), 5), 0.25)
    share = (erased == 0).float().mean((1, 2, 3))
    assert 0.21 < (share > 0).float().mean() < 0.29
    assert share.max() < 0.4
    assert torch.all(images == 1)


def test_mixing_weighs_labels_as_pixels():
    labels = torch.arange(6)
    images = torch.eye(6).view(6, 6, 1, 1).expand(6, 6, 20, 20).clone()  # channel c is on in images of class c
    for options in ({"mixup": 0.8, "cutmix": 0.0}, {"mixup": 0.0, "cutmix": 1.0}):
        mixed, targets = augment.mix(images, labels, 6, random=np.random.default_rng(3), **options)
        torch.testing.assert_close(mixed.mean((2, 3)), targets, atol=1e-5, rtol=0)
        torch.testing.assert_close(targets.sum(1), torch.ones(6))
        assert targets.max(1).values.min() < 1


@pytest.mark.parametrize("policy", ["strong", "auto"])
def test_policies_do_not_depend_on_workers_or_the_global_state(policy):
    def batches(workers):
        return list(loaders(augment=policy, workers=workers).train(lambda: 1, 4))

    torch.manual_seed(5)
    state = torch.get_rng_state()
    alone = batches(0)
    assert torch.equal(torch.get_rng_state(), state)
    for one, other in zip(alone, batches(2), strict=True):
        assert torch.equal(one.images, other.images)
    later = list(loaders(augment=policy, workers=0).train(lambda: 3, 4))
    assert torch.equal(later[0].images, alone[2].images)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_policies_give_as_many_channels_as_the_network_takes(channels):
    grey = Preprocessing(16, channels, (0.5,) * channels, (0.5,) * channels)
    some = Loaders(RenderedDigits(samples=100, augment="strong", workers=0), grey, 0)
    assert next(iter(some.train(lambda: 0, 1))).images.shape[1:] == (channels, 16, 16)
