"""The latent's shapes, codes and seeds, the paths between two of its points, and truncation."""

import math

import pytest
import torch

from artesano.gan.latent import Latent, lerp, slerp, truncate

CPU = torch.device("cpu")


@pytest.mark.parametrize("noise", ["gaussian", "uniform"])
def test_shapes_and_codes(noise):
    latent = Latent(size=5, noise=noise, categorical=[3, 4], continuous=2)
    assert (latent.dim, latent.code_dim) == (14, 9)
    z = latent.draw(500, CPU)
    assert z.shape == (500, 14)
    assert z.dtype == torch.float32
    codes = latent.codes(z)
    first, second, continuous = codes.split([3, 4, 2], 1)
    for code in (first, second):
        assert set(code.unique().tolist()) == {0.0, 1.0}
        assert (code.sum(1) == 1).all()
        assert (code.sum(0) > 0).all()
    assert continuous.abs().max() <= 1
    assert continuous.min() < -0.9
    assert continuous.max() > 0.9


def test_noise_alone_has_no_codes():
    latent = Latent(size=7)
    assert latent.dim == 7
    assert latent.codes(latent.draw(3, CPU)) is None


def test_gaussian_and_uniform_noise_have_their_moments():
    torch.manual_seed(0)
    gaussian, uniform = (Latent(size=50, noise=noise).draw(2000, CPU) for noise in ("gaussian", "uniform"))
    assert gaussian.std().item() == pytest.approx(1, abs=0.01)
    assert gaussian.abs().max() > 3
    assert uniform.abs().max() <= 1
    assert uniform.std().item() == pytest.approx(1 / math.sqrt(3), abs=0.01)
    assert uniform.mean().item() == pytest.approx(0, abs=0.01)


def test_the_same_seed_draws_the_same_and_leaves_the_global_generator_alone():
    latent = Latent(size=5, categorical=[3], continuous=1)
    state = torch.random.get_rng_state()
    draws = [latent.draw(8, CPU, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("path", [lerp, slerp])
def test_paths_begin_and_end_at_their_ends(path):
    torch.manual_seed(0)
    start, end = torch.randn(6, 20), torch.randn(6, 20)
    torch.testing.assert_close(path(start, end, 0.0), start)
    torch.testing.assert_close(path(start, end, 1.0), end)


def test_slerp_between_orthogonal_points_of_one_length_keeps_length_and_speed():
    start, end = 3 * torch.eye(8)[:2], 3 * torch.eye(8)[4:6]
    points = torch.stack([slerp(start, end, share / 10) for share in range(11)])
    torch.testing.assert_close(points.norm(dim=2), torch.full((11, 2), 3.0))
    steps = (points[1:] - points[:-1]).norm(dim=2)
    torch.testing.assert_close(steps, steps[:1].expand_as(steps), rtol=1e-4, atol=1e-5)
    assert lerp(start, end, 0.5).norm(dim=1).max() < 3 * 0.71


def test_slerp_of_parallel_and_opposite_points_is_finite():
    z = torch.randn(4, 10)
    torch.testing.assert_close(slerp(z, z, 0.3), z)
    assert torch.isfinite(slerp(z, -z, 0.5)).all()
    assert torch.isfinite(slerp(torch.zeros(1, 10), z[:1], 0.5)).all()


@pytest.mark.parametrize("threshold", [0.1, 0.7, 2.0])
def test_truncation_keeps_every_number_within_the_threshold_and_the_shape_of_the_bell(threshold):
    torch.manual_seed(0)
    z = torch.randn(200_000)
    cut = truncate(z, threshold)
    assert cut.abs().max() <= threshold
    # The truncated Gaussian is what rejection would leave: the numbers that were inside from the start.
    inside = z[z.abs() <= threshold]
    shares = torch.linspace(0.05, 0.95, 10)
    torch.testing.assert_close(
        cut[:100_000].quantile(shares), inside[:100_000].quantile(shares), atol=0.03 * threshold, rtol=0
    )


def test_truncation_far_out_changes_nothing_that_was_inside_and_extremes_stay_finite():
    z = torch.linspace(-3, 3, 61)
    torch.testing.assert_close(truncate(z, 6.0), z, atol=1e-3, rtol=0)
    extreme = truncate(torch.tensor([-50.0, 50.0]), 1.5)
    torch.testing.assert_close(extreme, torch.tensor([-1.5, 1.5]), atol=1e-3, rtol=0)
    assert extreme.abs().max() <= 1.5


def test_truncation_keeps_the_order_and_the_sign():
    z = torch.randn(1000).sort().values
    cut = truncate(z, 0.8)
    assert (cut.diff() >= 0).all()
    assert (cut.sign() == z.sign()).all()
