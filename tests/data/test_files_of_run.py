"""The files that a run began with: written and read again, and what has become of them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artesano.data import files_of_run
from artesano.data.changes import compare
from artesano.data.files_of_run import FilesOfRun, Listed, content, contents
from artesano.data.folder import Folder
from artesano.data.pairs.paired_folder import PairedFolder
from artesano.data.pairs.sr_folder import SrFolder
from artesano.data.pairs.unpaired_folder import UnpairedFolder
from artesano.data.table import Table
from artesano.errors import BadInput
from artesano.runs.bundle import local_files_only


def noise(folder, count, start=0):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(start, start + count):
        pixels = np.random.default_rng([number, len(folder.name)]).integers(0, 255, (8, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"ñ, {number}.png")


def made(kind, root):
    """A function that opens the data set, on files below `root`."""
    if kind == "table":
        noise(root, 20)
        rows = [f'"ñ, {number}.png",{10 * (number % 2)}' for number in range(20)]
        (root / "labels.csv").write_text("\n".join(["path,label", *rows]))
        return lambda: Table(file=str(root / "labels.csv"))
    if kind == "folder":
        for name in ("a", "b"):
            noise(root / name, 10)
        return lambda: Folder(root=str(root), shots=3)
    if kind == "side_by_side":
        noise(root, 20)
        return lambda: PairedFolder(root=str(root), direction="BtoA", crop=8)
    if kind == "sr":
        noise(root, 20)
        return lambda: SrFolder(root=str(root), crop=8, max_eval=1)
    for side in ("trainA", "trainB"):
        noise(root / side, 20)
    data = {"paired": PairedFolder, "unpaired": UnpairedFolder}[kind]
    return lambda: data(root=str(root), crop=8)


def listed(data):
    classes, rows = data.files()
    return FilesOfRun(classes, rows, contents(file for row in rows for file in row.files))


def rows_of(listing):
    """Names and labels of each part, in order."""
    parts = getattr(listing, "splits", None) or listing.parts
    return {name: (list(part.names), part.labels.tolist()) for name, part in parts.items()}


KINDS = ["folder", "table", "side_by_side", "sr", "paired", "unpaired"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_split_is_kept_whatever_is_added(kind, tmp_path):
    root = tmp_path / "data"
    data = made(kind, root)
    files = listed(data())
    files_of_run.write(tmp_path / "files.csv", files, data().base())
    read = files_of_run.read(tmp_path / "files.csv", data().base())
    assert read == files
    before, first = data().listing(), data()
    for folder in [*(entry for entry in root.iterdir() if entry.is_dir())] or [root]:
        noise(folder, 5, start=100)
    first.keep(read, frozenset())
    assert rows_of(first.listing()) == rows_of(before)
    assert first.listing().fingerprint == before.fingerprint
    if kind in ("side_by_side", "paired"):
        for own, other in zip(before.parts["train"].whole(0), first.listing().parts["train"].whole(0), strict=True):
            assert (own == other).all()


def test_a_lost_source_takes_no_unpaired_target_with_it(tmp_path):
    noise(tmp_path / "A", 10)
    noise(tmp_path / "B", 40)
    data = UnpairedFolder(root=str(tmp_path), crop=8)
    files = listed(data)
    lost = files.part("train")[0].source
    data = UnpairedFolder(root=str(tmp_path), crop=8)
    data.keep(files, frozenset([lost]))
    for part in data.listing().parts:
        sources, targets = ({row.sides[side].path for row in data._found.parts[part]} for side in (0, 1))
        assert sources == {row.source for row in files.part(part)} - {lost}
        assert targets == {row.file for row in files.part(part)}


@pytest.mark.parametrize("name", ["Icon\r", "a\nb", "\r\n", 'a"b', " a, b ", "-a", "[1]"])
def test_odd_names_are_read_as_they_were_written(name, tmp_path):
    files = FilesOfRun(["a"], [Listed("train", 0, f"{tmp_path}/{name}.png")], {f"{tmp_path}/{name}.png": ("1", "2")})
    files_of_run.write(tmp_path / "files.csv", files, tmp_path)
    written = tmp_path / "files.csv"
    assert files_of_run.read(written, tmp_path) == files
    written.write_bytes(local_files_only(written.read_bytes().decode()).encode())  # as a bundle holds it
    assert files_of_run.read(written, tmp_path) == files


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_changed(kind, tmp_path):
    root = tmp_path / "data"
    data = made(kind, root)
    files = listed(data())
    change = lambda: compare(files, *data().files(), not getattr(data(), "apart", False), data().base())  # noqa: E731
    unchanged = change()
    assert not [*unchanged.lines(), *unchanged.added, *unchanged.copies]
    one, two = [row.file for row in files.rows if row.source is None or row.source != row.file][:2] or [
        row.file for row in files.rows[:2]
    ]
    folder = root / "trainB" if kind in ("paired", "unpaired") else root / "a" if kind == "folder" else root
    content = bytearray(Path(one).read_bytes())
    content[-20] ^= 1
    Path(one).write_bytes(content)  # as many bytes
    (tmp_path / "away").mkdir()
    shutil.move(two, tmp_path / "away")
    for side in ("trainA", "trainB") if kind in ("paired", "unpaired") else (folder.name,):
        noise(folder.parent / side, 1, start=100)
    if kind == "table":
        with (root / "labels.csv").open("a") as table:
            table.write('\n"ñ, 100.png",10\n')
    changed = change()
    assert changed.replaced == [one]
    assert changed.missing == [two]
    assert changed.unlisted == ([two.replace("trainB", "trainA")] if kind == "paired" else [])
    assert len(changed.added) == (2 if kind in ("paired", "unpaired") else 1)
    assert len(changed.new) == 1
    assert "1 file is replaced by other content: " in "\n".join(changed.lines())


@pytest.mark.parametrize("text", ["", "part,file\ntrain\n", "part,file\ntrain,a\r.png\n"])
def test_a_damaged_list_is_told_by_a_bundle(text):
    with pytest.raises(BadInput, match=r"files\.csv"):
        local_files_only(text)


@pytest.mark.parametrize("suffix", ["bmp", "tif", "pgm"])
def test_pictures_with_one_border_are_no_copies(suffix, tmp_path):
    for value in (10, 20):
        pixels = np.zeros((200, 200), dtype=np.uint8)
        pixels[80:120, 80:120] = value
        Image.fromarray(pixels).save(tmp_path / f"{value}.{suffix}")
    one, other = (content(str(tmp_path / f"{value}.{suffix}")) for value in (10, 20))
    assert one[0] == other[0]
    assert one != other
    assert one == content(shutil.copy(tmp_path / f"10.{suffix}", tmp_path / "copy"))


def test_a_renamed_image_is_no_new_one(tmp_path):
    data = made("folder", tmp_path / "data")
    files = listed(data())
    one = files.rows[0].file
    shutil.move(one, f"{one}.png")
    changes = compare(files, *data().files(), True, data().base())
    assert (changes.missing, changes.copies, changes.added) == ([one], [f"{one}.png"], [])


def test_labels_of_a_table(tmp_path):
    data = made("table", tmp_path / "data")
    files = listed(data())
    assert files.classes == ["0", "10"]
    table = tmp_path / "data" / "labels.csv"
    table.write_text(table.read_text().replace('"ñ, 3.png",10', '"ñ, 3.png",0'))
    changes = compare(files, *data().files(), True, data().base())
    assert list(changes.lines()) == ["1 file is labelled otherwise: ñ, 3.png (10 -> 0)"]
    assert not changes.gone


def test_images_that_are_left_out_move_no_other(tmp_path):
    data = made("folder", tmp_path / "data")
    files, before = listed(data()), data().listing()
    kept, gone = data(), before.splits["train"].names[1]
    kept.keep(files, frozenset([gone]))
    assert kept.listing().splits["train"].names == [name for name in before.splits["train"].names if name != gone]
    assert kept.listing().splits["test"].names == before.splits["test"].names
