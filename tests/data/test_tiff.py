"""Whatever wrote a TIFF, its pixels are read bit for bit; what Pillow reads better is left to it."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from artesano.data.io.images import UnreadableImage
from artesano.data.io.tiff import read_tiff, upright
from artesano.data.io.tiff_tags import packed


def noise(*shape, dtype=np.uint8):
    values = np.random.default_rng(1).random(shape)
    return (values * (1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max)).astype(dtype)


def write(path, pixels, *, order="<", tile=None, planar=False, predictor=1, deflate=True, **more):
    """A TIFF by hand: strips of 7 rows or tiles, of either byte order."""
    height, width, channels = pixels.shape
    stored = pixels.astype(pixels.dtype.newbyteorder(order))
    planes = [stored[..., k : k + 1] for k in range(channels)] if planar else [stored]
    parts = []
    for plane in planes:
        for top in range(0, height, tile or 7):
            for left in range(0, width, tile or width):
                part = plane[top : top + (tile or 7), left : left + (tile or width)]
                if tile:
                    part = np.pad(part, [(0, tile - part.shape[0]), (0, tile - part.shape[1]), (0, 0)])
                if predictor == 2:
                    native = part.astype(part.dtype.newbyteorder("="))
                    part = np.diff(native, axis=1, prepend=native[:, :1] * 0).astype(stored.dtype)
                parts.append(zlib.compress(part.tobytes()) if deflate else part.tobytes())
    places = 8 + np.cumsum([0, *map(len, parts)])
    tags = {256: width, 257: height, 258: (8 * pixels.dtype.itemsize,) * channels, 259: 8 if deflate else 1}
    tags |= {262: 2 if channels == 3 else 1, 277: channels, 284: 2 if planar else 1, 317: predictor}
    tags |= {339: ({"u": 1, "i": 2, "f": 3}[pixels.dtype.kind],) * channels}
    sizes = tuple(map(len, parts))
    if tile:
        tags |= {322: tile, 323: tile, 324: tuple(places[:-1].tolist()), 325: sizes}
    else:
        tags |= {273: tuple(places[:-1].tolist()), 278: 7, 279: sizes}
    head = b"II*\0" if order == "<" else b"MM\0*"
    start = int(places[-1]) + int(places[-1]) % 2
    content = head + struct.pack(order + "I", start) + b"".join(parts)
    path.write_bytes(content.ljust(start, b"\0") + packed(tags | more.get("tags", {}), start, order))
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_pixels_come_back(tmp_path, dtype, channels):
    pixels = noise(20, 33, channels, dtype=dtype)
    for order in "<>":
        for options in ({}, {"tile": 16}, {"planar": True}, {"deflate": False}, {"tile": 16, "planar": True}):
            found = read_tiff(write(tmp_path / "a.tif", pixels, order=order, **options))
            assert found.pixels.dtype == dtype, options
            assert np.array_equal(found.pixels, pixels), options
            assert not found.alpha


@pytest.mark.parametrize("options", [{}, {"tile": 16}, {"planar": True}])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_differences_are_undone(tmp_path, options, dtype):
    pixels = noise(20, 33, 3, dtype=dtype)
    for order in "<>":
        path = write(tmp_path / "a.tif", pixels, predictor=2, order=order, **options)
        assert np.array_equal(read_tiff(path).pixels, pixels)
    if dtype == np.uint8 and options == {}:
        assert np.array_equal(np.asarray(Image.open(path)), pixels)  # the file made here is what others read


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
        path = write(tmp_path / "a.tif", pixels, tags={274: orientation})
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
    found = read_tiff(write(tmp_path / "a.tif", pixels, tags={262: 0})).pixels
    assert np.array_equal(found, 65535 - pixels)


def test_broken_files_are_told(tmp_path):
    path = write(tmp_path / "a.tif", noise(20, 33, 5, dtype=np.uint16), deflate=False)
    content = path.read_bytes()
    path.write_bytes(content[:-50])
    with pytest.raises(UnreadableImage, match=r"a\.tif"):
        read_tiff(path)
    zipped = write(tmp_path / "a.tif", noise(20, 33, 5, dtype=np.uint16))
    content = bytearray(zipped.read_bytes())
    content[300:340] = bytes(40)
    zipped.write_bytes(content)
    with pytest.raises(UnreadableImage, match="broken TIFF"):
        read_tiff(path)
    path = write(tmp_path / "a.tif", noise(20, 33, 1, dtype=np.float32), tags={317: 3})
    with pytest.raises(UnreadableImage, match="predictor 3"):
        read_tiff(path)
