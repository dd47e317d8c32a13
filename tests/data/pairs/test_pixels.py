"""No bit of an image is lost on the way in, and its head tells beforehand what will be found."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artesano.data.io.headers import Header, header, headers
from artesano.data.io.images import UnreadableImage
from artesano.data.io.pixels import read_pixels

DEPTHS = {np.uint8: 8, np.uint16: 16, np.float32: 32}


@pytest.mark.parametrize(
    ("name", "channels", "dtype"),
    [
        ("grey.png", 1, np.uint8),
        ("colour.png", 3, np.uint8),
        ("colour.webp", 3, np.uint8),
        ("deep_grey.png", 1, np.uint16),
        ("deep_colour.png", 3, np.uint16),
        ("five.tif", 5, np.uint8),
        ("two.tif", 2, np.uint16),
        ("deep_four.tif", 4, np.uint16),
        ("floats.tif", 1, np.float32),
        ("thirteen_floats.tif", 13, np.float32),
    ],
)
def test_every_depth_comes_back_as_it_was(tmp_path, save, noise, name, channels, dtype):
    pixels = noise(7, 11, channels, dtype)
    path = save(tmp_path / name, pixels)
    found = read_pixels(path)
    assert found.dtype == dtype
    assert np.array_equal(found, pixels)
    assert np.array_equal(read_pixels(path, channels), pixels)
    assert header(path) == Header(11, 7, channels, DEPTHS[dtype])


def test_pillows_own_deep_grey(tmp_path, noise):
    pixels = noise(6, 9, 1, np.uint16)
    for name in ("a.png", "a.tif"):
        Image.fromarray(pixels[..., 0]).save(tmp_path / name)
        assert np.array_equal(read_pixels(str(tmp_path / name)), pixels)
        assert header(str(tmp_path / name)) == Header(9, 6, 1, 16)


def test_signed_numbers_of_16_bits_are_read_where_none_is_negative(tmp_path, save, noise):
    pixels = (noise(5, 6, 2, np.uint16) // 2).astype(np.int16)
    assert np.array_equal(read_pixels(save(tmp_path / "a.tif", pixels)), pixels.astype(np.uint16))
    with pytest.raises(UnreadableImage, match=r"b\.tif: its numbers go from -"):
        read_pixels(save(tmp_path / "b.tif", -pixels))


def test_floats_far_from_0_to_1_are_no_image(tmp_path, save, noise):
    path = save(tmp_path / "metres.tif", 800 * noise(5, 5, 1, np.float32))
    with pytest.raises(UnreadableImage, match=r"metres\.tif.*floats must lie in 0 to 1"):
        read_pixels(path)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "1", "CMYK"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_the_head_tells_what_will_be_found(tmp_path, mode, suffix, noise):
    path = tmp_path / f"a.{'tif' if mode == 'CMYK' else suffix}"
    Image.fromarray(noise(8, 13)).convert(mode).save(path)
    found = read_pixels(str(path))
    assert header(str(path)) == Header(found.shape[1], found.shape[0], found.shape[2], 8)
    assert found.shape == (8, 13, 1 if mode in ("L", "LA", "1") else 3)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "late.png", "a.webp", "a.tif"])
def test_exif_turns_the_head_too(tmp_path, noise, name):
    image, exif = Image.fromarray(noise(8, 13)), Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / name
    image.save(path, exif=exif)
    if name == "late.png":  # EXIF behind the pixels, as some cameras write it
        content = path.read_bytes()
        start = content.index(b"eXIf") - 4
        end = start + 12 + int.from_bytes(content[start : start + 4], "big")
        path.write_bytes(content[:start] + content[end:-12] + content[start:end] + content[-12:])
    assert read_pixels(str(path)).shape == (13, 8, 3)
    assert header(str(path)) == Header(8, 13, 3, 8)


def test_no_pixel_is_decoded_for_a_head(tmp_path, save, noise):
    path = Path(save(tmp_path / "a.png", noise(64, 64)))
    path.write_bytes(path.read_bytes()[:2000])
    assert header(str(path)) == Header(64, 64, 3, 8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_opacity_is_composited_on_white(tmp_path, save, dtype):
    full = np.iinfo(dtype).max
    pixels = np.zeros((2, 3, 4), dtype)
    pixels[:, :, 0] = full
    pixels[:, 0, 3], pixels[:, 2, 3] = full, full // 2
    found = read_pixels(save(tmp_path / "a.png", pixels), 3)
    assert np.array_equal(found[0, 0], [full, 0, 0])
    assert np.array_equal(found[0, 1], [full] * 3)
    assert np.abs(found[0, 2].astype(float) - [full, full / 2, full / 2]).max() <= 1


def test_grey_and_colour_are_turned_into_each_other(tmp_path, save, noise):
    colour = noise(9, 9)
    grey = read_pixels(save(tmp_path / "colour.png", colour), 1)
    luma = np.asarray(Image.fromarray(colour).convert("L")).astype(int)
    assert np.abs(grey[..., 0] - luma).max() <= 1
    repeated = read_pixels(save(tmp_path / "grey.png", grey), 3)
    assert np.array_equal(repeated, grey.repeat(3, 2))
    with pytest.raises(UnreadableImage, match=r"five\.tif: it has 5 channels, and the first image 3"):
        read_pixels(save(tmp_path / "five.tif", noise(4, 4, 5)), 3)


def test_what_is_no_image_says_so_with_its_name(tmp_path, save, noise):
    (tmp_path / "text.png").write_text("hello")
    whole = save(tmp_path / "whole.png", noise(64, 64, 3, np.uint16))
    (tmp_path / "cut.png").write_bytes(Path(whole).read_bytes()[:3000])
    (tmp_path / "head.png").write_bytes(Path(whole).read_bytes()[:26])
    tiff = save(tmp_path / "whole.tif", noise(64, 64, 5))
    (tmp_path / "cut.tif").write_bytes(Path(tiff).read_bytes()[:3000])
    for name in ("text.png", "cut.png", "head.png", "cut.tif", "gone.png"):
        with pytest.raises(UnreadableImage, match=name):
            read_pixels(str(tmp_path / name))
    found = headers(str(tmp_path / name) for name in ("text.png", "gone.png", "whole.png", "cut.tif"))
    reasons = [facts for facts in found.values() if isinstance(facts, str)]
    assert len(reasons) == 3
    assert all(reason.startswith(path) for path, reason in found.items() if isinstance(reason, str))


def test_large_pictures_are_read_without_warning(tmp_path, monkeypatch, save, noise):
    path = save(tmp_path / "large.png", noise(20, 20))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_pixels(path).shape == (20, 20, 3)
        assert header(path).width == 20
    assert Image.MAX_IMAGE_PIXELS == 100


def test_what_is_no_picture_is_said_without_its_path_again(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff" + b"0" * 200)
    (failure,) = headers([str(tmp_path / "broken.jpg")]).values()
    assert failure.reason == "not an image"
