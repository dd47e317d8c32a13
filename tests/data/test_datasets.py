"""Each data set finds its images, takes odd names, and says what is wrong."""

import gzip
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from timm.data import create_dataset

from artesano.data.cifar10 import Cifar10
from artesano.data.fashion_mnist import FashionMnist
from artesano.data.folder import Folder
from artesano.data.mnist5k import Mnist5k
from artesano.data.report import first_images, inspect, tables
from artesano.data.table import Table
from artesano.data.timm_dataset import TimmDataset
from artesano.errors import BadInput


def paint(folder: Path, classes="ab", count=10, suffix="png"):
    for label, name in enumerate(classes):
        for row in range(count):
            file = folder / name / f"{row}.{suffix}"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (9, 9), (label * 20, row * 9, len(folder.name))).save(file)
    return folder


def problems(data):
    with pytest.raises(BadInput) as caught:
        data.check()
    return str(caught.value)


def test_folder_cuts_three_parts_and_names_classes_in_order(tmp_path):
    data = Folder(root=str(paint(tmp_path, ["zebra", "Ant", "bee"])))
    data.check()
    listing = data.listing()
    assert listing.classes == ["Ant", "bee", "zebra"]
    assert {part: np.bincount(split.labels).tolist() for part, split in listing.splits.items()} == {
        "train": [7] * 3,
        "val": [1] * 3,
        "test": [2] * 3,
    }
    for split in listing.splits.values():
        for name, label in zip(split.names, split.labels, strict=True):
            assert Path(name).parent.name == listing.classes[label]


@pytest.mark.parametrize("val", ["val", "valid", "Validation"])
def test_folder_takes_the_parts_that_exist_and_cuts_the_others(tmp_path, val):
    paint(tmp_path / "train")
    paint(tmp_path / val, count=3)
    splits = Folder(root=str(tmp_path)).listing().splits
    assert {part: len(split) for part, split in splits.items()} == {"train": 16, "val": 6, "test": 4}
    assert all(f"/{val}/" in name for name in splits["val"].names)
    assert all("/train/" in name for name in splits["test"].names)


def test_folder_finds_nested_files_of_any_suffix_and_ignores_hidden_ones(tmp_path):
    for suffix in ("JPG", "jpeg", "png", "webp", "TIF", "tiff", "bmp", "gif"):
        paint(tmp_path, ["a/deep", "b"], 1, suffix)
        for name in ("a/deep", "b"):
            (tmp_path / name / f"0.{suffix}").rename(tmp_path / name / f"{suffix}.{suffix}")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "a" / ".hidden.png").touch()
    listing = Folder(root=str(tmp_path)).listing()
    assert listing.classes == ["a", "b"]
    assert sum(map(len, listing.splits.values())) == 16


@pytest.mark.parametrize("name", ["Año (1) = ñ, ~ it's", "a,b=[c]{d}", "  spaces  ", "$HOME"])
def test_odd_relative_and_home_paths(tmp_path, monkeypatch, name):
    paint(tmp_path / name, ["ñandú (2)", "x=y"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    listings = [Folder(root=root).listing() for root in (name, f"./{name}", f"~/{name}", str(tmp_path / name))]
    assert all(listing.fingerprint == listings[0].fingerprint for listing in listings)
    assert listings[0].classes == ["x=y", "ñandú (2)"]
    assert listings[0].splits["train"].read(0).size == (9, 9)


def test_fingerprint_sees_an_edited_file(tmp_path):
    first = Folder(root=str(paint(tmp_path))).listing().fingerprint
    assert Folder(root=str(tmp_path)).listing().fingerprint == first
    os.utime(tmp_path / "a" / "0.png", (1, 1))
    assert Folder(root=str(tmp_path)).listing().fingerprint != first


def test_missing_and_empty_folders(tmp_path):
    paint(tmp_path / "photos")
    (tmp_path / "empty" / "cats").mkdir(parents=True)
    (tmp_path / "loose").mkdir()
    Image.new("L", (3, 3)).save(tmp_path / "loose" / "a.png")
    assert "there is no folder" in problems(Folder(root=str(tmp_path / "fotos")))
    assert "Did you mean 'photos'" in problems(Folder(root=str(tmp_path / "fotos")))
    assert "no image in a class subfolder" in problems(Folder(root=str(tmp_path / "empty")))
    assert "1 images but no class folder" in problems(Folder(root=str(tmp_path / "loose")))
    assert "is a file" in problems(Folder(root=str(tmp_path / "loose" / "a.png")))


def test_one_class_only(tmp_path):
    assert f"{tmp_path}: one class only, 'cats' with 10 images" in problems(Folder(root=str(paint(tmp_path, ["cats"]))))


def test_a_class_missing_from_a_split(tmp_path, caplog):
    paint(tmp_path / "train", "abc")
    paint(tmp_path / "test", "ab")
    paint(tmp_path / "test", "d", count=3)
    text = problems(Folder(root=str(tmp_path)))
    assert text.endswith("class 'd' is missing from the train split (3 images in all)")
    assert "no test image of c (10 in all)" in caplog.text


def test_fewer_images_than_shots(tmp_path):
    text = problems(Folder(root=str(paint(tmp_path)), shots=8))
    assert "data.shots=8: class 'a'" in text
    assert "has 7 training images" in text


def test_contradictions_are_told_together():
    text = problems(Mnist5k(fraction=0.5, shots=3, val_fraction=0.5, test_fraction=0.6))
    assert "choose one" in text
    assert "1.1: nothing is left" in text


def write_table(tmp_path, header="path,label", split=""):
    paint(tmp_path / "pics")
    rows = [f"pics/{name}/{row}.png,{label}{split}" for label, name in [(10, "a"), (9, "b")] for row in range(10)]
    (tmp_path / "t.csv").write_text("\n".join([header, *rows]), encoding="utf-8-sig")
    return str(tmp_path / "t.csv")


def test_table_paths_are_relative_to_the_file_and_numbers_sort_as_numbers(tmp_path):
    data = Table(file=write_table(tmp_path))
    data.check()
    assert data.listing().classes == ["9", "10"]
    split = data.listing().splits["test"]
    assert [split.read(row).getpixel((0, 0))[0] for row in range(len(split))] == [
        20 if label == 0 else 0 for label in split.labels
    ]


def test_table_split_column(tmp_path):
    file = Path(write_table(tmp_path, "path,label,part", ",train"))
    file.write_text(
        file.read_text().replace("9.png,10,train", "9.png,10,valid").replace("9.png,9,train", "9.png,9,Val")
    )
    splits = Table(file=str(file), split_column="part").listing().splits
    assert {part: len(split) for part, split in splits.items()} == {"train": 14, "val": 2, "test": 4}
    file.write_text(file.read_text().replace("valid", "tset"))
    assert "Did you mean 'test'?" in problems(Table(file=str(file), split_column="part"))


def test_table_says_what_is_wrong(tmp_path):
    file = write_table(tmp_path)
    text = problems(Table(file=file, path_column="paht", label_column="labels"))
    assert "data.path_column" in text
    assert "Did you mean 'path'?" in text
    assert "Did you mean 'label'?" in text
    assert "Did you mean 't.csv'?" in problems(Table(file=str(tmp_path / "tt.csv")))
    (tmp_path / "t.csv").write_text("path,label\nnone.png,1\nmissing.png,2\n")
    assert "none of the files" in problems(Table(file=file))


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


@pytest.mark.parametrize("inner", [".", "raw", "FashionMNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_fashion_mnist_reads_local_copies(tmp_path, inner, packed):
    folder = tmp_path / inner
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(40 * 4).reshape(40, 2, 2).astype(np.uint8)
    labels = (np.arange(40) % 10).astype(np.uint8)
    for prefix in ("train", "t10k"):
        for name, array in ((f"{prefix}-images-idx3-ubyte", pixels), (f"{prefix}-labels-idx1-ubyte", labels)):
            content = idx(array)
            (folder / f"{name}{'.gz' * packed}").write_bytes(gzip.compress(content) if packed else content)
    splits = FashionMnist(root=str(tmp_path)).listing().splits
    assert len(splits["test"]) == 40
    np.testing.assert_array_equal(splits["test"].read(3), pixels[3])
    assert splits["test"].labels[3] == 3


def test_nothing_is_downloaded_unasked(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path))
    monkeypatch.setattr("artesano.data.fashion_mnist.DEBIAN", tmp_path / "debian")
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("a download was tried"))
    for data in (FashionMnist(), FashionMnist(root=str(tmp_path)), Cifar10(), Cifar10(root=str(tmp_path))):
        text = problems(data)
        assert "data.download=true" in text
        assert "data.root=<folder>" in text


def test_timm_folder_and_its_errors(tmp_path):
    data = TimmDataset(name="folder", root=str(paint(tmp_path, ["x", "y"])))
    data.check()
    listing = data.listing()
    assert listing.classes == ["x", "y"]
    split = listing.splits["train"]
    assert [split.read(row).getpixel((0, 0))[0] for row in range(len(split))] == (split.labels * 20).tolist()
    assert "timm cannot open it" in problems(TimmDataset(name="torch/nothing"))


def test_timm_folders_are_walked_like_others(tmp_path):
    paint(tmp_path / "train", ["x", "deep/y"])
    paint(tmp_path / "validation", ["x", "y"], count=2, suffix="webp")
    paint(tmp_path / "train" / "@eaDir", ["x"], count=2)
    (tmp_path / "train" / "x" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "train" / "x" / "again").symlink_to(tmp_path / "train", target_is_directory=True)
    (tmp_path / "train" / "x" / "notes.txt").touch()
    data = TimmDataset(name="folder", root=str(tmp_path), val_split="val")
    data.check()
    listing = data.listing()
    assert listing.classes == ["x", "y"]
    assert {part: len(split) for part, split in listing.splits.items()} == {"train": 16, "val": 4, "test": 4}
    messages = " ".join(listing.messages())
    assert [messages.count(words) for words in ("(.txt is no", "a link to", "of the system")] == [1, 2, 1]
    assert data.base() == tmp_path
    assert "no folder 'tets'" in problems(TimmDataset(name="folder", root=str(tmp_path), test_split="tets"))
    png = TimmDataset(name="folder", root=str(tmp_path), train_split="validation", input_key=".png;.webp")
    assert png.listing().classes == ["x", "y"]


def test_parts_of_a_timm_folder_share_no_image(tmp_path):
    paint(tmp_path, ["x", "y"])
    paint(tmp_path / "val", ["x", "y"], count=3)
    listing = TimmDataset(name="folder", root=str(tmp_path), val_split="val").listing()
    assert len(listing.splits["val"]) == 6
    names = [name for split in listing.splits.values() for name in split.names]
    assert len(names) == len(set(names)) == 26
    both = TimmDataset(name="folder", root=str(tmp_path), val_split="val", test_split="validation")
    assert "two parts are the same folder" in problems(both)


def test_timm_folders_have_the_order_of_timm(tmp_path):
    paint(tmp_path, ["10", "9", "a"], count=12)
    items = create_dataset("folder", root=str(tmp_path))
    data = TimmDataset(name="folder", root=str(tmp_path), min_images=0)
    classes, splits = data.read_splits()
    assert classes == list(items.reader.class_to_idx)
    assert list(zip(splits["train"].names, splits["train"].labels.tolist(), strict=True)) == items.reader.samples


def test_readers_travel_to_workers(tmp_path):
    for data in (Folder(root=str(paint(tmp_path))), TimmDataset(name="folder", root=str(tmp_path)), Mnist5k()):
        split = data.listing().splits["val"]
        again = pickle.loads(pickle.dumps(split.read))
        np.testing.assert_array_equal(again(1), split.read(1))


def test_report_counts_sizes_modes_duplicates_and_unreadable_files(tmp_path):
    paint(tmp_path / "train")
    paint(tmp_path / "test", count=3)
    Image.new("L", (5, 7)).save(tmp_path / "train" / "a" / "grey.png")
    (tmp_path / "train" / "b" / "bad.png").write_text("no")
    (tmp_path / "test" / "a" / "leak.png").write_bytes((tmp_path / "test" / "a" / "0.png").read_bytes())
    Image.open(tmp_path / "train" / "b" / "4.png").save(tmp_path / "test" / "b" / "leak.bmp")  # same pixels, other file
    listing = Folder(root=str(tmp_path)).listing()
    found = inspect(listing)
    assert found.sizes == {(9, 9): 28, (5, 7): 1}
    assert found.modes == {"RGB": 28, "L": 1}
    assert [line.split("/")[-1] for line in found.unreadable] == ["bad.png: not an image"]
    assert found.copies == 1
    assert len(found.duplicates) == 1
    assert {Path(name).name for name in found.duplicates[0]} == {"4.png", "leak.bmp"}
    assert len(list(tables(listing, found))) >= 6
    captions, places = first_images(listing, 4)
    assert captions == ["a", "b", "a", "b"]
    assert len(set(places)) == 4
