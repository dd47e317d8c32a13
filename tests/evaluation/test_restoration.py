"""PSNR and SSIM in closed form, per image and by protocol; frequencies, consistency and colours."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from torchmetrics.functional.image import structural_similarity_index_measure

from artesano.data.degradation_ops import quantised
from artesano.metrics.restoration import (
    colour_shift,
    gains,
    high_frequency_ratio,
    lr_consistency,
    psnr,
    restoration_metrics,
    ssim,
)


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def picture(number=2, size=64):
    """Smooth shapes with edges and some grain: a spectrum that falls, as photographs' do."""
    coarse = F.interpolate(noise(number, 3, size // 8, size // 8), size, mode="bicubic").clamp(0, 1)
    edges = (F.interpolate(noise(number, 3, size // 4, size // 4, seed=1), size) > 0.7).float()
    return (0.6 * coarse + 0.3 * edges + 0.1 * noise(number, 3, size, size, seed=2)).clamp(0, 1)


def down(images, scale=4):
    return F.interpolate(images, scale_factor=1 / scale, mode="bicubic", antialias=True).clamp(0, 1)


def bicubic(images, scale=4):
    return F.interpolate(down(images, scale), scale_factor=scale, mode="bicubic", antialias=True).clamp(0, 1)


# PSNR -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [1, 5, 51])
def test_psnr_of_a_constant_offset(offset):
    real = noise(3, 3, 9, 12) * 0.5
    expected = 20 * math.log10(255 / offset)
    assert psnr(real + offset / 255, real).numpy() == pytest.approx([expected] * 3, abs=1e-3)


def test_psnr_is_the_mean_of_images_and_not_of_the_pooled_error():
    """One image 20 dB, one 40 dB: their mean is 30, the pooled error's PSNR 23.0."""
    real = torch.full((2, 3, 8, 8), 0.5)
    fake = real + torch.tensor([0.1, 0.01]).view(2, 1, 1, 1)
    values = psnr(fake, real)
    assert values.numpy() == pytest.approx([20, 40], abs=1e-3)
    pooled = -10 * math.log10((fake - real).square().mean())
    assert values.mean() - pooled == pytest.approx(30 - 22.97, abs=0.01)


def test_psnr_crops_what_the_name_says():
    real = torch.zeros(1, 1, 12, 12)
    fake = real.clone()
    fake[..., :4, :] = 1  # an error at the border alone
    assert psnr(fake, real, crop=4) == 100
    assert psnr(fake, real, crop=3) < 100
    assert psnr(fake, real, crop=6).isnan()
    assert psnr(fake, real, crop=99).isnan()


def test_y_psnr_by_the_formula_of_matlab():
    """Y = 16 + 65.481 R + 128.553 G + 24.966 B of R, G, B in [0, 1], and a range of 255."""
    fake, real = noise(2, 3, 10, 10), noise(2, 3, 10, 10, seed=1)
    for row, value in enumerate(psnr(fake, real, channel="y", crop=2)):
        y_fake, y_real = (
            16 + np.einsum("chw,c->hw", image[row, :, 2:-2, 2:-2].double().numpy(), [65.481, 128.553, 24.966])
            for image in (fake, real)
        )
        assert value.item() == pytest.approx(10 * math.log10(255**2 / ((y_fake - y_real) ** 2).mean()), abs=1e-4)


def test_y_of_a_grey_difference_is_255_over_219_of_rgb():
    real = noise(1, 3, 16, 16) * 0.5
    for channels in (1, 2, 3, 5):
        images = real[:, :1].expand(-1, channels, -1, -1)
        gain = psnr(images + 0.1, images, channel="y") - psnr(images + 0.1, images)
        assert gain.item() == pytest.approx(20 * math.log10(255 / 219), abs=1e-3)


def test_equal_images_have_a_finite_psnr():
    real = noise(2, 3, 8, 8)
    assert psnr(real, real).tolist() == [100, 100]


def test_rounding_to_8_bits():
    images = torch.tensor([-1.0, 0.4 / 255, 0.6 / 255, 254.4 / 255, 7.0])
    assert (quantised(images) * 255).tolist() == pytest.approx([0, 0, 1, 254, 255])
    assert torch.equal(quantised(quantised(images)), quantised(images))


# SSIM -------------------------------------------------------------------------------------------------------------


def test_ssim_is_one_for_equal_images_alone():
    real = picture()
    assert ssim(real, real).numpy() == pytest.approx([1, 1], abs=1e-6)
    values = [ssim((real + sigma * noise(*real.shape, seed=3)).clamp(0, 1), real) for sigma in (0.05, 0.2, 0.8)]
    assert (values[0] < 1).all()
    assert (values[0] > values[1]).all()
    assert (values[1] > values[2]).all()


def test_ssim_of_two_flat_images_by_hand():
    """No variance: only the term of light remains, (2ab + c1) / (a^2 + b^2 + c1)."""
    a, b = torch.full((1, 1, 16, 16), 0.2), torch.full((1, 1, 16, 16), 0.6)
    assert ssim(a, b).item() == pytest.approx((2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4), abs=1e-4)


@pytest.mark.parametrize("shape", [(2, 3, 32, 40), (1, 1, 11, 17)])
def test_ssim_is_torchmetrics_without_its_reflected_border(shape):
    fake, real = noise(*shape), noise(*shape, seed=1) * 0.5
    _, places = structural_similarity_index_measure(fake, real, data_range=1.0, sigma=1.5, return_full_image=True)
    inside = places[..., 5:-5, 5:-5].flatten(1).mean(1)
    assert ssim(fake, real).numpy() == pytest.approx(inside.numpy(), abs=1e-5)


def test_ssim_of_images_below_its_window_is_nan():
    assert ssim(noise(2, 3, 10, 30), noise(2, 3, 10, 30)).isnan().all()
    assert ssim(noise(2, 3, 18, 30), noise(2, 3, 18, 30), crop=4).isnan().all()


# Frequencies, consistency, colour ---------------------------------------------------------------------------------


def test_high_frequencies_of_the_image_a_smooth_one_and_a_noisy_one():
    real = picture()
    assert high_frequency_ratio(real, real).numpy() == pytest.approx([1, 1])
    assert (high_frequency_ratio(bicubic(real), real) < 0.5).all()
    assert (high_frequency_ratio(bicubic(real), real) < high_frequency_ratio(bicubic(real, 2), real)).all()
    assert (high_frequency_ratio(real + 0.1 * torch.randn(real.shape), real) > 1).all()


def test_the_ratio_knows_amplitude_and_frequency():
    """A grid of half the contrast has a quarter of the energy; waves longer than 4 px do not count."""
    x = torch.arange(64).float()
    fine, coarse = (
        (0.5 + 0.2 * torch.cos(2 * math.pi * x / period)).expand(1, 3, 64, 64).transpose(2, 3) for period in (2.5, 8)
    )
    half = 0.5 + (fine - 0.5) / 2
    assert high_frequency_ratio(half, fine).item() == pytest.approx(0.25, abs=1e-3)
    assert high_frequency_ratio(coarse, fine).item() < 1e-4


def test_where_the_truth_has_no_high_frequencies_there_is_no_ratio():
    flat = quantised(torch.linspace(0.2, 0.4, 64).expand(1, 3, 64, 64))
    assert high_frequency_ratio(noise(1, 3, 64, 64), flat).isnan().all()


def test_what_degrades_to_its_source_is_consistent():
    real = picture()
    lr = down(real)
    assert lr_consistency(real, lr, down).tolist() == [100, 100]
    brighter = lr_consistency((real * 0.8 + 0.1), lr * 0.8, down)
    assert brighter.numpy() == pytest.approx([20, 20], abs=0.05)


def test_colour_shift_is_in_levels_and_blind_to_detail():
    real = 0.5 * noise(2, 3, 8, 8)
    fake = real + torch.tensor([10.0, 0, -10]).view(3, 1, 1) / 255
    assert colour_shift(fake, real).numpy() == pytest.approx([20 / 3] * 2, abs=1e-3)
    assert colour_shift(real.flip(3), real).max() < 1e-4


# All together -----------------------------------------------------------------------------------------------------


def test_names_say_the_protocol_and_bicubic_gains_nothing_over_itself():
    real = picture()
    fake = quantised(bicubic(real))
    values = restoration_metrics(fake, real, crop=4, lr=down(real), degrade=down)
    assert list(values) == ["psnr_rgb_crop4", "psnr_y_crop4", "ssim_y_crop4", "hf_ratio", "colour_shift", "lr_psnr"]
    assert all(tensor.shape == (2,) for tensor in values.values())
    assert torch.equal(values["psnr_rgb_crop4"], psnr(fake, real, crop=4))
    own = gains(values, values)
    assert {name: tensor.tolist() for name, tensor in own.items()} == {
        "psnr_rgb_crop4_gain": [0, 0],
        "psnr_y_crop4_gain": [0, 0],
    }
    better = gains(restoration_metrics(quantised(bicubic(real, 2)), real, crop=4), values)
    assert (better["psnr_rgb_crop4_gain"] > 0).all()


def test_the_feature_distance_carries_the_name_of_its_network():
    from artesano.backbones.feature_maps import FeatureMaps

    real = picture()
    values = restoration_metrics(bicubic(real), real, crop=2, maps=FeatureMaps("lite1"))
    assert (values["features_lite1"] > 0).all()
    assert not values["features_lite1"].requires_grad


def test_bicubic_here_is_pillows():
    """So that numbers are comparable with those that were made with Pillow."""
    image = (picture(1)[0] * 255).byte().permute(1, 2, 0).numpy()
    pillow = np.asarray(Image.fromarray(image).resize((16, 16), Image.Resampling.BICUBIC))
    ours = quantised(down(torch.from_numpy(image).permute(2, 0, 1)[None] / 255)) * 255
    assert np.abs(ours[0].permute(1, 2, 0).numpy() - pillow).max() <= 1
