"""Whatever lies below a folder is an image, or left out with a reason; each file once."""

import os
import pickle
import sys

import pytest

from artesano.data.io import formats
from artesano.data.io.formats import accepted_endings
from artesano.data.io.inputs import class_folders, find_images, search
from artesano.data.io.walk import ABOVE, HIDDEN, REPEATED, walk
from artesano.errors import BadInput
from artesano.file_names import Failure, failures, grouped, readable


def plant(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def inside(root, paths):
    return [path.removeprefix(f"{root}/") for path in paths]


def reasons(root):
    return {left.path.removeprefix(f"{root}/"): left.reason for left in walk(root).left_out}


def test_endings_are_those_that_pillow_decodes_in_any_case(tmp_path):
    names = ["a.JPG", "b.jfif", "c.jp2", "d.PPM", "e.avif", "f.tiff", "g.psd", "deep/er/h.WebP"]
    plant(tmp_path, *names, "paper.pdf", "drawing.eps", "film.mpg", "numbers.h5", "notes.txt", "noending", "raw.CR2")
    assert sorted(inside(tmp_path, walk(tmp_path).images)) == sorted(names)
    left_out = reasons(tmp_path)
    assert set(left_out) == {"paper.pdf", "drawing.eps", "film.mpg", "numbers.h5", "notes.txt", "noending", "raw.CR2"}
    assert left_out["noending"] == "no ending"
    assert "camera" in left_out["raw.CR2"]


def without_pillow_heif(monkeypatch):
    """As on a machine where the extra is not installed."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    for cached in (formats.reads_heic, formats.endings):
        cached.cache_clear()


@pytest.fixture
def _fresh_endings():
    yield
    for cached in (formats.reads_heic, formats.endings):
        cached.cache_clear()


@pytest.mark.usefixtures("_fresh_endings")
def test_heic_without_its_package_is_named(tmp_path, monkeypatch):
    without_pillow_heif(monkeypatch)
    plant(tmp_path, "a.heic", "b.HEIC", "c.png")
    assert inside(tmp_path, walk(tmp_path).images) == ["c.png"]
    assert set(reasons(tmp_path)) == {"a.heic", "b.HEIC"}
    assert reasons(tmp_path)["a.heic"] == ".heic needs pillow-heif: pip install 'artesano[heic]'"


def test_what_systems_leave_behind_is_no_image(tmp_path):
    litter = [
        "@eaDir/a.jpg",
        "__MACOSX/cat/._a.jpg",
        ".ipynb_checkpoints/a.png",
        "$RECYCLE.BIN/a.png",
        "lost+found/a.png",
    ]
    litter += [".git/a.png", ".AppleDouble/a.png", "cat/._a.jpg", "cat/Thumbs.db", "cat/@EADIR/b.jpg/THUMB.jpg"]
    plant(tmp_path, *litter, "cat/a.jpg")
    assert inside(tmp_path, walk(tmp_path).images) == ["cat/a.jpg"]
    assert set(reasons(tmp_path).values()) == {HIDDEN}


def test_links_are_followed_once_and_loops_end(tmp_path):
    root = plant(tmp_path / "data", "cat/0.png", "cat/1.png", "dog/0.png")
    plant(tmp_path / "elsewhere", "more/2.png")
    os.symlink("..", root / "cat" / "up")
    os.symlink(".", root / "dog" / "self")
    os.symlink(root / "cat", root / "dog" / "cats")
    os.symlink(root / "cat" / "0.png", root / "dog" / "again.png")
    os.symlink(tmp_path / "elsewhere", root / "dog" / "pool")
    os.symlink(tmp_path / "elsewhere" / "more", root / "pool too")
    os.symlink("gone.png", root / "cat" / "dead.png")
    assert inside(root, walk(root).images) == ["cat/0.png", "cat/1.png", "cat/dead.png", "dog/0.png", "pool too/2.png"]
    assert reasons(root) == {
        "cat/up": ABOVE,
        "dog/self": REPEATED,
        "dog/cats": REPEATED,
        "dog/again.png": REPEATED,
        "dog/pool/more": REPEATED,
    }
    os.symlink(root, tmp_path / "by another name")
    assert len(walk(tmp_path / "by another name").images) == 5


def test_what_cannot_be_opened_is_told(tmp_path, monkeypatch):
    plant(tmp_path, "a.png", "locked/b.png")
    os.mkfifo(tmp_path / "pipe.png")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert inside(tmp_path, walk(tmp_path).images) == ["a.png"]
    assert reasons(tmp_path) == {"locked": "Permission denied", "pipe.png": "no regular file"}


def test_many_files_are_told_in_a_line_for_each_reason():
    lines = list(grouped([(f"/a/{row}.txt", "no picture") for row in range(300)] + [("/a/x.pdf", "drawing")]))
    assert lines[0] == "300 left out (no picture): 0.txt, 1.txt, 2.txt and 297 more"
    assert len(lines) == 2
    gone = [Failure(path, "no such file") for path in ("/a/b.png", "/c.png")]
    assert failures(gone) == ["2 skipped (no such file): b.png, c.png"]
    odd = [Failure(f"/a/day 1: {row}.png", "broken: cut short") for row in range(2)]  # no sign ends the path
    assert failures(pickle.loads(pickle.dumps(odd))) == ["2 skipped (broken: cut short): day 1: 0.png, day 1: 1.png"]
    assert failures(odd[:1]) == ["skipped /a/day 1: 0.png: broken: cut short"]
    assert readable(os.fsdecode(b"a\xf1o.jpg")) == r"a\xf1o.jpg"
    assert readable("año") == "año"


def test_globs_go_the_way_of_the_walk(tmp_path):
    plant(tmp_path, "cat/0.jpg", "cat/deep/1.jpg", "cat/@eaDir/0.jpg", "dog/2.png", "dog/3.dat")
    os.symlink("..", tmp_path / "cat" / "up")
    os.symlink(".", tmp_path / "dog" / "self")
    for pattern, names in {
        "**/*.jpg": ["cat/0.jpg", "cat/deep/1.jpg"],
        "*/*.jpg": ["cat/0.jpg"],
        "**/deep": ["cat/deep/1.jpg"],
        "d*/**": ["dog/2.png", "dog/3.dat"],
        "**/*.dat": ["dog/3.dat"],
        "cat": ["cat/0.jpg", "cat/deep/1.jpg"],
    }.items():
        assert sorted(inside(tmp_path, find_images([f"{tmp_path}/{pattern}"]))) == names, pattern
    assert search([str(tmp_path)]).left_out


def test_a_folder_without_images_tells_what_is_in_it(tmp_path):
    plant(tmp_path, "a.txt", "b.heics.zip")
    with pytest.raises(BadInput, match=r"no image in this folder \(accepted: jpg png .*\n1 left out \(.txt"):
        find_images([str(tmp_path)])
    assert "jpg" in accepted_endings()


def test_classes_of_embedded_files_follow_the_parts(tmp_path):
    def classes(*names):
        root = plant(tmp_path / names[0].replace("/", "-"), *names)
        return class_folders(str(root), find_images([str(root)]))

    assert classes("cat/0.png", "dog/0.png") == ["cat", "dog"]
    assert classes("Training/cat/0.png", "Training/dog/0.png", "dev/cat/0.png") == ["cat", "dog", "cat"]
    assert classes("train/0.png", "car/0.png") == ["car", "train"]
    assert classes("train/cat/0.png", "train/dog/0.png", "extra/dog/0.png") is None
    assert classes("0.png", "dog/0.png") is None
