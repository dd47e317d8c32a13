"""Whatever the folders look like, partners find each other; and every mistake is named with its file."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from artesano.data.pairs.paired_folder import PairedFolder
from artesano.data.pairs.sr_folder import SrFolder
from artesano.data.pairs.unpaired_folder import UnpairedFolder
from artesano.errors import BadInput


@pytest.fixture
def tree(tmp_path, save):
    """`tree("A/1.png", "B/1.png", size=(8, 12))`: images whose colour tells their name; returns the folder."""

    def plant(*names, size=(8, 12), root="data", channels=3, dtype=np.uint8):
        for name in names:
            colour = number(Path(name).stem)
            save(tmp_path / root / name, np.full((*size, channels), colour, dtype))
        return str(tmp_path / root)

    return plant


def number(stem):
    return int("".join(letter for letter in stem.split("x")[0] if letter.isdigit()) or 0)


def stems(part):
    return [Path(name).stem for name in part.names]


def sizes(data):
    return {name: len(part) for name, part in data.listing().parts.items()}


def problems(data, scale=1):
    with pytest.raises(BadInput) as error:
        data.check(scale)
    return error.value.problems


def many(folder, count=20, suffix="png"):
    return [f"{folder}/{row}.{suffix}" for row in range(count)]


# Where the pairs are ------------------------------------------------------------------------------------------------

LAYOUTS = {
    "A and B": (many("A"), many("B")),
    "a and b with parts": (
        [*many("a/train"), *many("a/val", 3), *many("a/test", 4)],
        [*many("b/train"), *many("b/val", 3), *many("b/test", 4)],
    ),
    "trainA and trainB": ([*many("trainA"), *many("testA", 4)], [*many("trainB"), *many("testB", 4)]),
    "train/A and train/B": ([*many("train/A"), *many("test/A", 4)], [*many("train/B"), *many("test/B", 4)]),
    "other endings, deeper": (many("A/x/y"), many("B/x/y", suffix="webp")),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_partners_of_two_folders_find_each_other(tree, layout):
    first, second = LAYOUTS[layout]
    tree(*first, size=(10, 14))
    data = PairedFolder(root=tree(*second, size=(10, 14)))
    data.check(1)
    listing = data.listing()
    found = Counter()
    for name, part in listing.parts.items():
        for row in range(len(part)):
            source, target = part.whole(row)
            assert source.shape == target.shape == (10, 14, 3)
            assert source[0, 0, 0] == target[0, 0, 0] == number(stems(part)[row])
            assert "/b" in part.names[row].lower() or "B/" in part.names[row]
            found[name] += 1
    assert sum(found.values()) == len(first)
    assert found["test"] == 4
    assert found["val"] == (3 if "parts" in layout else 2)


def test_two_folders_of_any_name(tree):
    tree(*many("satellite"))
    root = tree(*many("drawn by hand"))
    data = PairedFolder(source_root=f"{root}/satellite", target_root=f"{root}/drawn by hand")
    data.check(1)
    assert sum(sizes(data).values()) == 20
    assert "drawn by hand" in data.listing().parts["test"].names[0]


@pytest.mark.parametrize("direction", ["AtoB", "BtoA"])
def test_side_by_side_in_the_usual_layout(tmp_path, save, direction):
    for part, count in (("train", 10), ("val", 3)):
        for row in range(count):
            left, right = np.full((6, 9, 3), row), np.full((6, 9, 3), row + 100)
            save(tmp_path / "maps" / part / f"{row}.png", np.concatenate([left, right], 1).astype(np.uint8))
    data = PairedFolder(root=str(tmp_path / "maps"), direction=direction)
    data.check(1)
    assert sizes(data) == {"train": 8, "val": 3, "test": 2}
    for part in data.listing().parts.values():
        for row in range(len(part)):
            source, target = part.whole(row)
            assert source.shape == target.shape == (6, 9, 3)
            assert (source != target).all()
            assert target[0, 0, 0].astype(int) - source[0, 0, 0] == (100 if direction == "AtoB" else -100)


@pytest.mark.parametrize(("size", "warned"), [((8, 8), True), ((8, 16), False), ((8, 14), False), ((9, 6), True)])
def test_photos_that_hardly_are_two_images_are_warned_of(tree, size, warned):
    root = tree(*many("train"), size=size)
    notes = PairedFolder(root=root).listing().messages()
    assert len(notes) == warned
    if warned:
        for words in ("20 of 20 pictures", f"png' is {size[1]} x {size[0]} px", "layout=folders", "side_by_side"):
            assert words in notes[0]
        assert "WARNING" in problems(PairedFolder(root=root, crop=32))[-1]
    assert not PairedFolder(root=root, layout="side_by_side").listing().messages()


def test_two_folders_of_square_photos_are_as_they_should_be(tree):
    tree(*many("A"), size=(8, 8))
    assert not PairedFolder(root=tree(*many("B"), size=(8, 8))).listing().messages()


def test_a_csv_with_labels_and_splits(tmp_path, tree):
    tree(*many("left", 12))
    root = Path(tree(*many("right", 12)))
    lines = ["source,target,label,split"]
    lines += [
        f"left/{row}.png,{root}/right/{row}.png,{(10, 9)[row % 2]},{('train', 'val', 'test')[row // 4]}"
        for row in range(12)
    ]
    (root / "pairs.csv").write_text("\n".join(lines))
    data = PairedFolder(file=str(root / "pairs.csv"))
    data.check(1)
    listing = data.listing()
    assert listing.classes == ["9", "10"]
    assert sizes(data) == {"train": 4, "val": 4, "test": 4}
    assert listing.parts["test"].labels.tolist() == [1, 0, 1, 0]
    assert [pair[0][0, 0, 0] for pair in map(listing.parts["test"].whole, range(4))] == [8, 9, 10, 11]
    back = PairedFolder(file=str(root / "pairs.csv"), direction="BtoA").listing()
    assert "left" in back.parts["train"].names[0]


def test_a_csv_without_splits_is_cut_alike_from_every_label(tree):
    root = Path(tree(*many(".", 40)))
    lines = ["target, source ,label"]
    (root / "p.csv").write_text("\n".join(lines + [f"{row}.png,{row}.png,{'ab'[row % 2]}" for row in range(40)]))
    parts = PairedFolder(file=str(root / "p.csv")).listing().parts
    assert [Counter(part.labels.tolist()) for part in parts.values()] == [{0: 14, 1: 14}, {0: 2, 1: 2}, {0: 4, 1: 4}]


def test_clean_images_at_any_depth_are_cut_alike_from_every_folder(tree):
    root = tree(*(f"{kind}/deep/{row}.png" for kind in ("beach", "forest", "river") for row in range(20)))
    data = SrFolder(root=root)
    data.check(4)
    assert sizes(data) == {"train": 42, "val": 6, "test": 12}
    for part, each in (("train", 14), ("val", 2), ("test", 4)):
        kinds = Counter(Path(name).parts[-3] for name in data.listing().parts[part].names)
        assert set(kinds.values()) == {each}
    assert not data.listing().own_source
    assert data.listing().parts["train"].whole(0)[0] is None
    names = {part: set(some.names) for part, some in data.listing().parts.items()}
    assert not names["train"] & names["test"]
    assert not names["val"] & (names["train"] | names["test"])
    assert SrFolder(root=root).listing().fingerprint == data.listing().fingerprint
    moved = SrFolder(root=root, split_seed=1).listing()
    assert set(moved.parts["test"].names) != names["test"]


def test_folders_of_one_image_each_still_give_three_parts(tree):
    data = SrFolder(root=tree(*(f"{row}/a{row}.png" for row in range(20))))
    assert sizes(data) == {"train": 14, "val": 2, "test": 4}


@pytest.mark.parametrize("way", ["HR and LR", "train/HR and train/LR", "lr_root"])
def test_small_images_of_the_user_s_own(tree, way):
    large, small = {
        "HR and LR": ("HR/{}.png", "LR/{}x4.png"),
        "train/HR and train/LR": ("train/HR/{}.png", "train/LR/{}.png"),
        "lr_root": ("{}.png", "{}x4.png"),
    }[way]
    root = tree(*(large.format(row) for row in range(10)), size=(32, 24))
    other = tree(*(small.format(row) for row in range(10)), size=(8, 6), root="small" if way == "lr_root" else "data")
    data = SrFolder(root=root, lr_root=other if way == "lr_root" else None, crop=16)
    data.check(4)
    listing = data.listing()
    assert listing.own_source
    for row in range(len(listing.parts["train"])):
        source, target = listing.parts["train"].whole(row)
        assert (source.shape, target.shape) == ((8, 6, 3), (32, 24, 3))
        assert source[0, 0, 0] == target[0, 0, 0]


def test_small_images_of_two_scales_are_no_pairs(tree):
    names = [name for row in range(10) for name in (f"LR/{row}x2.png", f"LR/{row}x4.png")]
    tree(*(f"HR/{row}.png" for row in range(10)), size=(32, 24))
    data = SrFolder(root=tree(*names, size=(8, 6)), crop=16)
    assert any("two images of one name: 0x2.png and 0x4.png" in line for line in data.problems(4))


def test_one_folder_and_two_sides_are_one_too_many(tree):
    root = tree(*many("A", 10))
    with pytest.raises(BadInput) as raised:
        UnpairedFolder(root=root, source_root=f"{root}/A").listing()
    assert raised.value.problems[0].endswith("data.target_root=<folder>; both ways were given")


def test_unpaired_folders_of_different_numbers_and_sizes(tree):
    tree(*many("trainA", 30), *many("testA", 5), size=(8, 12))
    data = UnpairedFolder(root=tree(*many("trainB", 11), *many("testB", 7), size=(20, 9)))
    data.check(1)
    listing = data.listing()
    assert not listing.paired
    assert sizes(data) == {"train": 27, "val": 3, "test": 7}
    (note,) = listing.notes
    assert note.startswith("sources and targets: train 27 and 10, val 3 and 1, test 5 and 7;")
    seen = {part: [set(), set()] for part in listing.parts}
    for name, part in listing.parts.items():
        for row in range(len(part)):
            source, target = part.whole(row)
            assert (source.shape, target.shape) == ((8, 12, 3), (20, 9, 3))
            seen[name][0].add(int(source[0, 0, 0]))
            seen[name][1].add(int(target[0, 0, 0]))
    assert [len(values) for values in seen["test"]] == [5, 7]
    for side in (0, 1):  # each side cut for itself: no image of a part comes back in another one
        assert not seen["train"][side] & seen["val"][side]
    assert len(seen["train"][0] | seen["val"][0]) == 30
    assert len(seen["train"][1] | seen["val"][1]) == 11


@pytest.mark.parametrize("first", [1, 3])
def test_grey_and_colour_in_one_folder_become_colour(tree, first):
    tree("0.png", channels=first)
    data = SrFolder(root=tree(*(f"{row}.png" for row in range(1, 12)), channels=4 - first), val_fraction=0.2)
    data.check(1)
    listing = data.listing()
    wanted = listing.target_channels
    assert wanted == 3
    assert all(part.whole(row)[1].shape[2] == wanted for part in listing.parts.values() for row in range(len(part)))


def test_any_depth_in_one_set_is_that_of_the_deepest(tree):
    tree(*many("A", 10))
    listing = PairedFolder(root=tree(*many("B", 10), dtype=np.uint16)).listing()
    assert listing.bits == 16
    assert SrFolder(root=tree(*many(".", 10, "tif"), dtype=np.float32, channels=5, root="floats")).listing().bits == 32


# What can be wrong ---------------------------------------------------------------------------------------------------


def test_missing_partners_are_named(tree):
    tree(*many("A", 10))
    root = tree(*many("B", 7), "B/extra.png")
    found = problems(PairedFolder(root=root))
    assert any("'" + root + "/A' has 3 of 10 images without a partner" in line for line in found)
    assert any("7.png, 8.png, 9.png" in line for line in found)
    assert any("has 1 of 8 images without a partner" in line and "extra.png" in line for line in found)


def test_no_partner_at_all(tree):
    tree(*(f"A/a{row}.png" for row in range(10)))
    found = problems(PairedFolder(root=tree(*(f"B/b{row}.png" for row in range(10)))))
    assert "10 of 10 images without a partner" in found[0]
    assert "and 6 more" in found[0]


def test_two_files_of_one_stem(tree):
    tree(*many("A", 10), "A/3.webp")
    found = problems(PairedFolder(root=tree(*many("B", 10))))
    assert any("two images of one name: 3.png and 3.webp" in line for line in found)


def test_pairs_of_different_size(tree):
    tree(*many("A", 10))
    root = tree(*many("B", 10))
    tree("B/4.png", size=(8, 13))
    (line,) = problems(PairedFolder(root=root))
    assert f"'{root}/A/4.png' is 12 x 8 px and its partner '{root}/B/4.png' 13 x 8; both must have one size" in line


def test_a_small_image_that_is_not_the_large_one_over_scale(tree):
    tree(*many("HR", 10), size=(32, 24))
    root = tree(*many("LR", 10), size=(8, 6))
    tree("LR/2.png", size=(8, 7))
    (line,) = problems(SrFolder(root=root), scale=4)
    assert f"'{root}/LR/2.png' is 7 x 8 px and its partner '{root}/HR/2.png' 24 x 32" in line
    assert "at scale=4 it must be 6 x 8" in line
    nine, odd = problems(SrFolder(root=root), scale=2)  # a line for each two sizes
    assert nine.endswith("at scale=2 it must be 12 x 16; scale=4 would fit; 8 more pairs have these sizes")
    assert odd.endswith("at scale=2 it must be 12 x 16")
    assert "is 7 x 8 px" in odd
    tree("HR/2.png", size=(33, 24))
    assert "no multiple of scale=4" in problems(SrFolder(root=root), scale=4)[0]


def test_side_by_side_of_odd_width(tree):
    root = tree(*many(".", 10), size=(8, 16))
    tree("5.png", size=(8, 15))
    (line,) = problems(PairedFolder(root=root))
    assert "5.png' is 15 x 8 px: two images side by side have an even width" in line


def test_images_smaller_than_the_crop(tree):
    root = tree(*many(".", 20), size=(40, 40))
    tree("3.png", "4.png", "5.png", "6.png", "7.png", "8.png", "9.png", size=(90, 17))
    (line,) = problems(SrFolder(root=root, crop=32), scale=2)
    assert "train images are smaller than image_size=32 px, the smallest 17" in line
    assert line.endswith("image_size=16 or less takes all of this part, or take them out of the folder")
    SrFolder(root=root, crop=16).check(2)


def test_a_crop_that_is_no_multiple_of_the_scale(tree):
    root = tree(*many(".", 20), size=(99, 99))
    assert problems(SrFolder(root=root, crop=64), scale=3) == [
        "image_size=64: not a multiple of scale=3; give 63 or 66"
    ]


def test_other_channels_than_the_first_image(tree):
    tree(*many(".", 19, "tif"), channels=4)
    root = tree("zz.tif", channels=5)
    data = SrFolder(root=root)
    data.test_fraction = 0.05  # whichever part it falls into
    (line,) = problems(data, scale=2)
    assert "has 5 channels, and the first target has 4" in line or "has 4 channels, and the first target has 5" in line


def test_too_few_images(tree):
    found = problems(SrFolder(root=tree("only.png")), scale=2)
    assert any("no image for the val and test parts (train 1, val 0, test 0)" in line for line in found)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": SrFolder, "root": "gone"}, "data.root: there is no folder"),
        ({"kind": SrFolder, "root": "dataa"}, "Did you mean 'data'?"),
        ({"kind": SrFolder, "root": "data", "lr_root": "gone"}, "data.lr_root: there is no folder"),
        ({"kind": SrFolder, "root": "empty"}, "holds no image (accepted: jpg"),
        ({"kind": PairedFolder}, "data.root: give data.root=<folder>, or data.source_root"),
        ({"kind": PairedFolder, "source_root": "data"}, "data.target_root: give both folders"),
        ({"kind": PairedFolder, "root": "data", "source_root": "data"}, "data.root: give data.root=<folder>, or"),
        ({"kind": PairedFolder, "root": "data", "layout": "folders"}, "no folders A and B, trainA and trainB"),
        ({"kind": PairedFolder, "root": "half"}, "has '{half}/trainA' and no folder of the other side"),
        ({"kind": PairedFolder, "layout": "csv"}, "give the CSV: data.file=<file>"),
        ({"kind": PairedFolder, "file": "gone.csv"}, "data.file: there is no file"),
        ({"kind": PairedFolder, "file": "bad.csv"}, "has no column source; it has from, target"),
        ({"kind": PairedFolder, "file": "bare.csv"}, "has a header and no rows"),
        ({"kind": PairedFolder, "file": "split.csv"}, "'tset' in line 2 of '{split.csv}' is not a split"),
        ({"kind": PairedFolder, "file": "lost.csv"}, "lists 2 images that are not there: line 2: '"),
        ({"kind": PairedFolder, "file": "unlabelled.csv"}, "line 3 of '{unlabelled.csv}' has no label"),
        ({"kind": UnpairedFolder, "root": "data"}, "no folders A and B"),
        ({"kind": UnpairedFolder, "root": "uneven"}, "has no val folder"),
    ],
)
def test_bad_places_are_named(tree, tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    tree(*many(".", 6))
    tree("trainA/1.png", root="half")
    tree("A/train/1.png", "A/val/2.png", "B/train/3.png", root="uneven")
    (tmp_path / "empty").mkdir()
    tables = {
        "bad": "from,target\n1,2",
        "bare": "source,target",
        "split": "source,target,split\ndata/1.png,data/2.png,tset",
        "lost": "source,target\nx.png,y.png",
        "unlabelled": "source,target,label\ndata/1.png,data/2.png,a\ndata/1.png,data/2.png,",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    options = dict(options)
    found = problems(options.pop("kind")(**options))
    for name in (*(f"{name}.csv" for name in tables), "half"):
        words = words.replace(f"{{{name}}}", str(tmp_path / name))
    assert words in " ".join(found)


def test_unreadable_files_are_skipped_and_named_or_refused(tree):
    root = tree(*many("A", 20), *many("B", 20))
    (Path(root) / "A" / "5.png").write_text("no image")
    data = PairedFolder(root=root)
    data.check(1)
    assert sum(sizes(data).values()) == 19
    (reason,) = data.listing().skipped
    assert reason.startswith(f"{root}/A/5.png: ")
    (line,) = problems(PairedFolder(root=root, strict=True))
    assert "A/5.png" in line
    assert "data.strict=true" in line
    before = set(PairedFolder(root=tree(*many("A", 20), *many("B", 20))).listing().parts["test"].names)
    assert set(data.listing().parts["test"].names) <= before  # no other file changed its part


def test_nothing_readable(tree):
    root = Path(tree(*many(".", 5)))
    for file in root.iterdir():
        file.write_text("no image")
    assert "no image of the train part could be read" in problems(SrFolder(root=str(root)))[0]


# What cannot be read -------------------------------------------------------------------------------------------------


def torn(root, *names):
    for name in names:
        Path(root, name).write_bytes(b"no picture")


def test_the_partner_of_a_torn_file_is_left_out_with_a_reason(tree):
    root = tree(*many("A"), *many("B"))
    torn(root, "B/3.png", "A/5.png", "A/7.png", "B/7.png")
    listing = PairedFolder(root=root).listing()
    assert sum(len(part) for part in listing.parts.values()) == 17
    left_out = {Path(one.path).relative_to(root).as_posix(): one.reason for one in listing.left_out}
    assert left_out == dict.fromkeys(["A/3.png", "B/5.png"], "its partner cannot be read")


def test_without_partners_a_torn_file_takes_no_other_one_with_it(tree):
    root = tree(*many("trainA"), *many("trainB", 8), *many("testA", 4), *many("testB", 4))
    plain = UnpairedFolder(root=root)
    before = {part: plain._examples[part] for part in ("train", "val", "test")}
    torn(root, "trainB/3.png", "testA/2.png")
    data = UnpairedFolder(root=root)
    examples = data._examples
    for part, some in before.items():
        for side in ("source", "target"):
            kept = {getattr(one, side).path for one in examples[part]}
            gone = {Path(root, name).as_posix() for name in ("trainB/3.png", "testA/2.png")}
            assert kept == {getattr(one, side).path for one in some} - gone
    assert not data.listing().left_out
