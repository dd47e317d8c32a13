"""What a tile needs is measured; when memory runs out, smaller tiles give the same picture."""

import numpy as np
import pytest
import torch
from torch import nn

from artesano.errors import BadInput
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.image_gan.tile_memory import bytes_per_pixel, free_memory, halving, side_for
from artesano.kinds.image_gan.whole_images import WholeImages
from artesano.progress_bars import NoBars


class Told(NoBars):
    """Remembers what was said, and the tiles that were done."""

    def __init__(self):
        self.lines, self.counts, self.done = [], [], 0

    def tiles(self, count):
        self.counts.append(count)

    def tile_done(self):
        self.done += 1

    def say(self, line):
        self.lines.append(line)


def noise(height, width, channels=3):
    return np.random.default_rng(3).integers(0, 256, (height, width, channels), dtype=np.uint8)


@torch.no_grad()
def test_what_is_alive_at_once_is_counted():
    x = torch.zeros(1, 1, 32, 32)

    def chain(tile):  # never more than two results at once
        for _ in range(5):
            tile = tile + 1
        return tile

    def hoard(tile):
        return torch.cat([tile + k for k in range(5)])

    def views(tile):  # share the memory of one result
        return [part.reshape(-1) for part in (tile + 1).unbind(0)]

    assert bytes_per_pixel(chain, 1, 32) == pytest.approx(2 * 4, abs=0.1)
    assert bytes_per_pixel(hoard, 1, 32) == pytest.approx(11 * 4, abs=0.1)  # with the noise itself
    assert bytes_per_pixel(views, 1, 32) == pytest.approx(2 * 4, abs=0.1)
    assert bytes_per_pixel(nn.Conv2d(1, 64, 3, padding=1), 1, 32) == pytest.approx(65 * 4, rel=0.1)
    assert bytes_per_pixel(lambda tile: x, 1, 32) == pytest.approx(4, abs=0.1)


def test_the_side_follows_the_budget():
    sides = [side_for(b, 100, lambda side: 0, least=64, most=512, grid=8) for b in (0, 1e6, 1e7, 1e12)]
    assert sides == [64, 80, 256, 512]
    assert side_for(1e7, 100, lambda side: 2e4 * side, least=64, most=512, grid=8) < 256
    assert free_memory(torch.device("cpu")) > 1e7


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes."),
    ],
)
def test_halves_until_it_fits(error):
    tried, said = [], []

    def work(side):
        tried.append(side)
        if side > 100:
            raise error
        return side

    assert halving(work, 512, 70, said.append) == (70, 70)
    assert tried == [512, 256, 128, 70]
    assert len(said) == 3
    with pytest.raises(MemoryError, match="128 px"):
        halving(work, 512, 128, said.append)


def test_other_errors_pass():
    def work(side):
        raise RuntimeError("sizes differ")

    with pytest.raises(RuntimeError, match="sizes differ"):
        halving(work, 512, 64, print)


class Tight(nn.Module):
    """A generator on a machine whose memory ends at tiles of `most` px."""

    def __init__(self, generator, most):
        super().__init__()
        self.generator, self.most = generator, most
        self.scale, self.multiple, self.halo = generator.scale, generator.multiple, generator.halo
        self.seen = []

    def forward(self, source, labels):
        self.seen.append(max(source.shape[-2:]))
        if self.seen[-1] > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.generator(source, labels)


def with_memory(gan, most):
    return type(gan)(**(vars(gan) | {"generator": Tight(gan.generator, most)}))


def test_memory_that_runs_out_changes_nothing_but_the_tiles(image_run):
    gan = load_image_gan(image_run("srresnet", scale=2)[0])
    source, told = noise(150, 170), Told()
    expected = WholeImages(gan, tile=1000)(source)
    tight = WholeImages(with_memory(gan, 60), tile=160, bars=told)
    found = tight(source)
    assert np.abs(found.astype(int) - expected).max() <= 1  # of 255: rounding
    assert (found != expected).mean() < 0.001
    assert len(told.lines) == 2
    assert "160" in told.lines[0]
    assert told.counts[-1] > told.counts[0]
    calls = len(tight.gan.generator.seen)
    assert np.array_equal(tight(source), found)
    assert max(tight.gan.generator.seen[calls:]) <= 60  # it is not tried again
    with pytest.raises(MemoryError, match="even with"):
        WholeImages(with_memory(gan, 10))(source)


def test_tiles_get_smaller_with_the_memory(image_run):
    gan = load_image_gan(image_run("srresnet", scale=4)[0])
    sides = [WholeImages(gan, memory=gb).side(300, 400, np.dtype(np.uint8)) for gb in (0.001, 0.08, 8)]
    assert sides == sorted(sides)
    assert sides[0] == WholeImages(gan).least == 64 < sides[1] < sides[2] <= 512 + 2 * gan.halo
    source = noise(200, 120)
    pictures = [WholeImages(gan, memory=gb)(source).astype(int) for gb in (0.001, 8)]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1
    for options in ({"memory": 0.0}, {"memory": -1.0}, {"tile": 0}):
        with pytest.raises(BadInput, match="above 0"):
            WholeImages(gan, **options)


def test_a_generator_that_sees_everything_says_so_once(image_run):
    options = {"norm": "instance"}
    gan = load_image_gan(image_run("resnet_translation", options=options)[0])
    assert gan.halo is None
    told = Told()
    whole = WholeImages(gan, bars=told)
    assert whole.side(200, 200, np.dtype(np.uint8)) == 32  # as large as in training
    for _ in range(2):
        whole(noise(70, 40))
    assert len(told.lines) == 1
    assert "--tile" in told.lines[0]
    quiet = Told()
    WholeImages(gan, bars=quiet)(noise(32, 20))
    assert quiet.lines == []
    uncut = WholeImages(gan, tile=80, bars=quiet)(noise(70, 40))
    assert uncut.shape == (70, 40, 3)
    assert quiet.lines == []


def test_tiles_smaller_than_what_a_pixel_depends_on_say_so(image_run):
    """Better a picture with a warning than none, where memory has no room for exact tiles."""
    gan, told = load_image_gan(image_run("unet", options={"width": 4, "depth": 4})[0]), Told()
    source = noise(300, 300)
    found = WholeImages(with_memory(gan, 100), tile=400, bars=told)(source)
    assert found.shape == source.shape
    assert f"up to {gan.halo} px away" in told.lines[-1]
    whole = WholeImages(gan, tile=400)(source)
    assert np.abs(found.astype(int) - whole).mean() < 30
