"""NIQE: its distributions are found again, and a model of natural images prefers them to spoilt ones."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from artesano.metrics.naturalness import BLOCK, Naturalness, asymmetric_gaussian, block_features


def photos(number, size=144, seed=0):
    """A spectrum that falls as 1 / f, as photographs' does, with brightness and contrast of their own."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(number, 3, size, size, generator=generator, dtype=torch.float64)
    rows, columns = torch.fft.fftfreq(size), torch.fft.fftfreq(size)
    falling = torch.fft.fft2(noise) / torch.hypot(rows[:, None], columns).clamp(min=1 / size)
    images = torch.fft.ifft2(falling).real
    images = images / images.std((2, 3), keepdim=True)
    contrast = 0.08 + 0.12 * torch.rand(number, 1, 1, 1, generator=generator)
    return (0.5 + contrast * images).clamp(0, 1).float()


@pytest.fixture(scope="module")
def model():
    return Naturalness.fit(photos(20, seed=seed) for seed in range(3))


@pytest.mark.parametrize(("shape", "draw"), [(2.0, "normal"), (1.0, "laplace")])
def test_the_shape_of_a_distribution_is_found(shape, draw):
    random = np.random.default_rng(0)
    sizes = np.abs(getattr(random, draw)(size=(3, 40_000)))
    for wider in (1, 3):  # the left side is so much wider, and holds so many more of the numbers
        values = np.where(random.random(sizes.shape) < wider / (wider + 1), -wider * sizes, sizes)
        found, left, right = asymmetric_gaussian(torch.from_numpy(values))
        assert found.numpy() == pytest.approx([shape] * 3, rel=0.05)
        assert (left / right).numpy() == pytest.approx([wider] * 3, rel=0.05)


def test_what_is_blurred_or_noisy_is_less_natural_the_more_so(model):
    true = photos(4, seed=9)
    levels = [float(model(true).mean())]
    for times in (1, 3):
        blurred = true
        for _ in range(times):
            blurred = F.avg_pool2d(F.pad(blurred, [1] * 4, mode="replicate"), 3, stride=1)
        levels.append(float(model(blurred).mean()))
    assert levels == sorted(levels)
    noisy = [float(model((true + deviation * torch.randn_like(true)).clamp(0, 1)).mean()) for deviation in (0.05, 0.2)]
    assert [levels[0], *noisy] == sorted([levels[0], *noisy])


def test_each_image_is_measured_for_itself(model):
    true = photos(3, seed=5)
    together = model(true)
    for number in range(3):
        torch.testing.assert_close(model(true[number : number + 1]), together[number : number + 1])


def test_one_block_is_enough_for_a_number_and_none_gives_none(model):
    assert torch.isfinite(model(photos(2, size=BLOCK, seed=3))).all()
    assert torch.isnan(model(photos(2, size=BLOCK - 1, seed=3))).all()
    assert math.isnan(float(model(torch.full((1, 3, 96, 96), 0.5))))
    assert block_features(photos(1, size=100))[0].shape == (1, 4, 36)


def test_no_model_of_few_blocks():
    assert Naturalness.fit([photos(2)]) is None
    assert Naturalness.fit([photos(20, size=BLOCK - 1)]) is None
