"""`crop_mode`: training, `predict`, the Python API and the record of an export see the same of a wide photo."""

import numpy as np
import pytest
import torch
from PIL import Image

import artesano
from artesano.errors import BadInput
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.evaluate import ask
from artesano.kinds.transfer.load import load

WORDS = ["data=folder", "backbone=test_resnet", "weights.source=none", "strategy=freeze", "image_size=32"]
WORDS += ["crop_pct=1.0", "max_steps=1", "trainer=cpu", "logger.wandb.mode=disabled"]


@pytest.fixture
def wide(tmp_path):
    """Photos of 96 x 32 that are grey but for their ends."""
    for name, colour in (("left", (250, 0, 0)), ("right", (0, 0, 250))):
        (tmp_path / "wide" / name).mkdir(parents=True)
        for number in range(10):
            pixels = np.full((32, 96, 3), 120 + number, dtype=np.uint8)
            pixels[:, :20] = colour
            Image.fromarray(pixels).save(tmp_path / "wide" / name / f"{number}.png")
    return tmp_path / "wide"


def test_what_is_at_an_end_is_seen_wherever_the_run_is_used(wide, outputs):
    run = artesano.train(*WORDS, f"data.root={wide}", "crop_mode=squash")
    assert run.record["model"]["preprocessing"]["crop_mode"] == "squash"
    loaded = load(run.folder)
    photo = wide / "left" / "3.png"
    seen = loaded.preprocessing(Image.open(photo))
    assert (seen[0, :, :5] > 200).all()  # the red end is in it, a third as wide
    assert (abs(seen[:, :, 12:].astype(int) - 123) < 12).all()
    answers = ask(loaded, data_for([], run.folder), "all")
    names = [answers.loaders.names(part, [row])[0] for part, row in answers.rows]
    torch.testing.assert_close(loaded.logits(str(photo)), answers.logits[names.index(str(photo))], rtol=1e-4, atol=1e-5)


def test_an_unknown_mode_is_refused(wide, outputs):
    with pytest.raises(BadInput, match="crop_mode"):
        artesano.train(*WORDS, f"data.root={wide}", "crop_mode=letterbox")
    assert not outputs.exists()
