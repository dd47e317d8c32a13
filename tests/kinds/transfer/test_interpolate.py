"""Between the pretrained and the fine-tuned network: the ends are exact, and the first has a head that fits it."""

import json
import shutil

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from tiny_runs import WORDS

from artesano import cli
from artesano.backbones.create import create_backbone
from artesano.backbones.weights import Weights
from artesano.data.loaders import Loaders
from artesano.experiment.train import train
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.evaluate import answer
from artesano.kinds.transfer.interpolate import blended, refit, starting_point
from artesano.kinds.transfer.load import load
from artesano.transfer.heads import Cosine, Linear, Mlp
from artesano.transfer.losses import OneLabel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fine_tuned(project, tmp_path_factory):
    """`fine_tuned("full")`: a run of test_resnet that began with weights from a file, and these weights."""
    folder = tmp_path_factory.mktemp("fine-tuned")
    torch.manual_seed(3)
    weights = create_backbone("test_resnet", Weights("none")).state_dict()
    save_file(weights, folder / "pretrained.safetensors")

    def run(strategy):
        begun = [f"strategy={strategy}", "weights.source=file", f"weights.file={folder / 'pretrained.safetensors'}"]
        words = [word for word in WORDS["transfer"] if not word.startswith(("strategy", "weights"))]
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(project)
            patch.setenv("ARTESANO_OUTPUTS", str(folder / "outputs"))
            patch.setenv("ARTESANO_CACHE", str(folder / "cache"))
            options = ["max_steps=4", "logger.wandb.mode=disabled", "trainer=cpu"]
            return train([*words, *begun, *options]).folder, weights

    return run


@pytest.fixture(scope="module")
def full(fine_tuned):
    return fine_tuned("full")


@pytest.fixture(autouse=True)
def inside(project, monkeypatch, tmp_path):
    monkeypatch.chdir(project)
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path / "cache"))


def test_the_ends_are_the_pretrained_backbone_and_the_run(full):
    folder, weights = full
    loaded = load(folder)
    first, images = starting_point(loaded)
    assert images == 51
    at_0, at_1 = (blended(loaded, first, alpha).network.state_dict() for alpha in (0.0, 1.0))
    floats = {name: tensor for name, tensor in weights.items() if tensor.is_floating_point()}  # no counters
    assert all(torch.equal(at_0[f"backbone.{name}"], tensor) for name, tensor in floats.items())
    assert all(torch.equal(at_1[name], tensor) for name, tensor in loaded.network.state_dict().items())
    middle = blended(loaded, first, 0.5).network.state_dict()
    name = "head.linear.weight"
    torch.testing.assert_close(middle[name], (at_0[name] + at_1[name]) / 2)
    loaders = Loaders(data_for([], folder), loaded.preprocessing, seed=0)
    said, plain = (answer(network, loaders, "test").logits for network in (blended(loaded, first, 1.0), loaded))
    assert torch.equal(said, plain)


@pytest.mark.parametrize("head", [Linear, Mlp, Cosine])
def test_a_head_is_refitted_from_where_it_is(head):
    torch.manual_seed(0)
    labels = torch.arange(60) % 3
    features = torch.randn(60, 8) + 2 * torch.nn.functional.one_hot(labels, 8)
    network = head(8, 3)
    refit(network, features, labels, OneLabel())
    assert (network(features).argmax(1) == labels).float().mean() > 0.9
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_command_prints_and_draws_both_data_sets(full, project, ink, capsys):
    folder, _ = full
    assert cli.main(["evaluate", str(folder), "--interpolate", "0,1", "--name", "between"]) == 0
    assert cli.main(["evaluate", str(folder)]) == 0
    rows = pd.read_csv(folder / "evaluations" / "between" / "interpolation.csv")
    assert rows["alpha"].tolist() == [0, 1]
    plain = json.loads((folder / "evaluations" / "test" / "metrics.json").read_text())["metrics"]
    for metric in ("accuracy", "nll", "ece"):
        assert rows[metric].iloc[-1] == plain[metric]
    words = ["data=folder", "data.root=images", "data.split_seed=5"]
    assert cli.main(["evaluate", str(folder), *words, "--split", "all", "--interpolate", "--name", "two"]) == 0
    rows = pd.read_csv(folder / "evaluations" / "two" / "interpolation.csv")
    assert rows["alpha"].nunique() == 5
    assert rows["data"].nunique() == 2
    assert (folder / "evaluations" / "two" / "interpolation.png").stat().st_size > 1000
    assert "refitted" in capsys.readouterr().out


def test_an_unreadable_file_is_left_out_at_every_alpha(full, project, tmp_path):
    folder, _ = full
    shutil.copytree(project / "images", tmp_path / "photos")
    (next((tmp_path / "photos").iterdir()) / "m.png").write_bytes(b"no image")
    words = ["data=folder", f"data.root={tmp_path / 'photos'}", "--split", "all", "--interpolate", "0,1"]
    assert cli.main(["evaluate", str(folder), *words, "--name", "broken"]) == 0
    rows = pd.read_csv(folder / "evaluations" / "broken" / "interpolation.csv")
    readable = len(list((project / "images").rglob("*.png")))
    assert rows["images"].tolist()[1::2] == [readable, readable]


def test_runs_without_two_ends_are_refused(fine_tuned, trained, capsys):
    frozen, _ = fine_tuned("freeze")
    assert cli.main(["evaluate", str(frozen), "--interpolate"]) == 2
    assert cli.main(["evaluate", str(trained("transfer")), "--interpolate"]) == 2
    said = capsys.readouterr().err
    assert "left the backbone as it was" in said
    assert "no pretrained network" in said
    assert cli.main(["evaluate", str(frozen), "--interpolate", "0,2"]) == 2
    assert "0,2 is not a list of numbers from 0 to 1" in capsys.readouterr().err
