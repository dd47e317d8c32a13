"""Which folders are parts: known names in any case, a question where it is not clear, a class called train."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from artesano.data.folder import Folder
from artesano.data.parts import part_of, resembles
from artesano.errors import BadInput


@pytest.fixture
def plant(tmp_path):
    def plant(*folders, count=10):
        for folder in folders:
            for row in range(count):
                file = tmp_path / folder / f"{row}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.new("L", (4, 4), row).save(file)
        return tmp_path

    return plant


def listed(root, **options):
    """Classes, and images of each part."""
    data = Folder(root=str(root), **options)
    data.check()
    listing = data.listing()
    return listing.classes, {part: len(split) for part, split in listing.splits.items()}


def refused(root, **options):
    data = Folder(root=str(root), **options)
    with pytest.raises(BadInput) as caught:
        data.check()
    return str(caught.value)


def test_names_of_parts():
    for part, names in {
        "train": "train Training TRAINSET train_set training-set tr Train Images",
        "val": "val valid Validation dev eval validation_set",
        "test": "test Testing test_set testset holdout hold-out held_out",
    }.items():
        assert {part_of(name) for name in names.split(" ") if name != "Images"} == {part}
    assert part_of("Train Images") == "train"
    assert not any(map(part_of, ["cat", "set", "data", "trains", "tests", "cars_train", "évaluation"]))
    assert [resembles(name) for name in ("cars_train", "val2017", "cat")] == ["train", "val", None]


@pytest.mark.parametrize(
    ("train", "other", "part"),
    [
        ("train", "dev", "val"),
        ("train", "eval", "val"),
        ("train", "holdout", "test"),
        ("Training", "Testing", "test"),
        ("training_set", "test_set", "test"),
        ("TRAIN", "Validation Set", "val"),
    ],
)
def test_two_parts_are_taken_as_they_are_and_the_third_is_cut(plant, train, other, part):
    root = plant(f"{train}/cat", f"{train}/dog", f"{other}/cat", f"{other}/dog")
    classes, counts = listed(root)
    assert classes == ["cat", "dog"]
    assert counts[part] == 20
    assert sum(counts.values()) == 40
    splits = Folder(root=str(root)).listing().splits
    assert all(f"/{other}/" in name for name in splits[part].names)


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (["train/cat", "train/dog", "training/cat", "training/dog"], ["'train', 'training'", "both|all", "choose one"]),
        (["train/cat", "train/dog", "extra/cat"], ["'extra' beside 'train'", "val: extra"]),
        (["cars_train/cat", "cars_train/dog", "cars_test/cat"], ["'cars_test', 'cars_train'", "train: cars_train"]),
        (["test/cat", "test/dog", "val/cat", "val/dog"], ["no training part", "data.parts="]),
        (["cat", "dog", "test"], ["'test' beside 'cat', 'dog'", "data.parts={}"]),
        (["data set/train/cat", "data set/train/dog", "data set/test/cat"], ["data.root='", "data set'"]),
        (["cat/train", "cat/test", "dog/train", "dog/test"], ["train/cat", "data.parts={}"]),
        (["inner/cat", "inner/dog"], ["one class only", "/inner'"]),
    ],
)
def test_what_is_not_clear_is_a_question(plant, folders, words):
    text = refused(plant(*folders))
    for word in words:
        assert any(way in text for way in word.split("|")), text


def test_a_class_may_be_called_train(plant):
    classes, counts = listed(plant("train", "car", "bus"))
    assert classes == ["bus", "car", "train"]
    assert counts == {"train": 21, "val": 3, "test": 6}


def test_parts_by_hand(plant):
    root = plant("cars_train/cat", "cars_train/dog", "cars_test/cat", "cars_test/dog", "old/cat")
    classes, counts = listed(root, parts={"train": "cars_train", "test": "cars_test"})
    assert (classes, counts) == (["cat", "dog"], {"train": 18, "val": 2, "test": 20})
    data = Folder(root=str(root), parts={"train": "cars_train"})
    assert sum("old/" in left.path or "cars_test/" in left.path for left in data.listing().left_out) == 30
    assert listed(root, parts={})[0] == ["cars_test", "cars_train", "old"]
    assert "Did you mean 'cars_train'" in refused(root, parts={"train": "car_train"})
    assert "Give train:" in refused(root, parts={"test": "cars_test"})
    assert "two parts are the same folder" in refused(root, parts={"train": "old", "test": "old"})
    assert "lies in that of another" in refused(root, parts={"train": ".", "test": "cars_test"})


def test_a_part_without_labels_beside_one_with_them(plant):
    assert "the test part" in refused(plant("train/cat", "train/dog", "test"))


def test_loose_images(plant):
    root = plant("sub", "")
    assert "20 images but no class folder" in refused(root)
    data = Folder(root=str(root))
    data.check(labels=False)
    assert sum(map(len, data.listing().splits.values())) == 20
    plant("other")
    assert len(Folder(root=str(root)).listing().left_out) == 10
    assert Folder(root=str(root)).listing().messages() == [
        "10 left out (in no class folder): 0.png, 1.png, 2.png and 7 more"
    ]


def test_classes_whose_names_look_alike(plant):
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    root = plant(f"train/{composed}", "train/dog", f"test/{decomposed}", "test/dog")
    assert listed(root)[0] == [composed, "dog"]
    plant(f"train/{decomposed}", count=3)
    listing = Folder(root=str(root)).listing()
    assert np.bincount(listing.splits["test"].labels).tolist() == [10, 10]
    assert sum(int((split.labels == 0).sum()) for split in listing.splits.values()) == 23
    assert any("accents" in line for line in listing.messages())


def test_classes_that_differ_in_capitals_are_told(plant):
    assert any("'Cat' and 'cat'" in line for line in Folder(root=str(plant("Cat", "cat"))).listing().messages())
