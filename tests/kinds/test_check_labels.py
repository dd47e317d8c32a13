"""`artesano check --labels`: a photo in the wrong folder stands at the top of the table."""

import pandas as pd
import pytest
from PIL import Image

from artesano.cli import main

WORDS = ["backbone=test_resnet", "weights.source=none", "image_size=32", "data.min_images=1"]


def test_a_photo_in_the_wrong_folder_comes_first(photos, outputs, capsys):
    (photos / "azul" / "0.png").rename(photos / "rojo" / "10.png")
    (photos / "azul" / "broken.png").write_bytes(b"no image")
    assert main(["check", "data=folder", f"data.root={photos}", "--labels", *WORDS]) == 0
    rows = pd.read_csv(outputs / "check" / "folder-labels.csv")
    assert len(rows) == 24
    assert rows["image"][0] == str(photos / "rojo" / "10.png")
    assert rows["likely"][0] == "azul"
    assert (rows["label_probability"] + rows["likely_probability"] <= 1.00001).all()
    assert Image.open(outputs / "check" / "folder-labels.png").size[0] > 100
    assert "labels are suspected" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["gan=dcgan"], ["data.classes=[azul]"]])
def test_data_without_choices_of_classes_are_refused(words, photos, outputs):
    assert main(["check", "data=folder", f"data.root={photos}", "--labels", *WORDS, *words]) == 2
    assert not outputs.exists()
