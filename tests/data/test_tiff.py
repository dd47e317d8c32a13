"""Whatever wrote a TIFF, its pixels are read bit for bit; what Pillow reads better is left to it."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from artesano.data.io.images import UnreadableImage
from artesano.data.io.tiff import read_tiff, upright, write_tiff


def noise(*shape, dtype=np.uint8):
    values = np.random.default_rng(1).random(shape)
    return (values * (1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max)).astype(dtype)


def write(path, pixels, *, tile=None, planar=False, **options):
    """A TIFF of [H, W, C], packed by Deflate unless `compression` says otherwise, in strips of 7 rows or in tiles."""
    several = {"planarconfig": "separate" if planar else "contig"} if pixels.shape[2] > 1 else {}
    layout = {"tile": (tile, tile)} if tile else {"rowsperstrip": 7}
    options = {"photometric": "minisblack", "compression": "zlib", "metadata": None} | several | layout | options
    stored = pixels.transpose(2, 0, 1) if planar else pixels
    tifffile.imwrite(path, stored if several else pixels[..., 0], **options)
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_pixels_come_back(tmp_path, dtype, channels):
    pixels = noise(20, 33, channels, dtype=dtype)
    for order in "<>":
        for options in ({}, {"tile": 16}, {"planar": True}, {"compression": None}, {"tile": 16, "planar": True}):
            found = read_tiff(write(tmp_path / "a.tif", pixels, byteorder=order, **options))
            assert found.pixels.dtype == dtype, options
            assert np.array_equal(found.pixels, pixels), options
            assert not found.alpha


@pytest.mark.parametrize("options", [{}, {"tile": 16}, {"planar": True}])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_differences_are_undone(tmp_path, options, dtype):
    """Predictor 2, differences of integers; predictor 3, of floats."""
    pixels = noise(20, 33, 3, dtype=dtype)
    for order in "<>":
        predictor = 3 if np.dtype(dtype).kind == "f" else 2
        path = write(tmp_path / "a.tif", pixels, predictor=predictor, byteorder=order, **options)
        assert np.array_equal(read_tiff(path).pixels, pixels)


@pytest.mark.parametrize("compression", ["lzw", "zlib", "deflate", "zstd", "lzma", "packbits", "lerc"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_codecs_of_satellite_images(tmp_path, compression, dtype):
    pixels = noise(40, 33, 6, dtype=dtype)
    for options in ({}, {"tile": 16}, {"planar": True, "tile": 16}):
        path = write(tmp_path / "a.tif", pixels, **options, compression=compression)
        assert np.array_equal(read_tiff(path).pixels, pixels)


def test_jpeg_of_more_channels_than_pillow_reads(tmp_path):
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    pixels = np.stack([np.tile(ramp, (64, 1)), np.tile(ramp[::-1], (64, 1)), np.tile(ramp[:, None], (1, 64))] * 2, 2)
    path = write(tmp_path / "a.tif", pixels, planar=True, tile=32, compression="jpeg")
    assert np.abs(read_tiff(path).pixels.astype(int) - pixels).max() < 12


def test_the_first_of_several_pages(tmp_path):
    pages = noise(3, 20, 33, dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", pages, photometric="minisblack", metadata=None)
    assert np.array_equal(read_tiff(tmp_path / "a.tif").pixels[..., 0], pages[0])


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16", "F"])
def test_pillows_files(tmp_path, compression, mode):
    shape = (30, 21, len(mode)) if mode in ("LA", "RGB", "RGBA") else (30, 21)
    pixels = noise(*shape, dtype={"I;16": np.uint16, "F": np.float32}.get(mode, np.uint8))
    for options in ({}, {"big_tiff": True}):
        Image.fromarray(pixels).save(tmp_path / "a.tif", compression=compression, icc_profile=b"colours", **options)
        found = read_tiff(tmp_path / "a.tif")
        assert np.array_equal(found.pixels.reshape(shape), pixels)
        assert found.alpha == mode.endswith("A")
        assert found.profile == b"colours"


def test_upright(tmp_path):
    pixels = noise(6, 9, 3)
    for orientation in range(1, 9):
        path = write(tmp_path / "a.tif", pixels, extratags=[(274, 3, 1, orientation)])
        found = read_tiff(path).pixels
        turned = Image.fromarray(pixels)
        if way := {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation):
            turned = turned.transpose(Image.Transpose(way))
        elif orientation == 2:
            turned = turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        assert np.array_equal(found, np.asarray(turned)), orientation
        assert np.array_equal(found, upright(pixels, orientation))


def test_what_is_left_to_pillow(tmp_path):
    Image.new("P", (5, 5)).save(tmp_path / "palette.tif")
    Image.new("1", (5, 5)).save(tmp_path / "bits.tif")
    Image.new("CMYK", (5, 5)).save(tmp_path / "cmyk.tif")
    Image.new("RGB", (5, 5)).save(tmp_path / "jpeg.tif", compression="jpeg")
    Image.new("RGB", (5, 5)).save(tmp_path / "other.png")
    assert [read_tiff(path) for path in sorted(tmp_path.iterdir())] == [None] * 5


def test_white_is_zero(tmp_path):
    pixels = noise(8, 8, 1, dtype=np.uint16)
    found = read_tiff(write(tmp_path / "a.tif", pixels, photometric="miniswhite")).pixels
    assert np.array_equal(found, 65535 - pixels)


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits", "zstd", "jpeg"])
@pytest.mark.parametrize("tile", [None, 16])
def test_a_file_cut_short_is_told(tmp_path, compression, tile):
    path = write(tmp_path / "a.tif", noise(40, 33, 5), compression=compression, tile=tile, planar=compression == "jpeg")
    content = path.read_bytes()
    for length in (6, 100, len(content) // 2, len(content) - 50, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(UnreadableImage, match=r"a\.tif"):
            read_tiff(path)


def test_broken_files_are_told(tmp_path):
    path = write(tmp_path / "a.tif", noise(20, 33, 5, dtype=np.uint16))
    content = bytearray(path.read_bytes())
    content[500:540] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(UnreadableImage, match="broken TIFF"):
        read_tiff(path)


def test_volumes_and_complex_numbers_are_no_images(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(16, 16, 16), volumetric=True, photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tif", noise(16, 16, dtype=np.float32).astype(np.complex64))
    for name in "ab":
        with pytest.raises(UnreadableImage, match="not supported"):
            read_tiff(tmp_path / f"{name}.tif")


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 13])
def test_written_pixels_come_back(tmp_path, channels):
    for dtype in (np.uint8, np.uint16, np.float32):
        for alpha in {False, channels in (2, 4)}:
            pixels = noise(41, 33, channels, dtype=dtype)
            with (tmp_path / "a.tif").open("wb") as stream:
                write_tiff(stream, pixels, alpha, b"colours")
            image = read_tiff(tmp_path / "a.tif")
            assert image.pixels.dtype == dtype
            assert np.array_equal(image.pixels, pixels)
            assert (image.alpha, image.profile) == (alpha, b"colours")


def test_more_than_4_gib_become_a_bigtiff(tmp_path, monkeypatch):
    pixels = noise(41, 33, 3)
    for limit, version in {pixels.nbytes: 42, pixels.nbytes - 1: 43}.items():
        monkeypatch.setattr("artesano.data.io.tiff.LARGEST", limit)
        with (tmp_path / "a.tif").open("wb") as stream:
            write_tiff(stream, pixels, False, None)
        assert (tmp_path / "a.tif").read_bytes()[:4] == b"II" + bytes([version, 0])
        assert np.array_equal(read_tiff(tmp_path / "a.tif").pixels, pixels)
        assert np.array_equal(np.asarray(Image.open(tmp_path / "a.tif")), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_colours_that_were_multiplied_by_the_opacity_are_divided_by_it(tmp_path, dtype):
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    colours, opacity = noise(9, 11, 3, dtype=dtype), noise(9, 11, 1, dtype=dtype)
    opacity[:3], opacity[3:5] = 0, full
    stored = colours * (opacity.astype(float) / full)
    stored = stored.astype(dtype) if full == 1 else np.rint(stored).astype(dtype)
    pixels = np.concatenate([stored, opacity], 2)
    write(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["assocalpha"])
    found = read_tiff(tmp_path / "a.tif")
    assert found.alpha
    assert found.pixels.dtype == dtype
    assert np.array_equal(found.pixels[..., 3:], opacity)
    assert not found.pixels[:3, :, :3].any()
    assert np.array_equal(found.pixels[3:5, :, :3], colours[3:5])
    seen = opacity[..., 0] > full // 4 if full > 1 else opacity[..., 0] > 0.25
    apart = np.abs(found.pixels[seen][:, :3].astype(float) - colours[seen])
    assert apart.max() <= (1e-5 if full == 1 else 2.01)  # half a level, divided by a quarter
    if dtype == np.uint8:
        theirs = np.asarray(Image.open(tmp_path / "a.tif").convert("RGBA"))
        assert np.abs(theirs[seen].astype(int) - found.pixels[seen]).max() <= 1


def test_light_beyond_its_opacity_is_limited(tmp_path):
    pixels = np.full((4, 4, 4), 0.5, np.float32)
    pixels[..., 3] = 0.1
    write(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["assocalpha"])
    assert (read_tiff(tmp_path / "a.tif").pixels[..., :3] == 1).all()


def test_opacity_is_not_turned_with_white_is_zero(tmp_path):
    pixels = noise(6, 5, 2)
    write(tmp_path / "a.tif", pixels, photometric="miniswhite", extrasamples=["unassalpha"])
    found = read_tiff(tmp_path / "a.tif").pixels
    assert np.array_equal(found[..., 0], 255 - pixels[..., 0])
    assert np.array_equal(found[..., 1], pixels[..., 1])
