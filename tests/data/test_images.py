"""Every mode of an image file becomes the 8-bit pixels one expects."""

import numpy as np
import pytest
from PIL import Image

from artesano.data.io.images import UnreadableImage, load_image


def pixel(path, channels=3):
    image = load_image(path, channels)
    assert image.mode == ("L" if channels == 1 else "RGB")
    return image.getpixel((0, 0))


def test_palette(tmp_path):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    image.save(tmp_path / "a.png")
    assert pixel(tmp_path / "a.png") == (10, 20, 30)


def test_palette_with_a_transparent_colour_is_white_there(tmp_path):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    image.save(tmp_path / "a.gif", transparency=1)
    assert pixel(tmp_path / "a.gif") == (255, 255, 255)


def test_transparency_is_composited_on_white(tmp_path):
    Image.new("RGBA", (4, 4), (200, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("RGBA", (4, 4), (0, 0, 0, 128)).save(tmp_path / "half.png")
    Image.new("LA", (4, 4), (0, 0)).save(tmp_path / "grey.png")
    assert pixel(tmp_path / "clear.png") == (255, 255, 255)
    assert pixel(tmp_path / "half.png") == (127, 127, 127)
    assert pixel(tmp_path / "grey.png", channels=1) == 255


@pytest.mark.parametrize(("value", "byte"), [(0, 0), (257, 1), (32896, 128), (65535, 255)])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_scaled_not_cut_off(tmp_path, value, byte, suffix):
    Image.fromarray(np.full((4, 4), value, dtype=np.uint16)).save(tmp_path / f"a.{suffix}")
    assert pixel(tmp_path / f"a.{suffix}") == (byte,) * 3
    assert pixel(tmp_path / f"a.{suffix}", channels=1) == byte


def test_wider_values_are_stretched_by_their_own_range(tmp_path):
    Image.fromarray(np.array([[0, 100_000], [50_000, 100_000]], dtype=np.int32)).save(tmp_path / "a.tif")
    assert np.array(load_image(tmp_path / "a.tif", 1)).tolist() == [[0, 255], [128, 255]]


def test_floats_in_the_unit_interval_are_not_stretched(tmp_path):
    Image.fromarray(np.full((2, 2), 0.4, dtype=np.float32)).save(tmp_path / "a.tif")
    assert pixel(tmp_path / "a.tif", 1) == 102


def test_cmyk_and_grey_and_bilevel(tmp_path):
    Image.new("CMYK", (4, 4), (255, 0, 0, 0)).save(tmp_path / "a.tif")
    Image.new("L", (4, 4), 77).save(tmp_path / "b.png")
    Image.new("1", (4, 4), 1).save(tmp_path / "c.png")
    assert pixel(tmp_path / "a.tif") == (0, 255, 255)
    assert pixel(tmp_path / "b.png") == (77, 77, 77)
    assert pixel(tmp_path / "c.png", channels=1) == 255


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.new("RGB", (8, 4)).save(tmp_path / "a.jpg", exif=exif)
    assert load_image(tmp_path / "a.jpg").size == (4, 8)


def test_bytes_and_open_images_are_accepted(tmp_path):
    Image.new("RGB", (4, 4), (1, 2, 3)).save(tmp_path / "a.png")
    assert pixel((tmp_path / "a.png").read_bytes()) == (1, 2, 3)
    assert pixel(Image.new("RGB", (4, 4), (1, 2, 3))) == (1, 2, 3)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "bmp", "gif"])
def test_truncated_files_are_named(tmp_path, suffix):
    file = tmp_path / f"cut.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(file)
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(UnreadableImage, match=rf"cut\.{suffix}: "):
        load_image(file)


def test_text_empty_and_missing_files_are_named(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.png").touch()
    for name, reason in [("text.png", "not an image"), ("empty.png", "not an image"), ("none.png", "no such file")]:
        with pytest.raises(UnreadableImage, match=f"{name}: {reason}"):
            load_image(tmp_path / name)
