"""Classes that are used: those that are named, without those of which hardly an image can be read."""

import numpy as np
import pytest
from PIL import Image

from artesano.data.folder import Folder
from artesano.data.mnist5k import Mnist5k
from artesano.data.table import Table
from artesano.errors import BadInput


def photos(root, **counts):
    """So many images in each class folder; a negative count is of files that are no images."""
    draw = np.random.default_rng(0)
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for number in range(abs(count)):
            file = root / name / f"{number}.png"
            if count < 0:
                file.write_bytes(b"no image")
            else:
                Image.fromarray(draw.integers(0, 255, (9, 9, 3), dtype=np.uint8)).save(file)
    return root


def names(data):
    return {part: sorted(split.names) for part, split in data.listing().splits.items()}


def test_classes_of_hardly_an_image_are_left_out_with_a_warning(tmp_path):
    root = photos(tmp_path, cat=10, dog=10, empty=0, fox=1, broken=-5)
    data = Folder(root=str(root))
    data.check()
    listing = data.listing()
    assert listing.classes == ["cat", "dog"]
    assert {len(split) for split in listing.splits.values()} == {2, 4, 14}
    assert set(np.concatenate([split.labels for split in listing.splits.values()])) == {0, 1}
    messages = " ".join(listing.messages())
    assert "6 left out (in a class with fewer than data.min_images=2 images)" in messages
    assert (
        "classes left out, with fewer readable images than data.min_images=2: broken (0), empty (0), fox (1)"
        in messages
    )


def test_the_rest_is_as_without_them(tmp_path):
    root = photos(tmp_path / "all", cat=10, dog=10)
    before = Folder(root=str(root)).listing()
    photos(root, fox=1)
    after = Folder(root=str(root)).listing()
    assert before.fingerprint == after.fingerprint


@pytest.mark.parametrize(("least", "classes"), [(1, ["cat", "dog", "fox"]), (11, []), (3, ["cat", "dog"])])
def test_other_numbers(tmp_path, least, classes):
    data = Folder(root=str(photos(tmp_path, cat=10, dog=4, fox=1)), min_images=least)
    assert data.listing().classes == classes


def test_fewer_than_two_classes_remain(tmp_path):
    data = Folder(root=str(photos(tmp_path, cat=10, dog=1)))
    with pytest.raises(BadInput, match=r"one class only, 'cat' with 10 images[^$]*min_images=2: dog \(1\)"):
        data.check()
    with pytest.raises(BadInput, match=r"no class; at least two[^$]*min_images=20: cat \(10\), dog \(1\)"):
        Folder(root=data.root, min_images=20).check()


def test_a_class_stays_in_its_parts_whichever_others_are_used(tmp_path):
    root = photos(tmp_path, bee=10, cat=10, dog=10)
    every = names(Folder(root=str(root)))
    some = names(Folder(root=str(root), classes=["dog", "cat"]))
    assert {part: [name for name in every[part] if "/bee/" not in name] for part in every} == some
    listing = Folder(root=str(root), classes=["dog", "cat"]).listing()
    assert listing.classes == ["cat", "dog"]
    assert listing.fingerprint == Folder(root=str(root), classes=["cat", "dog"]).listing().fingerprint
    assert listing.messages()[0].startswith("10 left out (in a class that data.classes does not name): ")


def test_unknown_classes_get_the_nearest(tmp_path):
    data = Folder(root=str(photos(tmp_path, cat=3, dog=3)), classes=["cat", "dgo"])
    with pytest.raises(BadInput, match=r"has no class 'dgo'; accepted: cat, dog\. Did you mean 'dog'"):
        data.check()


def test_digits_and_tables(tmp_path):
    listing = Mnist5k(classes=[7, "1"]).listing()
    assert listing.classes == ["1", "7"]
    assert sum(map(len, listing.splits.values())) == 1000
    photos(tmp_path, cat=3, dog=3, fox=1)
    rows = [f"{file.relative_to(tmp_path)},{file.parent.name}" for file in sorted(tmp_path.rglob("*.png"))]
    (tmp_path / "t.csv").write_text("\n".join(["path,label", *rows]))
    assert Table(file=str(tmp_path / "t.csv")).listing().classes == ["cat", "dog"]
    assert Table(file=str(tmp_path / "t.csv"), classes=["fox", "dog"], min_images=1).listing().classes == ["dog", "fox"]


@pytest.mark.parametrize(("other", "told"), [("trainB", True), ("trainC", False)])
def test_the_sides_of_a_translation_are_told_where_they_are_taken_for_classes(tmp_path, other, told):
    root = photos(tmp_path, trainA=10, testA=10, **{other: 10})
    messages = " ".join(Folder(root=str(root)).listing().messages())
    assert ("trainA and trainB are taken as classes" in messages) == told
