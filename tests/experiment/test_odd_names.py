"""Names that are no UTF-8, in every command; a terminal that has no arrow."""

import csv
import io
import json
import os
import sys

import pyarrow.parquet as pq
import pytest
from PIL import Image

from artesano.cli import main
from artesano.runs import record
from artesano.runs.find import find_run

TRAIN = ["backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=2", "data.batch_size=4"]


@pytest.fixture
def photos(tmp_path):
    """Two classes of eight images; the root, a class and an image have names that are no UTF-8."""
    root = os.path.join(os.fsencode(tmp_path), b"fotos \xf1")
    for name in (b"ni\xf1o", b"dog"):
        os.makedirs(os.path.join(root, name))
        for row in range(8):
            Image.new("RGB", (9, 9), (row, 100, 200)).save(os.path.join(root, name, b"%d.png" % row))
    os.rename(os.path.join(root, b"dog", b"0.png"), os.path.join(root, b"dog", b"a\xf1o.png"))
    return os.fsdecode(root)


@pytest.mark.slow
def test_every_command_takes_names_that_are_no_utf8(photos, outputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    screen = io.TextIOWrapper(io.BytesIO(), "latin-1", errors="strict", write_through=True)
    monkeypatch.setattr(sys, "stdout", screen)
    with open(os.path.join(photos, "dog", "bad.png"), "wb"):
        pass
    data = ["data=folder", f"data.root={photos}"]
    assert main(["check", *data]) == 0
    assert main(["train", *TRAIN, "trainer=cpu", "logger.wandb.mode=disabled", *data]) == 0
    facts = record.read(find_run("last"))
    assert facts["model"]["classes"] == ["dog", r"ni\xf1o"]
    assert facts["config"]["data.root"] == photos
    assert main(["evaluate", "last"]) == 0
    assert main(["resume", "last", "max_steps=3"]) == 0
    for output in ("labels.csv", "labels.json", None):
        assert main(["predict", "last", photos, *(["-o", output] if output else [])]) == 0
    assert main(["embed", "last", photos, "-o", "features.parquet"]) == 0

    names = {name for _, _, files in os.walk(photos) for name in files}
    with open("labels.csv", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        assert {os.path.basename(row["path"]) for row in csv.DictReader(stream)} == names
    with open("labels.json", encoding="utf-8") as stream:
        assert {os.path.basename(row["path"]) for row in json.load(stream)} == names
    table = pq.read_table("features.parquet")
    assert any(path.endswith(r"a\xf1o.png") for path in table["path"].to_pylist())
    assert set(table["label"].to_pylist()) == {"dog", r"ni\xf1o"}
    printed = screen.buffer.getvalue().decode("latin-1")
    assert "bad.png: not an image" in printed
    assert "compare" in printed or "artesano" in printed
    assert main(["compare", "last"]) == 0
    assert main(["compare", "last", "--html", "page.html"]) == 0
    assert main(["bundle", "last", "-o", "run.safetensors"]) == 0
