"""Images that are broken, odd or very large: skipped, told or reduced; never a traceback, nothing in silence."""

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from artesano.data.folder import Folder
from artesano.data.io import limits
from artesano.data.io.images import REMARK, UnreadableImage, load_image, open_image
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.data.readable import check_listing
from artesano.data.report import inspect, tables
from artesano.errors import BadInput
from artesano.kinds.gan.build import channels_of

EIGHT = Preprocessing(8, crop_pct=1.0)


@pytest.fixture
def photos(tmp_path):
    """Twelve images in each of the classes a, b, c."""
    for row in range(36):
        file = tmp_path / "abc"[row % 3] / f"{row:02d}.png"
        file.parent.mkdir(exist_ok=True)
        Image.new("RGB", (9, 9), (row, 100, 200)).save(file)
    return tmp_path


def save(path, pixels):
    tifffile.imwrite(
        path, pixels, photometric="rgb" if pixels.shape[2:] == (3,) else "minisblack", planarconfig="contig"
    )
    return path


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none(tmp_path, value):
    Image.fromarray(np.array([[0, value]], np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(UnreadableImage, match=r"a\.tif: .*no numbers"):
        load_image(tmp_path / "a.tif")


def test_channels_that_are_neither_grey_nor_colour(tmp_path):
    with pytest.raises(UnreadableImage, match=r"five\.tif: 5 channels; only grey and colour"):
        load_image(str(save(tmp_path / "five.tif", np.zeros((4, 4, 5), np.uint8))))
    colour = load_image(str(save(tmp_path / "floats.tif", np.full((4, 4, 3), 0.4, np.float32))))
    assert colour.getpixel((0, 0)) == (102, 102, 102)


def test_colours_of_other_kinds(tmp_path):
    Image.new("LAB", (4, 4), (255, 0, 0)).save(tmp_path / "a.tif")
    assert load_image(tmp_path / "a.tif").mode == "RGB"


@pytest.mark.parametrize(
    ("pixels", "dark"),
    [
        (np.full((4, 4), 255, np.uint16), True),
        (np.full((4, 4), 60_000, np.uint16), False),
        (np.zeros((4, 4), np.uint16), False),
        (np.full((4, 4), 0.001, np.float32), True),
        (np.full((4, 4), 0.5, np.float32), False),
        (np.full((4, 4), 3, np.uint8), False),
    ],
)
def test_values_far_below_the_range_are_told(tmp_path, pixels, dark):
    Image.fromarray(pixels).save(tmp_path / "a.tif")
    assert ("almost black" in open_image(tmp_path / "a.tif").info.get(REMARK, "")) == dark


@pytest.mark.parametrize("suffix", ["gif", "tif", "webp", "png"])
def test_the_first_of_several_frames(tmp_path, suffix):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / f"one.{suffix}")
    image = open_image(tmp_path / f"a.{suffix}")
    assert "frames" in image.info[REMARK]
    assert load_image(tmp_path / f"a.{suffix}").getpixel((0, 0))[0] > 200
    assert REMARK not in open_image(tmp_path / f"one.{suffix}").info


@pytest.mark.parametrize("kind", ["RGB jpg", "RGB png", "P png", "1 png", "I;16 png", "CMYK jpg"])
def test_a_very_large_picture_is_reduced_and_shows_the_same(tmp_path, monkeypatch, kind):
    mode, suffix = kind.split()
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 400).astype(np.uint8), (200, 1)))
    grey16 = Image.fromarray(np.asarray(ramp).astype(np.uint16) * 257)
    (grey16 if mode == "I;16" else ramp.convert(mode)).save(tmp_path / f"a.{suffix}")
    small = np.asarray(load_image(tmp_path / f"a.{suffix}").resize((20, 10), Image.Resampling.BOX)).astype(int)
    for name, value in (("LARGE", 10_000), ("REDUCED", 5000), ("SHORT", 50)):
        monkeypatch.setattr(limits, name, value)
    image = load_image(tmp_path / f"a.{suffix}")
    assert image.size[0] < 400
    assert np.abs(np.asarray(image.resize((20, 10), Image.Resampling.BOX)) - small).max() <= 3
    assert open_image(tmp_path / f"a.{suffix}", whole=True).size == (400, 200)
    monkeypatch.setattr(limits, "MOST", 70_000)
    with pytest.raises(UnreadableImage, match="400 x 200 px are more than"):
        load_image(tmp_path / f"a.{suffix}")


def test_a_picture_beyond_pillows_own_guard(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    assert load_image(tmp_path / "a.png").size == (9, 9)


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_class_of_which_nothing_can_be_read_is_refused(photos, in_memory):
    for file in (photos / "c").iterdir():
        file.write_bytes(b"")
    assert Folder(root=str(photos)).listing().classes == ["a", "b"]
    loaders = Loaders(Folder(root=str(photos), in_memory=in_memory, workers=0, min_images=0), EIGHT, 0)
    with pytest.raises(BadInput, match=r"of class 'c' \(9\)\n\d+ skipped \(not an image\): "):
        loaders.train(lambda: 0, 1)
    listing = Folder(root=str(photos), min_images=0).listing()
    found = inspect(listing)
    with pytest.raises(BadInput, match="of class 'c'"):
        check_listing("here", listing, found.readable, found.unreadable)


def test_a_whole_batch_that_cannot_be_read_stands_aside(photos):
    data = Folder(root=str(photos), in_memory=False, workers=0, batch_size=2)
    kept = {}
    for part, split in data.listing().splits.items():
        kept[part] = {int(np.flatnonzero(split.labels == label)[-1]) for label in range(3)}
        for row in set(range(len(split))) - kept[part]:
            open(split.names[row], "wb").close()
    loaders = Loaders(data, EIGHT, 0)
    batches = list(loaders.train(lambda: 0, 20))
    assert all(batch.images.shape == (2, 3, 8, 8) for batch in batches)
    assert {row for batch in batches for row in batch.index.tolist()} == kept["train"]
    assert all(
        (batch.labels == torch.from_numpy(data.listing().splits["train"].labels)[batch.index]).all()
        for batch in batches
    )
    again = list(Loaders(data, EIGHT, 0).train(lambda: 5, 20))
    assert all((one.index == other.index).all() for one, other in zip(batches[5:], again, strict=True))
    assert {row for batch in loaders.evaluate("test") for row in batch.index.tolist()} == kept["test"]


def test_check_counts_what_training_uses(photos):
    for name in ("00", "03"):
        (photos / "a" / f"{name}.png").write_bytes(b"no")
    (photos / "b" / "notes.txt").touch()
    Image.fromarray(np.full((4, 4), 99, np.uint16)).save(photos / "b" / "dark.tif")
    data = Folder(root=str(photos))
    loaders = Loaders(data, EIGHT, 0)
    for part in ("train", "val", "test"):
        loaders.evaluate(part)
    again = Folder(root=str(photos)).listing()
    found = inspect(again)
    assert {part: len(rows) for part, rows in found.readable.items()} == loaders.facts()["images"]
    printed = [part for part in tables(again, found) if isinstance(part, str)]
    assert sum("left out (.txt" in line for line in printed) == 1
    assert sum("almost black" in line for line in printed) == 1
    assert loaders.facts()["left_out"] == [line for line in printed if "left out" in line or "used (" in line]
    assert len(loaders.skipped) == 2


def test_a_gan_looks_for_its_channels_in_images_that_can_be_read(photos):
    split = Folder(root=str(photos)).listing().splits["train"]
    for name in split.names[:20]:
        open(name, "wb").close()
    assert channels_of(split, None, "here") == 3
    for name in split.names:
        open(name, "wb").close()
    with pytest.raises(BadInput, match="no image of the training part"):
        channels_of(split, None, "here")
