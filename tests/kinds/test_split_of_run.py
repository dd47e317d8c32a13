"""What a run's own data are after they have changed: its split, without what is gone; what is new is measured apart."""

import shutil

import numpy as np
import pytest
from PIL import Image

from artesano.cli import main
from artesano.config.targets import instantiate
from artesano.errors import BadInput
from artesano.kinds.bundle import bundle
from artesano.kinds.data_of_run import data_for, data_node
from artesano.kinds.split_of import is_own
from artesano.kinds.split_of_run import listing_of, trained_on, write_listing
from artesano.runs.find import find_run


@pytest.fixture
def kept(run, photos):
    """A finished run with the list of its files."""
    folder, _ = run
    data = data_for([], folder)
    write_listing(folder, data, listing_of(data))
    return folder


def noise(path):
    Image.fromarray(np.random.default_rng(len(str(path))).integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(path)


def splits(folder, words=(), split="test"):
    return {name: part.names for name, part in data_for(list(words), folder, split).listing().splits.items()}


def test_added_images_go_nowhere_until_they_are_asked_for(kept, photos, capsys):
    before = splits(kept)
    noise(photos / "azul" / "new.png")
    shutil.copy(before["train"][0], photos / "azul" / "copy.png")
    assert splits(kept) == before
    assert "2 files of" in capsys.readouterr().out
    assert main(["evaluate", str(kept)]) == 0
    assert "--split new" in capsys.readouterr().out
    assert splits(kept, split="new")["test"] == [str(photos / "azul" / "new.png")]
    assert "copies of images of the run" in capsys.readouterr().out
    assert main(["evaluate", str(kept), "--split", "new"]) == 0
    assert (kept / "evaluations" / "new" / "metrics.json").is_file()


def test_nothing_new(kept):
    with pytest.raises(BadInput, match=r"nothing in .* is new"):
        data_for([], kept, "new")
    with pytest.raises(BadInput, match="own data only"):
        data_for(["data=mnist5k"], kept, "new")
    (kept / "files.csv").unlink()
    with pytest.raises(BadInput, match="no list of its files"):
        data_for([], kept, "new")


def test_what_is_gone_is_left_out_and_told(kept, photos, capsys):
    before = splits(kept)
    missing, replaced = before["test"][:2]
    shutil.move(missing, photos.parent / "away.png")
    shutil.copy(before["train"][0], replaced)  # trained on, and now of a test image's name
    assert splits(kept)["test"] == before["test"][2:]
    said = capsys.readouterr().out
    assert "1 file is missing" in said
    assert "1 file is replaced by other content" in said
    for name in before["test"]:
        photos.joinpath(name).unlink(missing_ok=True)
    with pytest.raises(BadInput, match="nothing is left of its test images"):
        data_for([], kept)
    assert data_for([], kept, "val")


@pytest.mark.parametrize("change", ["add", "rename", "remove"])
def test_other_classes_are_refused(kept, photos, change, capsys):
    if change == "add":
        shutil.copytree(photos / "azul", photos / "morado")
    elif change == "rename":
        (photos / "azul").rename(photos / "morado")
    else:
        shutil.rmtree(photos / "azul")
    assert main(["evaluate", str(kept)]) == 2
    said = capsys.readouterr().err
    assert "the run has 4: azul, rojo, verde ñ, x, y" in said
    assert "the data have" in said
    assert not (kept / "evaluations").exists()


def test_words_that_would_cut_anew(kept, photos, capsys):
    with pytest.raises(BadInput, match="a run keeps its split"):
        data_for(["data.split_seed=1"], kept)
    moved = shutil.copytree(photos, photos.parent / "moved")
    before = splits(kept)
    assert splits(kept, [f"data.root={moved}"])["test"] == [
        name.replace(str(photos), str(moved)) for name in before["test"]
    ]
    for file in moved.rglob("*.png"):
        noise(file)
    assert len(data_for([f"data.root={moved}", "data.split_seed=1"], kept).listing().splits["test"]) == 4  # others


def test_copies_of_trained_images_are_known(kept, photos, capsys):
    trained = trained_on(data_node(kept), kept)
    (photos.parent / "other").mkdir()
    copy = shutil.copy(splits(kept)["train"][0], photos.parent / "other" / "x.png")
    noise(photos.parent / "other" / "y.png")
    assert str(copy) in trained
    assert str(photos.parent / "other" / "y.png") not in trained
    shutil.rmtree(photos)
    assert str(copy) in trained_on(data_node(kept), kept)


def test_a_bundle_keeps_the_split(kept, photos, tmp_path, monkeypatch, outputs):
    path, _ = bundle(str(kept), str(tmp_path / "run.safetensors"))
    before = splits(kept)
    monkeypatch.chdir(tmp_path)
    noise(photos / "azul" / "new.png")
    assert splits(find_run(path)) == before


def test_pairs_without_files_are_known_as_the_runs_own(tmp_path, monkeypatch):
    """Their places on the globe are their names: another choice of them is no new data."""
    node = {"_target_": "artesano.data.pairs.blue_marble_map.BlueMarbleMap", "crop": 64, "windows": 16}
    trained = trained_on(node, tmp_path)
    assert trained.names
    monkeypatch.setattr("artesano.kinds.split_of.data_node", lambda run: node)
    assert is_own(instantiate(node | {"max_eval": 4}), tmp_path)
