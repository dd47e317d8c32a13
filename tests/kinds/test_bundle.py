"""A run as one file: the same answers from it, elsewhere, and nothing in it of the machine or that could run."""

import json
import os

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from artesano.cli import main
from artesano.kinds.gan.load import load_gan
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.transfer.load import load
from fresh import artesano

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")


def test_a_classifier_says_the_same(run, capsys):
    folder, _ = run
    assert main(["bundle", str(folder), "-o", "a ñ.safetensors"]) == 0
    assert "A classifier of 4 classes" in capsys.readouterr().out
    images = torch.randint(0, 255, (2, 3, 64, 64), dtype=torch.uint8)
    assert torch.equal(load("a ñ.safetensors")(images), load(folder)(images))


@pytest.mark.parametrize("gan", ["cdcgan", "dcgan"])
def test_a_generator_draws_the_same(gan_runs, gan):
    folder = gan_runs(gan)
    assert main(["bundle", str(folder), "-o", "g.safetensors"]) == 0
    one, other = load_gan(folder), load_gan("g.safetensors")
    z, labels = one.draw(4, 0, "test")
    assert torch.equal(one(z, labels, 0), other(z, labels, 0))
    with safe_open("g.safetensors", framework="pt") as file:
        assert not any("discriminator" in name for name in file.keys())  # noqa: SIM118
        about = "".join(file.metadata().values())
    assert str(folder.parents[2]) not in about  # neither data.root nor anything else of this machine


@pytest.mark.parametrize("ema", [True, False])
def test_a_translator_makes_the_same(image_run, ema):
    folder, _ = image_run("resnet_translation", image_to_image="cycle", ema=ema)
    assert main(["bundle", str(folder), "-o", "t.safetensors"]) == 0
    source = torch.rand(1, 3, 20, 16)
    for direction in ("a2b", "b2a"):
        assert torch.equal(
            load_image_gan("t.safetensors", "best", direction)(source),
            load_image_gan(folder, "best", direction)(source),
        )


def test_predict_in_another_process_and_an_empty_folder(run, photos):
    folder, _ = run
    main(["bundle", str(folder), "-o", "b.safetensors"])
    picture = next(photos.rglob("*.png"))
    answers = []
    for model in ("b.safetensors", str(folder)):
        said = artesano("predict", model, str(picture), "--format", "json", HOME="/nonexistent")
        answers.append(json.loads(said[said.index("[") : said.rindex("]") + 1]))
    assert answers[0] == answers[1]


def test_what_is_no_bundle(tmp_path, run, capsys):
    save_file({"a": torch.zeros(2)}, "weights.safetensors")
    assert main(["predict", "weights.safetensors", "x.png"]) == 2
    assert "not a bundle" in capsys.readouterr().err
    (tmp_path / "empty" / "torn.safetensors").write_bytes(b"\x10" * 40)
    assert main(["predict", "torn.safetensors", "x.png"]) == 2
    assert "cannot be read as a bundle" in capsys.readouterr().err
    folder, _ = run
    assert main(["bundle", str(folder), "-o", "model.zip"]) == 2
    assert "model.safetensors" in capsys.readouterr().err
    assert main(["bundle", str(folder)]) == 0
    assert main(["bundle", str(folder)]) == 2
    assert "already" in capsys.readouterr().err


def test_a_crafted_config_runs_nothing(run, capsys):
    folder, _ = run
    main(["bundle", str(folder), "-o", "b.safetensors"])
    with safe_open("b.safetensors", framework="pt") as file:
        about, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    about["artesano.config"] = "task: transfer\ndata: {_target_: os.system, command: touch harm}\n"
    save_file(tensors, "bad.safetensors", about)
    Image.new("RGB", (8, 8)).save("x.png")
    assert main(["predict", "bad.safetensors", "x.png"]) == 2
    assert "os.system" in capsys.readouterr().err
    assert not os.path.exists("harm")
