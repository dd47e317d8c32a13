"""One row per file, broken ones too; the command's rows equal the network's own answers."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console

from artesano import cli
from artesano.data.io.images import load_image
from artesano.data.io.inputs import class_folders, find_images
from artesano.errors import BadInput
from artesano.kinds.flags import run_and_inputs
from artesano.kinds.transfer.classifier import Prediction
from artesano.kinds.transfer.load import load
from artesano.kinds.transfer.predict_table import to_terminal


def test_rows_are_the_networks_answers_in_order(run, photos):
    folder, network = run
    loaded = load(folder)
    paths = find_images([str(photos)])
    rows = list(loaded.predictions(paths, batch_size=5))
    assert [row.path for row in rows] == paths
    for row in rows[::7]:
        pixels = torch.from_numpy(loaded.preprocessing(load_image(row.path)))[None]
        with torch.no_grad():
            probabilities = network(loaded.preprocessing.normalise(pixels)).softmax(1)[0]
        assert row.top5[0][0] == loaded.classes[int(probabilities.argmax())]
        assert dict(row.top5) == pytest.approx(
            {name: float(p) for name, p in zip(loaded.classes, probabilities, strict=True)}, abs=1e-4
        )


def odd_images(folder):
    """Images that are used and told: nearly black in their format, and of several frames."""
    folder.mkdir()
    Image.fromarray(np.full((40, 40), 200, np.uint16)).save(folder / "dark.tif")
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    frames[0].save(folder / "plain.png")
    return folder


@pytest.mark.parametrize("command", ["predict", "embed"])
def test_dark_images_and_frames_are_told(run, tmp_path, capsys, command):
    folder, _ = run
    odd = odd_images(tmp_path / "odd")
    assert (
        cli.main([command, str(folder), str(odd), *(["-o", str(tmp_path / "o.csv")] if command == "predict" else [])])
        == 0
    )
    printed = "".join(capsys.readouterr())
    assert "1 used (almost black: its numbers end far below 65535" in printed
    assert "1 used (the first of several frames or pages is used): film.gif" in printed


def test_a_broken_file_gets_a_row_and_the_others_go_on(run, photos, tmp_path, capsys):
    folder, _ = run
    broken = photos / "azul" / "3.png"
    broken.write_bytes(broken.read_bytes()[:60])
    before = {path: path.read_bytes() for path in photos.rglob("*.png")}
    output = tmp_path / "new" / "labels.csv"
    assert cli.main(["predict", str(folder), str(photos), "-o", str(output)]) == 0
    with output.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 24
    bad = [row for row in rows if row["error"]]
    assert [row["path"] for row in bad] == [str(broken)]
    assert bad[0]["label"] == bad[0]["probability"] == bad[0]["top5"] == ""
    for row in rows:
        if not row["error"]:
            top5 = json.loads(row["top5"])
            assert top5[0] == [row["label"], float(row["probability"])]
            assert sum(probability for _, probability in top5) == pytest.approx(1, abs=1e-4)
    messages = capsys.readouterr().err
    assert "23 of 24" in messages
    assert str(broken) in messages
    assert "Next:" in messages
    assert before == {path: path.read_bytes() for path in photos.rglob("*.png")}


def test_screen_output_is_rows_only_and_json_is_json(run, photos, capsys):
    folder, _ = run
    words = [f"run={folder}", f"input={photos}/rojo/[0-2].png", "--format", "json"]
    assert cli.main(["predict", *words]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [set(row) for row in rows] == [{"path", "label", "probability", "top5", "error"}] * 3
    assert rows[0]["top5"][0] == {"label": rows[0]["label"], "probability": rows[0]["probability"]}


def test_any_mode_and_orientation_works(run, tmp_path):
    folder, _ = run
    turned = Image.new("RGB", (30, 60), "red")
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    for mode in ("L", "P", "RGBA", "CMYK", "1", "I;16"):
        Image.new(mode, (1, 200)).save(tmp_path / f"{mode[0]}.tif")
    rows = list(load(folder).predictions(find_images([str(tmp_path / "*.*")])))
    assert len(rows) == 7
    assert not any(row.error for row in rows)


def test_all_broken_is_a_failure(run, tmp_path):
    (tmp_path / "text.jpg").write_text("no image")
    assert cli.main(["predict", str(run[0]), str(tmp_path / "text.jpg")]) == 1


def test_base_model_gives_its_own_labels(photos, capsys):
    picture = photos / "rojo" / "0.png"
    assert cli.main(["predict", "--backbone", "tf_efficientnet_lite0", str(picture)]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert len(json.loads(row["top5"])) == 5


def test_inputs_that_lead_nowhere_are_all_told(tmp_path, photos):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput) as error:
        find_images([str(photos), str(tmp_path / "empti"), str(tmp_path / "empty"), str(tmp_path / "*.xyz")])
    assert len(error.value.problems) == 3
    assert "Did you mean 'empty'" in error.value.problems[0]
    with pytest.raises(BadInput, match="no images"):
        find_images([])
    with pytest.raises(BadInput, match="a run is required"):
        run_and_inputs([], needs_run=True)


def test_words_and_files_that_look_like_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_and_inputs(["input=a.png", "run=last", "b=c.png"], True) == ("last", ["a.png", "b=c.png"])
    assert run_and_inputs(["a.png"], needs_run=False) == (None, ["a.png"])
    (tmp_path / "input=1.png").touch()
    assert run_and_inputs(["last", "input=1.png"], True) == ("last", ["input=1.png"])


def test_originals_are_not_an_output(run, photos):
    target = photos / "rojo" / "0.png"
    assert cli.main(["predict", str(run[0]), str(photos), "-o", str(target), "--format", "csv"]) == 2
    Image.open(target).load()
    assert cli.main(["predict", str(run[0]), str(photos), "-o", "labels.xls"]) == 2


def test_classes_from_folders(photos, tmp_path):
    assert set(class_folders(str(photos), find_images([str(photos)]))) == {"azul", "rojo", "verde ñ", "x, y"}
    assert class_folders(str(photos / "rojo"), find_images([str(photos / "rojo")])) is None
    assert class_folders(str(tmp_path), [str(tmp_path / "train" / "a" / "1.png"), str(tmp_path / "val/b/1.png")]) == [
        "a",
        "b",
    ]


@pytest.mark.parametrize("width", [80, 100])
def test_a_table_on_a_terminal(run, photos, width, capsys):
    (photos / "azul" / "3.png").write_bytes(b"no image")
    paths = find_images([str(photos)])
    console = Console(width=width, force_terminal=True, color_system=None)
    to_terminal(load(run[0]).predictions(paths), console)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    rows = [line.split() for line in lines if ".png" in line]
    assert [row[0] for row in rows] == [Path(path).name for path in paths]
    assert sum(row[1] == "unreadable" for row in rows) == 1


def test_a_sheet_shows_the_readable_images(run, photos, tmp_path, capsys):
    (photos / "azul" / "3.png").write_bytes(b"no image")
    words = ["predict", str(run[0]), str(photos)]
    assert cli.main([*words, "--sheet", str(tmp_path / "new" / "sheet.png")]) == 0
    captured = capsys.readouterr()
    assert len(list(csv.DictReader(captured.out.splitlines()))) == 24
    assert "sheet.png (the first 23 of 24)" in captured.err
    with Image.open(tmp_path / "new" / "sheet.png") as sheet:
        assert min(sheet.size) > 300
    assert cli.main([*words, "--sheet", str(tmp_path / "sheet.gif")]) == 2
    assert cli.main([*words, "--sheet", str(photos / "rojo" / "0.png")]) == 2
    assert "originals are never written to" in capsys.readouterr().err


def test_long_names_leave_room_for_the_label(capsys):
    top5 = [("golden retriever of the neighbours, asleep in the sun", 0.987654), ("chair", 0.01)]
    console = Console(width=80, force_terminal=True, color_system=None)
    to_terminal([Prediction(f"photos/{'a long name ' * 9}.jpg", top5)], console)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "0.99" in line]
    assert len(row) <= 80
    assert "golden" in row
    assert "chair 0.01" in row
    assert "a long name" in row
