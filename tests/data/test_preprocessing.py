"""Our preprocessing is timm's evaluation transform, kept as bytes until it is on the device."""

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import create_transform

from artesano.data.preprocessing import Preprocessing

CONFIG = {"input_size": (3, 48, 48), "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def picture(width, height, mode="RGB"):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


@pytest.mark.parametrize("size", [(64, 64), (100, 60), (57, 91), (20, 30)])
@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize(("interpolation", "crop_pct"), [("bicubic", 0.875), ("bilinear", 1.0)])
def test_equals_timm(size, crop_mode, interpolation, crop_pct):
    config = CONFIG | {"interpolation": interpolation, "crop_pct": crop_pct, "crop_mode": crop_mode}
    ours = Preprocessing.from_timm(config, None, 3)
    image = picture(*size)
    expected = create_transform(**config, is_training=False)(image)
    pixels = ours(image)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (3, 48, 48)
    torch.testing.assert_close(ours.normalise(torch.from_numpy(pixels)[None])[0], expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("crop_pct", [0.875, 1.0])
@pytest.mark.parametrize("length", [95, 96, 97, 900, 5000])
@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
def test_a_strip_of_one_pixel_has_its_colour_in_the_middle(crop_mode, length, crop_pct):
    ours = Preprocessing(48, crop_mode=crop_mode, crop_pct=crop_pct, mean=(0.5, 0.5, 0.5))
    for size in ((length, 1), (1, length)):
        pixels = ours(Image.new("RGB", size, (250, 0, 10))).transpose(1, 2, 0)
        strip = pixels if size[0] == 1 else pixels.transpose(1, 0, 2)  # [along, across, channels]
        assert pixels.shape == (48, 48, 3)
        assert (strip == (250, 0, 10)).all(2).any(1).all()
        if crop_mode == "border":
            assert ((strip == 128).all(2).sum(1) == 47).all()


def test_image_size_wins_over_the_models_own():
    assert Preprocessing.from_timm(CONFIG, 96, 3)(picture(64, 64)).shape == (3, 96, 96)


def test_grey_averages_mean_and_std():
    grey = Preprocessing.from_timm(CONFIG, 32, 1)
    assert grey.mean == (pytest.approx(0.449),)
    assert grey.std == (pytest.approx(0.226),)
    assert grey(picture(40, 40)).shape == (1, 32, 32)


def test_other_counts_repeat_the_planes_in_turn():
    five = Preprocessing.from_timm(CONFIG, 32, 5)(picture(40, 40))
    rgb = Preprocessing.from_timm(CONFIG, 32, 3)(picture(40, 40))
    np.testing.assert_array_equal(five, rgb[[0, 1, 2, 0, 1]])


def test_normalise_leaves_its_input_alone_and_takes_gain_and_offset():
    ours = Preprocessing.from_timm(CONFIG, 8, 3)
    images = torch.arange(2 * 3 * 64).reshape(2, 3, 8, 8).to(torch.uint8)
    before = images.clone()
    gain, offset = torch.tensor([0.5, 2.0]).view(2, 1, 1, 1), torch.tensor([3.0, -4.0]).view(2, 1, 1, 1)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (ours.mean, ours.std))
    expected = ((images * gain + offset) / 255 - mean) / std
    torch.testing.assert_close(ours.normalise(images, gain, offset), expected, atol=1e-5, rtol=0)
    by_pixel = ours.normalise(images.contiguous(memory_format=torch.channels_last), gain, offset)
    torch.testing.assert_close(by_pixel, expected, atol=1e-5, rtol=0)
    assert by_pixel.is_contiguous(memory_format=torch.channels_last)
    floats = images.float()
    ours.normalise(floats)
    assert torch.equal(floats, before.float())


def test_survives_a_round_trip_as_plain_values():
    ours = Preprocessing.from_timm(CONFIG, 32, 3)
    assert Preprocessing.from_dict(ours.to_dict()) == ours
    assert isinstance(ours.to_dict()["mean"], list)
