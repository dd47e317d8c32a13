"""Grids keep every pixel, timelapses every moment that counts, and curves show what there is."""

import importlib.util

import numpy as np
import pytest
import torch
from PIL import Image

from artesano.figures.gan_curves import gan_curves
from artesano.figures.samples import sample_grid
from artesano.figures.timelapse import thinned, timelapse

pytestmark = pytest.mark.usefixtures("ink")


def pixels(path):
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB"))


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_image_lies_at_its_place(tmp_path, channels):
    images = noise(7, channels, 5, 4)
    sample_grid(torch.from_numpy(images), tmp_path / "new" / "grid.png", columns=3, scale=2, border=1)
    grid = pixels(tmp_path / "new" / "grid.png")
    assert grid.shape == (1 + 3 * (10 + 1), 1 + 3 * (8 + 1), 3)
    for number, image in enumerate(images):
        top, left = 1 + number // 3 * 11, 1 + number % 3 * 9
        expected = image[:3] if channels >= 3 else image[:1].repeat(3, 0)
        for y, x in [(0, 0), (1, 1), (9, 7)]:
            assert (grid[top + y, left + x] == expected[:, y // 2, x // 2]).all()


@pytest.mark.parametrize(("number", "size"), [(1, 8), (16, 28), (64, 32), (64, 64), (64, 128), (64, 256)])
def test_a_grid_is_neither_a_stamp_nor_a_poster(tmp_path, number, size):
    sample_grid(noise(number, 1, size, size), tmp_path / "grid.png")
    assert 256 <= pixels(tmp_path / "grid.png").shape[1] <= 1040


def test_equal_images_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        sample_grid(noise(20, 3, 8, 8), tmp_path / name, columns=10, labels=["Año (1) = ñ", "_сад"])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_captions_stand_left_of_an_unchanged_grid(tmp_path):
    images = noise(6, 1, 16, 16)
    sample_grid(images, tmp_path / "bare.png", columns=2)
    sample_grid(images, tmp_path / "named.png", columns=2, labels=["cero", "uno", "ein sehr langer Name ohne Platz"])
    bare, named = pixels(tmp_path / "bare.png"), pixels(tmp_path / "named.png")
    margin = named.shape[1] - bare.shape[1]
    assert (named[:, margin:] == bare).all()
    rows = np.split(named[: len(named) // 3 * 3, :margin], 3)
    assert all((row < 128).any() for row in rows)
    with pytest.raises(ValueError, match="2 labels for 3 rows"):
        sample_grid(images, tmp_path / "wrong.png", columns=2, labels=["a", "b"])
    with pytest.raises(ValueError, match="at least one"):
        sample_grid(images[:0], tmp_path / "wrong.png")


@pytest.fixture
def frames(tmp_path):
    """Twelve grids that grow brighter, named by their steps."""
    for k in range(12):
        sample_grid(np.full((4, 1, 8, 8), 20 * k, np.uint8), tmp_path / f"samples-{k * 500:06d}.png", columns=2)
    return sorted(tmp_path.glob("*.png"))


def moments(path):
    """(pixels, milliseconds) of every frame."""
    with Image.open(path) as film:
        assert film.info["loop"] == 0
        seen = []
        for k in range(film.n_frames):
            film.seek(k)
            seen.append((np.asarray(film.convert("RGB")), film.info["duration"]))
        return seen


def test_a_gif_shows_every_frame_and_holds_the_last(frames, tmp_path):
    timelapse(frames, tmp_path / "new" / "film.gif", fps=5)
    seen = moments(tmp_path / "new" / "film.gif")
    assert [duration for _, duration in seen] == [200] * 11 + [2000]
    inside = [int(frame[20, 20].mean()) for frame, _ in seen]
    assert inside == pytest.approx([20 * k for k in range(12)], abs=3)
    bands = [frame[-20:] for frame, _ in seen]  # the step is written under the grid
    assert all((band < 128).any() for band in bands)
    assert not (bands[1] == bands[2]).all()


def test_a_gif_is_at_most_512_wide_and_follows_the_last_size(frames, tmp_path):
    sample_grid(noise(8, 3, 100, 100), tmp_path / "wide.png", scale=1)
    timelapse([*frames, tmp_path / "wide.png"], tmp_path / "film.gif", labels=["a"] * 12 + ["b"])
    widths = {frame.shape[1] for frame, _ in moments(tmp_path / "film.gif")}
    assert widths == {512}


@pytest.mark.parametrize("number", [1, 2, 99, 100, 101, 250, 5000])
def test_thinning_is_even_and_keeps_both_ends(number):
    kept = thinned(number)
    assert len(kept) == min(number, 100) == len(set(kept))
    assert kept[0] == 0
    assert kept[-1] == number - 1
    gaps = np.diff(kept)
    assert number == 1 or gaps.max() - gaps.min() <= 1


def test_what_a_timelapse_refuses(frames, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="at least one frame"):
        timelapse([], tmp_path / "film.gif")
    with pytest.raises(ValueError, match="1 labels for 12 frames"):
        timelapse(frames, tmp_path / "film.gif", labels=["a"])
    with pytest.raises(ValueError, match=r"\.gif or an \.mp4"):
        timelapse(frames, tmp_path / "film.webm")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match="install imageio-ffmpeg"):
        timelapse(frames, tmp_path / "film.mp4")
    assert not list(tmp_path.glob("film*"))


@pytest.mark.parametrize("package", ["imageio_ffmpeg", "av"])
def test_an_mp4_where_there_is_an_encoder(frames, tmp_path, package, monkeypatch):
    pytest.importorskip(package)
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found(name) if name == package else None)
    timelapse(frames, tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").read_bytes()[4:8] == b"ftyp"


ROWS = [
    (step, name, 0.1 + step / 100)
    for step in range(0, 300, 50)
    for name in [
        *("train/discriminator", "train/generator", "health/d_real", "health/d_fake_before", "health/d_fake_after"),
        *("health/value", "health/gradient_d", "health/gradient_g", "health/diversity", "fd_lite0_1k"),
    ]
]
NAMES = ("fd_lite0_1k", "coverage_lite0_1k", "coverage_lite0_1k_over_floor", "fd_lite0_1k_over_floor_test")
SAMPLES = [(step, f"val/{name}", 0.1 * step) for step in (1, 2) for name in NAMES]
IMAGES = [(step, f"val/{name}", 30.0) for step in (1, 2) for name in ("psnr_rgb_crop4", "psnr_rgb_crop4_gain", "l1")]


@pytest.mark.parametrize(
    ("rows", "size"),
    [
        (ROWS, (2160, 1020)),
        ([(step, name, float("nan") if "value" in name else value) for step, name, value in ROWS], (1440 + 720, 1020)),
        ([row for row in ROWS if row[1].startswith("train")], (720, 510)),
        ([row for row in ROWS if row[1].startswith("train")] + IMAGES, (2160, 510)),
        (SAMPLES, (1440, 510)),  # a multiple of the floor has no panel of its own
        ([], (720, 510)),
    ],
    ids=["all", "critic", "losses", "of images", "of samples", "nothing"],
)
def test_a_panel_for_everything_that_was_measured(tmp_path, rows, size):
    gan_curves(rows, tmp_path / "curves.png", {"fd": 30.0, "coverage": 0.96})
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == size
