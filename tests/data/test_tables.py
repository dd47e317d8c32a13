"""Tables as spreadsheets write them are read; what is wrong with one is told with its lines."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artesano.data.pairs.paired_folder import PairedFolder
from artesano.data.table import Table
from artesano.errors import BadInput


@pytest.fixture
def table(tmp_path):
    """`table(lines)`: a data set of pictures cat/0.png ... dog/9.png and this CSV."""
    for name in ("cat", "dog"):
        for row in range(10):
            (tmp_path / name).mkdir(exist_ok=True)
            Image.new("L", (4, 4), row).save(tmp_path / name / f"{row}.png")

    def write(lines, encoding="utf-8", newline="\n", **options):
        content = newline.join(lines)
        (tmp_path / "t.csv").write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return Table(file=str(tmp_path / "t.csv"), **options)

    return write


def rows(separator=",", end=""):
    return [f"{name}/{row}.png{separator}{name}{end}" for name in ("cat", "dog") for row in range(10)]


def refused(data):
    with pytest.raises(BadInput) as caught:
        data.check()
    return str(caught.value)


def counts(data):
    data.check()
    listing = data.listing()
    return listing.classes, [int(n) for n in np.bincount(np.concatenate([s.labels for s in listing.splits.values()]))]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_separators_and_encodings(table, separator, encoding):
    lines = [f"note{separator}path{separator}label "] + [f'"a, ñ; b"{separator}{line}' for line in rows(separator)]
    data = table(lines, encoding, "\r\n")
    assert counts(data) == (["cat", "dog"], [10, 10])
    assert any("Latin-1" in line for line in data.notes()) == (encoding == "latin-1")


def test_excel_s_own_first_line_blanks_and_backslashes(table):
    lines = ["sep=;", "path;label", *[line.replace("/", "\\") for line in rows(" ; ", "  ")], ";", ""]
    assert counts(table(lines)) == (["cat", "dog"], [10, 10])


def test_blank_lines_before_excel_s_own_are_counted(table):
    text = refused(table(["", "", "sep=;", "path;label", *rows(";"), ";cat"]))
    assert "(line 25)" in text


def test_a_header_with_an_open_quote_before_a_long_table_is_a_mistake_of_the_table(table):
    lines = ['"path,label', *rows(), *["cat/0.png,cat"] * 20_000]
    assert "cannot be read as a table from line 1 on" in refused(table(lines))


def test_names_that_the_disk_spells_otherwise(table, tmp_path):
    os.rename(tmp_path / "cat" / "0.png", os.path.join(os.fsencode(tmp_path), b"cat", b"a\xf1o.png"))
    os.rename(tmp_path / "dog" / "0.png", tmp_path / "dog" / "an\u0303o.png")
    lines = [line.replace("/0.png", "/a\xf1o.png") for line in rows()]
    data = table(["path,label", *lines], "latin-1")
    assert counts(data) == (["cat", "dog"], [10, 10])
    assert all(Path(name).exists() for split in data.listing().splits.values() for name in split.names)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["cat/0.png,dog"], ["1 images", "more than one label", "'cat' in line 2", "'dog' in line 22"]),
        (["./cat/../cat/0.png,dog"], ["more than one label"]),
        (['"two\nlines/x.png",cat', "x.png,"], ["line 24", "nothing in column 'label'"]),
        (["a,b.png,cat"], ["line 22", "more fields than the header", "a comma in quotes"]),
        ([f"{row}.png," for row in range(30)], ["lines 22, 23, 24, 25, 26 and 25 more"]),
        (['dog/9.png,"dog', *["x.png,cat"] * 3], ["from line 22 on", "two for each quote"]),
        (['dog/9.png,"dog', "x.png,cat", 'x.png,dog"'], ["several lines (line 22)", "a quote missing"]),
        (['"dog"/9.png,dog'], ["from line 22 on"]),
        ([f'"{"x" * 140_000}'], ["from line 22 on"]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(table, more, words):
    text = refused(table(["path,label", *rows(), *more]))
    assert all(word in text for word in words), text


def test_all_kinds_of_mistakes_are_told_at_once(table):
    more = ["cat/0.png,dog,train", "gone.png,cat,train", ",cat,train", "dog/1.png,,train", "a,b.png,cat,train"]
    more += ["x.png,cat,tset", *(f"cat/1.png,cat,{word}" for word in ("one", "two", "three"))]
    data = table(["path,label,part", *(f"{line},train" for line in rows()), *more], split_column="part")
    text = refused(data)
    for words in (
        "more than one label, the first '0.png': 'cat' in line 2, 'dog' in line 22",
        "2 of 22 files that are not there: gone.png, x.png (lines 23, 27)",
        "nothing in column 'path' of '{file}' (line 24)",
        "nothing in column 'label' of '{file}' (line 25)",
        "line 26 of '{file}' has more fields than the header",
        "'tset' in line 27 of '{file}' is not a split",
        "1 other words of '{file}' are not splits either",
    ):
        assert words.format(file=data.file) in text, text
    assert len(text.splitlines()) == 9  # one for each kind, three for the words: however many rows are wrong


def test_all_mistakes_of_pairs_are_told_at_once(table, tmp_path):
    lines = [
        "cat/0.png;dog/0.png;a;train",
        "cat/0.png;dog/0.png;b;train",
        "cat/1.png;;a;train",
        "gone.png;dog/1.png;;train",
    ]
    table(["source;target;label;split", *lines, "cat/2.png;dog/2.png;a;tset"])
    with pytest.raises(BadInput) as caught:
        PairedFolder(file=str(tmp_path / "t.csv")).listing()
    assert [
        sum(word in line for line in caught.value.problems)
        for word in (
            "lines 2 and 3",
            "line 4 of",
            "has no label",
            "'tset' in line 6",
            "line 5: ",
        )
    ] == [1] * 5


def test_classes_have_one_order_whatever_they_are_called(table):
    names = ["nan", "2", "10", "inf", "abc", "-1"]
    for shift in range(6):
        lines = [f"cat/{row}.png,{names[(row + shift) % 6]}" for row in range(6)]
        assert table(["path,label", *lines], min_images=0).read_splits()[0] == ["-1", "2", "10", "abc", "inf", "nan"]


def test_a_file_whose_name_begins_like_a_home(table, tmp_path):
    (tmp_path / "cat" / "0.png").rename(tmp_path / "~0.png")
    assert counts(table(["path,label", "~0.png,cat", *rows()[1:]])) == (["cat", "dog"], [10, 10])


def test_labels_that_differ_in_capitals_are_told(table):
    data = table(["path,label", *rows(), "cat/~1.png,Cat"], min_images=0)
    assert any("'Cat' and 'cat'" in note for note in data.listing().messages())


def test_one_image_in_two_parts(table):
    lines = [f"{line},train" for line in rows()] + ["dog/3.png,dog,test"]
    assert "more than one part" in refused(table(["path,label,part", *lines], split_column="part"))
    assert "line 22" in refused(table(["path,label,part", *lines[:-1], "x.png,dog,tset"], split_column="part"))


def test_repeated_rows_count_once_and_missing_files_are_one_line(table):
    data = table(["path,label", *rows(), *rows()[:3], *(f"gone{row}.png,cat" for row in range(300))])
    data.check()
    repeated, gone = data.listing().messages()
    assert "3 rows" in repeated
    assert "lines 22, 23, 24" in repeated
    assert "300 of 320 files that are not there: gone0.png, gone1.png, gone2.png and 297 more (lines 25, 26" in gone


def test_something_that_is_no_text(table, tmp_path):
    assert "no text" in refused(table([b"PK\3\4\0\0"], newline=b""))
    assert "is empty" in refused(table([""]))


def test_pairs_are_read_by_the_same_rules(table, tmp_path):
    table(["source;target; split", *(f"cat/{row}.png;dog\\{row}.png;Training" for row in range(10))])
    assert {part: len(some) for part, some in PairedFolder(file=str(tmp_path / "t.csv")).listing().parts.items()} == {
        "train": 7,
        "val": 1,
        "test": 2,
    }


def test_a_pair_that_is_listed_twice_counts_once(table, tmp_path):
    lines = [f"cat/{row}.png;dog/{row}.png" for row in range(10)]
    table(["source;target", *lines, *lines])
    listing = PairedFolder(file=str(tmp_path / "t.csv")).listing()
    names = [name for part in listing.parts.values() for name in part.names]
    assert len(names) == len(set(names)) == 10
    assert any("10 rows" in line and "counts once (lines 12, 13" in line for line in listing.messages())
    table(["source;target;split", f"{lines[0]};train", f"{lines[0]};test"])
    with pytest.raises(BadInput, match=r"one pair two labels or splits: lines 2 and 3"):
        PairedFolder(file=str(tmp_path / "t.csv")).listing()
