"""Several labels in a table: a separator and columns of 0 and 1 say the same, and what is no label is told."""

import numpy as np
import pytest
from PIL import Image

from artesano.data import files_of_run
from artesano.data.table import Table
from artesano.errors import BadInput
from artesano.kinds.split_of_run import listing_of

NAMES = ("cat", "dog", "owl")
SETS = [(0,), (0, 1), (1, 2), ()] * 10


@pytest.fixture
def table(tmp_path):
    """`table(lines)`: a data set of 40 pictures and this CSV."""
    for row in range(len(SETS)):
        Image.new("L", (4, 4), row).save(tmp_path / f"{row}.png")

    def write(lines, **options):
        (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
        return Table(file=str(tmp_path / "t.csv"), **options)

    return write


def joined(separator=";"):
    return ["path,label", *(f'{row}.png,"{separator.join(NAMES[k] for k in some)}"' for row, some in enumerate(SETS))]


def columns():
    cells = (",".join(str(int(k in some)) for k in range(3)) for some in SETS)
    return ["path," + ",".join(NAMES), *(f"{row}.png,{some}" for row, some in enumerate(cells))]


def labels_by_name(data):
    listing = data.listing()
    return listing.classes, {
        part: dict(zip(split.names, map(tuple, split.labels.tolist()), strict=True))
        for part, split in listing.splits.items()
    }


def refused(data):
    with pytest.raises(BadInput) as caught:
        data.check()
    return str(caught.value)


def test_both_ways_are_the_same_data(table):
    one = labels_by_name(table(joined(), label_separator=";"))
    other = table(columns(), label_columns=list(NAMES))
    other.check()
    assert labels_by_name(other) == one
    assert one[0] == list(NAMES)
    every = {name: some for part in one[1].values() for name, some in part.items()}
    assert sorted(every.values()) == sorted(tuple(int(k in some) for k in range(3)) for some in SETS)
    assert any("10 rows" in line and "no label" in line for line in other.notes())


def test_rows_of_one_image_add_their_labels_where_there_is_a_separator(table):
    lines = ["path,label", *(f"{row}.png,{NAMES[k]}" for row, some in enumerate(SETS) for k in some or (0,))]
    data = table(lines, label_separator="|")
    everything = [some for part in data.listing().splits.values() for some in part.labels.sum(1).tolist()]
    assert sorted(everything) == sorted(max(1, len(some)) for some in SETS)
    assert any("labels of all its rows" in line for line in data.notes())
    assert "more than one label" in refused(table(lines))


def test_an_image_keeps_its_part_whichever_labels_are_used(table):
    whole = labels_by_name(table(joined(), label_separator=";"))[1]
    some = table(joined(), label_separator=";", classes=["dog", "owl"])
    for part, images in labels_by_name(some)[1].items():
        expected = {name: own[1:] for name, own in whole[part].items() if any(own[1:]) or not any(own)}
        assert images == expected
    assert some.listing().left_out


def test_the_files_of_a_run_hold_all_labels(table, tmp_path):
    data = table(joined(), label_separator=";")
    files = listing_of(data)
    files_of_run.write(tmp_path / "files.csv", files, tmp_path)
    again = files_of_run.read(tmp_path / "files.csv", tmp_path)
    assert (again.classes, again.rows) == (files.classes, files.rows)
    same = table(joined(), label_separator=";")
    same.keep(again, frozenset())
    assert labels_by_name(same) == labels_by_name(data)


def test_every_row_with_one_label_is_told(table):
    lines = ["path,label", *(f"{row}.png,{NAMES[row % 3]}" for row in range(30))]
    assert any("no row" in line and "two labels" in line for line in table(lines, label_separator=";").notes())


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        (joined("|"), {}, ["nothing in column 'label'"]),
        ([*joined()[:3], "3.png,cat", "4.png,dog", "5.png,dog"], {}, ["'cat;dog'", "data.label_separator=';'"]),
        (columns(), {"label_columns": ["cat", "dgo"]}, ["no column 'dgo'", "'dog'"]),
        ([*columns()[:-1], "39.png,0,2,1"], {"label_columns": list(NAMES)}, ["'2'", "'dog'", "line 41", "accepted"]),
        ([*columns()[:-1], "39.png,0,,1"], {"label_columns": list(NAMES)}, ["''", "'dog'", "line 41"]),
        (columns(), {"label_columns": ["cat"], "label_separator": ";"}, ["choose one"]),
        (columns(), {"label_columns": ["cat", "dog", "cat"]}, ["'cat' is named twice"]),
        ([*columns(), "0.png,0,1,1"], {"label_columns": list(NAMES)}, ["more than one label", "line 2", "line 42"]),
        (columns(), {"label_columns": list(NAMES), "shots": 25}, ["data.shots=25", "'owl'"]),
    ],
)
def test_bad_tables(table, lines, options, words):
    message = refused(table(lines, **options))
    for word in words:
        assert word in message


def test_wrong_cells_of_many_columns_are_a_few_lines(table):
    names = [f"label{k}" for k in range(9)]
    lines = [
        "path," + ",".join(names),
        *(f"{row}.png," + ",".join("x" * 9) for row in range(9)),
        "99.png," + "0," * 8 + "1",
    ]
    message = refused(table(lines, label_columns=names)).splitlines()
    assert len(message) == 5
    assert "6 other columns" in message[3]
    assert "99.png (line 11)" in message[4]


def test_labels_with_a_separator_in_their_names_are_fine(table):
    lines = ["path,label", *(f'{row}.png,"{name}"' for row, name in enumerate(["Smith, A", "Smith, B"] * 20))]
    assert table(lines).listing().classes == ["Smith, A", "Smith, B"]


def test_unreadable_and_too_few_count_by_label(table, tmp_path):
    (tmp_path / "1.png").write_bytes(b"none")
    few = [*joined(), *[f"{row}.png,owl;rat" for row in (1,)]]
    data = table(few, label_separator=";", min_images=2)
    data.check()
    assert data.listing().classes == list(NAMES)
    assert any("rat (0)" in line for line in data.listing().notes)
    assert np.isin(data.listing().splits["train"].labels, (0, 1)).all()
