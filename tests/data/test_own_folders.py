"""Folders that runs and commands have written are neither classes nor sources of images, for any data set of files."""

import shutil

import numpy as np
import pytest
from PIL import Image

from artesano.data.folder import Folder
from artesano.data.io.inputs import find_images
from artesano.data.pairs.paired_folder import PairedFolder
from artesano.data.pairs.sr_folder import SrFolder
from artesano.own_folders import is_ours


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((8, 16, 3), dtype=np.uint8)).save(path)


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Images of two classes; in one of them a run folder, beside them the outputs of runs and of `check`."""
    monkeypatch.delenv("ARTESANO_OUTPUTS")
    monkeypatch.chdir(tmp_path)
    for name in ("cat", "dog"):
        for number in range(10):
            picture(tmp_path / name / f"{number}.png")
    picture(tmp_path / "outputs" / "check" / "folder.png")
    (tmp_path / "outputs" / "gan" / ".numbers").mkdir(parents=True)
    picture(tmp_path / "outputs" / "gan" / "0001-dcgan" / "plots" / "samples.png")
    picture(tmp_path / "cat" / "moved run" / "images" / "step_1.png")
    for name in ("run.json", "config.yaml"):
        (tmp_path / "cat" / "moved run" / name).write_text("{}")
    return tmp_path


def test_neither_classes_nor_images(photos):
    classes, splits = Folder(root=".").read_splits()
    assert classes == ["cat", "dog"]
    assert len(splits["train"]) == 20
    assert sum(map(len, SrFolder(root=".").listing().parts.values())) == 20
    assert sum(map(len, PairedFolder(root=".").listing().parts.values())) == 20


@pytest.mark.parametrize("inputs", [".", "**/*.png", "{here}", "{here}/**/*.png"])
def test_images_to_use_a_run_on(photos, inputs):
    assert len(find_images([inputs.format(here=photos)])) == 20


def test_a_folder_that_is_named_itself_is_read(photos):
    assert len(find_images(["outputs/gan/0001-dcgan"])) == 1
    assert len(find_images(["outputs/gan/0001-dcgan/plots/*.png"])) == 1


def test_outputs_of_another_place_are_known_too(photos, monkeypatch):
    shutil.move("outputs", "old")
    assert is_ours("old")
    picture(photos / "results" / "check" / "folder.png")
    assert not is_ours("results")
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(photos / "results"))
    assert is_ours("results")
    assert Folder(root=".").read_splits()[0] == ["cat", "dog"]


def test_a_class_may_be_called_outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "elsewhere"))
    picture(tmp_path / "outputs" / "1.png")
    picture(tmp_path / "inputs" / "1.png")
    assert Folder(root=str(tmp_path)).read_splits()[0] == ["inputs", "outputs"]
