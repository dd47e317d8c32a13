"""Pictures of an iPhone: trained on, checked and labelled where pillow-heif is installed."""

import csv

import numpy as np
import pytest
from PIL import Image

import artesano
from artesano.cli import main
from artesano.data.io.formats import reads_heic
from artesano.data.io.headers import header
from artesano.data.io.images import load_image

pytest.importorskip("pillow_heif")


@pytest.fixture
def photos(tmp_path):
    """Two classes of HEIC files of one colour each."""
    reads_heic()
    for name, colour in {"sea": (20, 60, 200), "wood": (30, 150, 40)}.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(10):
            noise = np.random.default_rng(number).integers(0, 20, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(noise + np.array(colour, np.uint8)).save(tmp_path / "photos" / name / f"{number}.HEIC")
    return tmp_path / "photos"


def test_a_picture_is_as_it_was_saved(photos):
    file = str(photos / "sea" / "0.HEIC")
    image = load_image(file)
    assert (image.size, image.mode) == ((48, 40), "RGB")
    assert np.abs(np.asarray(image).mean((0, 1)) - (29.5, 69.5, 209.5)).max() < 6
    assert (header(file).width, header(file).height, header(file).channels) == (48, 40, 3)


@pytest.mark.slow
def test_check_train_and_predict(photos, outputs, tmp_path, capsys):
    assert main(["check", "data=folder", f"data.root={photos}"]) == 0
    assert "48 x 40" in capsys.readouterr().out
    small = ("backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=2", "data.batch_size=4")
    run = artesano.train(
        "data=folder", f"data.root={photos}", *small, "trainer=cpu", "logger.wandb.mode=disabled"
    )  # fmt: skip
    assert sum(run.record["data"]["images"].values()) == 20
    assert run.record["data"]["skipped"] == []
    assert main(["predict", str(run.folder), str(photos), "-o", str(tmp_path / "labels.csv")]) == 0
    with (tmp_path / "labels.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 20
    assert not any(row["error"] for row in rows)
