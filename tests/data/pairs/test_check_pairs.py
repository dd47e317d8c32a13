"""`artesano check` of pairs: what is printed, the picture, and the exit code."""

import numpy as np
import pytest
from PIL import Image

from artesano.cli import main


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """`check("data=...")`: exit code, standard output and error output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*words):
        code = main(["check", *words])
        return code, *capsys.readouterr()

    return run


def test_counts_sizes_depth_and_a_picture_of_pairs(tmp_path, check, save, outputs, ink):
    for row in range(12):
        save(tmp_path / "pairs" / "A" / f"{row}.png", np.full((20, 31 + row % 2, 1), 20 * row, np.uint16))
        save(tmp_path / "pairs" / "B" / f"{row}.png", np.full((20, 31 + row % 2, 3), 20 * row, np.uint8))
    code, out, _ = check("data=paired_folder", "data.root=pairs")
    assert code == 0
    for words in (
        "31 x 20 -> 31 x 20",
        "1 x 16 bits -> 3 x 8 bits",
        "of one colour: the source in 12 rows, the target in 12 rows",
    ):
        assert words in out
    for words in ("mismatches: 0", "unreadable: 0"):
        assert words in out
    assert "│ all │     9 │   1 │    2 │  12 │" in out
    picture = tmp_path / "outputs" / "check" / "paired_folder.png"
    assert f"picture: {picture.relative_to(tmp_path)}" in out
    assert np.asarray(Image.open(picture)).std() > 10
    assert "artesano check gan=pix2pix data=paired_folder data.root=pairs" in out


def test_targets_of_one_colour_are_not_the_same_target(tmp_path, check, save, noise, outputs):
    for row in range(12):
        save(tmp_path / "pairs" / "A" / f"{row}.png", noise(16, 16, seed=row))
        save(tmp_path / "pairs" / "B" / f"{row}.png", np.full((16, 16, 3), 80, np.uint8))
    code, out, _ = check("data=paired_folder", "data.root=pairs")
    assert code == 0
    assert "the target in 12 rows" in out
    assert "the same target in two parts: 0" in out


def test_square_photos_are_cut_in_two_with_a_warning(tmp_path, check, save, noise, outputs):
    for row in range(12):
        save(tmp_path / "photos" / f"{row}.png", noise(16, 16, seed=row))
    code, out, _ = check("gan=pix2pix", "image_size=8", "photos/")
    assert code == 0
    assert "WARNING: 12 of 12 pictures are not about twice as wide as high" in out


def test_mismatches_are_shown_before_the_error(tmp_path, check, save, noise):
    for row in range(12):
        save(tmp_path / "x" / "HR" / f"{row}.png", noise(32, 32, seed=row))
        save(tmp_path / "x" / "LR" / f"{row}.png", noise(16, 16 + (row == 3), seed=row))
    save(tmp_path / "x" / "LR" / "more.png", noise(16, 16))
    code, out, error = check("data=sr_folder", "data.root=x")
    assert code == 2
    assert "mismatches: 2" in out
    assert "picture: " in out
    assert "LR/3.png' is 17 x 16 px" in error
    assert "at scale=2 it must be 16 x 16" in error
    assert "more.png" in error


def test_the_same_picture_in_two_parts_and_files_that_cannot_be_read(tmp_path, check, save, noise):
    for row in range(12):
        save(tmp_path / "clean" / "train" / f"{row}.png", noise(24, 24, seed=row))
        save(tmp_path / "clean" / "test" / f"{row}.png", noise(24, 24, seed=row + 11))
    broken = tmp_path / "clean" / "test" / "5.png"
    broken.write_bytes(broken.read_bytes()[:200])
    code, out, _ = check("data=sr_folder", "data.root=clean", "--picture", "here.png")
    assert code == 0
    assert "unreadable: 1" in out
    assert "clean/test/5.png: " in out
    assert "the same target in two parts: 1" in out
    assert "train/11.png = test: " in out
    assert (tmp_path / "here.png").is_file()


def test_small_images_of_the_user_s_own_tell_their_scale(tmp_path, check, save, noise):
    for row in range(12):
        save(tmp_path / "x" / "HR" / f"{row}.png", noise(32, 32, seed=row))
        save(tmp_path / "x" / "LR" / f"{row}.png", noise(8, 8, seed=row))
    code, out, _ = check("data=sr_folder", "data.root=x")
    assert code == 0
    assert "artesano train gan=srgan scale=4 data=sr_folder data.root=x" in out


def test_unpaired_folders(tmp_path, check, save, noise):
    for row in range(12):
        save(tmp_path / "u" / "trainA" / f"{row}.png", noise(24, 24, seed=row))
        save(tmp_path / "u" / "trainB" / f"{row}.png", noise(20, 30, seed=row + 50))
    code, out, _ = check("data=unpaired_folder", "data.root=u")
    assert code == 0
    assert "rows, not paired" in out
    assert "24 x 24 -> 30 x 20" in out
    assert "gan=cyclegan" in out


def test_other_path_keys_take_any_text(tmp_path, check, save, noise):
    for row in range(12):
        save(tmp_path / "año (1)" / f"{row}.png", noise(24, 24, seed=row))
        save(tmp_path / "b, c" / f"{row}.png", noise(24, 24, seed=row))
    code, out, _ = check("data=paired_folder", "data.source_root=año (1)", "data.target_root=b, c")
    assert code == 0
    assert "24 x 24 -> 24 x 24" in out
