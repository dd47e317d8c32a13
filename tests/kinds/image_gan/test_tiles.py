"""Tiles equal the whole where a network sees no farther than its halo; other seams fade; memory is bounded."""

import itertools
import tracemalloc

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from artesano.kinds.image_gan.tiles import FEATHER, Tiling, as_floats, as_stored, exact_side, in_tiles


class Convolutions(nn.Module):
    """`depth` 3x3 convolutions with zero padding, then nearest upsampling: a halo of just `depth` px."""

    def __init__(self, depth, scale=1, channels=3):
        super().__init__()
        layers = [nn.Conv2d(channels if k == 0 else 6, 6, 3, padding=1) for k in range(depth)]
        self.layers, self.last, self.scale = nn.ModuleList(layers), nn.Conv2d(6, 2, 1), scale
        draw = torch.Generator().manual_seed(depth)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=draw) * (0.35 if parameter.dim() > 1 else 0.2)
        self.halo, self.multiple = depth, 1

    @torch.no_grad()
    def forward(self, source):
        for layer in self.layers:
            source = torch.tanh(layer(source))
        return F.interpolate(self.last(source).sigmoid(), scale_factor=float(self.scale))


class Strided(nn.Module):
    """Halves and doubles the image, so that tiles must start at even places; odd sides are mirrored below and right."""

    halo, multiple, scale = 8, 4, 1

    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.down = nn.Sequential(nn.Conv2d(3, 5, 4, 2, 1), nn.Tanh(), nn.Conv2d(5, 5, 4, 2, 1), nn.Tanh())
        self.up = nn.Sequential(nn.ConvTranspose2d(5, 5, 4, 2, 1), nn.Tanh(), nn.ConvTranspose2d(5, 2, 4, 2, 1))

    @torch.no_grad()
    def forward(self, source):
        height, width = source.shape[-2:]
        down, right = -height % 4, -width % 4
        mode = "reflect" if down < height and right < width else "replicate"
        source = F.pad(source, (0, right, 0, down), mode=mode)
        return self.up(self.down(source)).sigmoid()[..., :height, :width]


def noise(height, width, dtype=np.float32, channels=3):
    values = np.random.default_rng(height * 1000 + width).random((height, width, channels))
    return as_stored(values, np.dtype(dtype))


def whole(network, source, channels=2):
    return as_stored(network(as_floats(source))[0].permute(1, 2, 0).numpy(), source.dtype)


NETS = [Convolutions(1), Convolutions(3, 2), Convolutions(6, 4), Strided()]
SIZES = [(1, 1), (1, 90), (37, 5), (64, 64), (65, 131), (111, 71)]


@pytest.mark.parametrize(("number", "size"), itertools.product(range(len(NETS)), SIZES))
def test_tiles_equal_the_whole(number, size):
    network, source = NETS[number], noise(*size)
    expected = whole(network, source)
    for side in (exact_side(network.multiple, network.halo), 61):
        tiling = Tiling.of(side, network.multiple, network.halo)
        assert tiling.exact
        found = in_tiles(network, source, tiling, channels=2, scale=network.scale)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_halo_that_is_too_small_is_seen():
    """The test above would notice a tile that knows too little."""
    network, source = Convolutions(6), noise(80, 80)
    found = in_tiles(network, source, Tiling(40, 1, 0, FEATHER, exact=True), channels=2, scale=1)
    assert np.abs(found - whole(network, source)).max() > 1e-3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_depth_stays(dtype):
    network, source = Convolutions(2, 2), noise(70, 50, dtype)
    found = in_tiles(network, source, Tiling.of(40, 1, 2), channels=2, scale=2)
    assert (found.dtype, found.shape) == (dtype, (140, 100, 2))
    expected = whole(network, source)
    assert np.abs(found.astype(float) - expected).max() <= (1e-6 if dtype == np.float32 else 1)
    assert (found == expected).mean() > 0.99 or dtype == np.float32


def test_black_and_white_stay_black_and_white():
    for dtype in (np.uint8, np.uint16):
        source = np.zeros((90, 90, 1), dtype)
        source[:, 45:] = np.iinfo(dtype).max
        found = in_tiles(lambda tile: tile, source, Tiling.of(40, 1, 1), channels=1, scale=1)
        assert np.array_equal(found, source)


@pytest.mark.parametrize(("multiple", "halo"), [(1, 0), (1, 7), (8, 20), (64, None), (16, None), (1, None)])
def test_every_place_is_covered_and_weights_add_up(multiple, halo):
    for side, length in itertools.product((1, 64, 130), (1, 63, 64, 65, 129, 500, 1001)):
        tiling = Tiling.of(side, multiple, halo)
        spans = tiling.spans(length)
        assert (spans[0][0], spans[-1][1]) == (0, length)
        assert all(start % tiling.grid == 0 for start, _ in spans)
        assert all(end - start <= tiling.side for start, end in spans)
        assert all(b - a <= tiling.step for (a, _), (b, _) in itertools.pairwise(spans))
        total = np.zeros(2 * length)
        for (start, end), weight in zip(spans, tiling.weights(spans, 2), strict=True):
            total[2 * start : 2 * end] += weight
            cut = 2 * (tiling.trim if start else 0), 2 * (end - start - (tiling.trim if end < length else 0))
            assert not weight[: cut[0]].any()
            assert not weight[cut[1] :].any()
        np.testing.assert_allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize(("multiple", "halo"), [(1, 7), (8, 20), (16, 5)])
def test_tiles_are_no_larger_than_their_number_needs(multiple, halo):
    for length in (300, 331, 500, 1001):
        tiling = Tiling.of(128, multiple, halo)
        spans = tiling.spans(length)
        side = spans[0][1]
        smaller = Tiling(side - multiple, multiple, halo, FEATHER, exact=True)
        assert len(smaller.spans(length)) > len(spans) == len(Tiling.of(side, multiple, halo).spans(length))


def test_networks_that_see_everything_get_half_overlapping_tiles_without_seams():
    def shifted(tile):  # each tile comes out with a brightness of its own, as instance norm may do
        return (tile + 0.2 * torch.rand(1, generator=draw)).clamp(0, 1)

    draw = torch.Generator().manual_seed(0)
    tiling = Tiling.of(32, 16, None)
    assert tiling.side - tiling.step == 16
    found = in_tiles(shifted, np.full((32, 300, 1), 0.5, np.float32), tiling, channels=1, scale=1)
    assert found.std() > 0.02
    assert np.abs(np.diff(found, axis=1)).max() < 0.2 / 15


def test_memory_does_not_grow_with_the_height():
    """Beside source and result there are only a few rows of tiles."""

    def needed(height):
        source = np.zeros((height, 400, 1), np.uint8)
        tracemalloc.start()
        in_tiles(lambda tile: tile, source, tiling, channels=1, scale=1)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - source.nbytes

    tiling = Tiling.of(64, 1, 4)
    row = 64 * 400 * 4
    assert needed(4000) < 5 * row
    assert needed(4000) < 1.1 * needed(1054)  # in tiles of the same side


@pytest.mark.parametrize(("multiple", "halo"), [(1, 0), (8, 20), (32, 3), (1, 100)])
def test_the_smallest_exact_tile_still_has_a_step(multiple, halo):
    least = exact_side(multiple, halo)
    tiling = Tiling.of(least, multiple, halo)
    assert tiling.side == least
    assert tiling.exact
    assert tiling.side - 2 * halo - FEATHER >= tiling.step >= multiple
    assert not Tiling.of(least - 1, multiple, halo).exact
