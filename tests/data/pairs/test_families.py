"""Pairs that share a file: one photo with several maps, several photos of one map. They stay in one part."""

import numpy as np
import pytest

from artesano.cli import main
from artesano.data.changes import compare
from artesano.data.files_of_run import FilesOfRun, contents
from artesano.data.pairs.cut import cut_parts, families
from artesano.data.pairs.paired_folder import PairedFolder

LEVELS = ("64", "128", "256")


@pytest.fixture
def table(tmp_path, save, noise):
    """`table(True)`: a CSV of 20 photos with a map for each level; False: of 20 maps with three photos each."""

    def write(one_photo, parts=None):
        lines = ["source,target,label" + (",split" if parts else "")]
        for number in range(20):
            for level, name in enumerate(LEVELS):
                one, many = f"one_{number}.png", f"many_{number}_{name}.png"
                save(tmp_path / one, noise(12, 12, seed=number))
                save(tmp_path / many, noise(12, 12, seed=100 + 3 * number + level))
                pair = (one, many) if one_photo else (many, one)
                lines.append(",".join([*pair, name, *([parts[level]] if parts else [])]))
        (tmp_path / "pairs.csv").write_text("\n".join(lines))
        return PairedFolder(file=str(tmp_path / "pairs.csv"), crop=8)

    return write


def test_families_are_told_by_what_they_share_directly_or_through_others():
    assert families([["a"], ["b"], ["c", "a"], ["d"], ["b", "e"]]) == [0, 1, 0, 3, 1]
    assert families([["a"], ["b"], ["c", "a"], ["d"], ["b", "e"], ["e", "c"]]) == [0, 0, 0, 3, 0, 0]
    assert families([["a"], ["b"], ["a", "c"], ["d"], ["c", "e"]]) == [0, 1, 0, 3, 0]
    assert families([["a"], ["b"], ["a", "b"]]) == [0, 0, 0]
    assert families([[], ["a"], []]) == [0, 1, 2]


def test_items_that_share_nothing_are_cut_as_before():
    """Runs from before families were known have these parts."""
    items, shares = [f"{'ab'[number % 3 == 0]}{number}" for number in range(24)], {"test": 0.2, "val": 0.1}
    test, val = ["b0", "a10", "b12", "a14", "a20"], ["a8", "b15", "a19"]
    train = [item for item in items if item not in test + val]
    parts = cut_parts({"train": items}, lambda item: item[0], shares, 3, lambda item: [item])
    assert parts == {"train": train, "test": test, "val": val}
    present = {"train": items, "test": ["x"]}
    assert cut_parts(present, lambda item: item[0], shares, 0, lambda item: [item])["val"] == ["b0", "a1", "a10"]


@pytest.mark.parametrize("seed", range(8))
def test_shares_are_those_of_pairs_and_a_large_family_is_trained_on(seed):
    """200 pairs, of which 80 have one target."""
    items = [(f"s{row}", "empty" if row < 80 else f"t{row}") for row in range(200)]
    parts = cut_parts({"train": items}, lambda item: "", {"test": 0.2, "val": 0.1}, seed, lambda item: item)
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 140, "test": 40, "val": 20}
    assert sum(item[1] == "empty" for item in parts["train"]) == 80


def test_where_all_share_a_file_pairs_are_cut():
    items = [("one", f"t{row}") for row in range(20)]
    shares = {"test": 0.2, "val": 0.1}
    parts = cut_parts({"train": items}, lambda item: "", shares, 0, lambda item: item)
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 14, "test": 4, "val": 2}
    assert parts == cut_parts({"train": items}, lambda item: "", shares, 0)


@pytest.mark.parametrize("one_photo", [True, False])
def test_a_photo_and_its_maps_go_into_one_part_and_are_one_block(table, one_photo):
    data = table(one_photo)
    files = {}
    for row in data.files()[1]:
        for file in row.files:
            files.setdefault(file, set()).add(row.part)
    assert all(len(parts) == 1 for parts in files.values())
    listing = data.listing()
    assert {name: len(part) for name, part in listing.parts.items()} == {"train": 42, "val": 6, "test": 12}
    assert len(set(listing.parts["test"].blocks)) == 4
    assert not listing.notes


def test_a_split_of_the_user_s_that_shares_files_is_told(table):
    note = table(True, ["train", "train", "test"]).listing().notes[0]
    assert "one_0.png' is in two parts, train and test; 19 more files too" in note


def test_the_same_photo_in_two_parts_is_counted(tmp_path, save, noise, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    for part, first in (("train", 0), ("test", 10)):
        for row in range(first, first + 12):
            save(tmp_path / "pairs" / f"{part}A" / f"{row}.png", noise(24, 24, seed=row))
            save(tmp_path / "pairs" / f"{part}B" / f"{row}.png", noise(24, 24, seed=100 + row + first))
    assert main(["check", "data=paired_folder", "data.root=pairs", "--picture", "here.png"]) == 0
    printed = capsys.readouterr().out
    assert "the same source in two parts: 2" in printed
    assert "pairs/trainA/10.png = test: " in printed
    assert "pairs/testA/10.png" in printed
    assert "the same target in two parts: 0" in printed


def test_a_target_of_several_labels_is_labelled_as_it_was(table):
    classes, rows = table(False).files()
    then = FilesOfRun(classes, rows, contents(file for row in rows for file in row.files))
    assert compare(then, classes, rows, True, table(False).base()).relabelled == []
    one, *others = rows
    other = next(name for name in range(3) if name != one.label)
    changed = [type(one)(one.part, other, one.file, one.source, one.half), *others]
    relabelled = compare(then, classes, changed, True, table(False).base()).relabelled
    assert relabelled == [f"{one.file} ({LEVELS[one.label]} -> {LEVELS[other]})"]
    assert np.unique([row.label for row in rows]).tolist() == [0, 1, 2]
