"""What `strategy.norm_stats=auto` became is in the record, and a run that goes on or is repeated keeps it."""

import pytest
import timm
import torch
from safetensors.torch import save_file

import artesano
from artesano.errors import BadInput
from artesano.experiment.rerun import rerun
from artesano.experiment.resume import resume
from artesano.runs import record
from artesano.runs.checkpoint import read_checkpoint
from artesano.transfer import strategies
from killed import killed_after

pytestmark = pytest.mark.e2e

STATISTICS = ("running_mean", "running_var")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A weights file whose statistics are those of no image."""
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    torch.manual_seed(0)
    model = timm.create_model("test_resnet", num_classes=0)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith(STATISTICS):
                tensor.uniform_(0.5, 1.5)
    save_file(model.state_dict(), path)
    return path


@pytest.fixture
def pretrained(tiny, weights):
    words = [word for word in tiny if not word.startswith("weights.")]
    return [*words, "weights.source=file", f"weights.file={weights}", "max_steps=6", "checkpoint_every=2"]


def statistics(folder, which="last"):
    weights = read_checkpoint(folder, which).weights("network.backbone.")
    return {name.removeprefix("backbone."): tensor for name, tensor in weights.items() if name.endswith(STATISTICS)}


def norm_stats(folder):
    return record.read(folder)["config"]["strategy.norm_stats"]


def test_auto_is_recorded_and_stays(pretrained, weights, outputs, monkeypatch, capsys):
    run = artesano.train(*pretrained)
    assert norm_stats(run.folder) == "pretrained"
    assert "norm_stats: pretrained" in (run.folder / "config.yaml").read_text()
    assert "BN eval" in capsys.readouterr().out
    given = timm.create_model("test_resnet", num_classes=0, checkpoint_path=str(weights)).state_dict()
    kept = statistics(run.folder)
    assert kept
    assert all(torch.equal(tensor, given[name]) for name, tensor in kept.items())

    monkeypatch.setattr(strategies, "automatic", lambda *_: "updated")  # a rule of another day
    assert norm_stats(artesano.train(*pretrained).folder) == "updated"
    assert rerun(str(run.folder), []).identical
    resume(str(run.folder), ["max_steps=8"])
    assert norm_stats(run.folder) == "pretrained"
    assert all(torch.equal(tensor, given[name]) for name, tensor in statistics(run.folder).items())


def test_stopped_and_resumed_equals_straight(pretrained, outputs, monkeypatch):
    straight = artesano.train(*pretrained, "strategy=gradual")
    with killed_after(4):
        artesano.train(*pretrained, "strategy=gradual")
    resumed = resume("last", [])
    states = [read_checkpoint(run.folder, "last").tensors for run in (straight, resumed)]
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


def test_a_run_from_before_goes_on_as_it_was(pretrained, outputs):
    run = artesano.train(*pretrained, "strategy.norm_stats=updated")
    config = run.folder / "config.yaml"
    config.write_text(config.read_text().replace("  norm_stats: updated\n", ""))
    before = statistics(run.folder)
    resume(str(run.folder), ["max_steps=8"])
    assert any(not torch.equal(tensor, before[name]) for name, tensor in statistics(run.folder).items())


def test_nothing_to_keep(tiny, outputs, capsys):
    untrained = artesano.train(*tiny, "max_steps=2")
    assert norm_stats(untrained.folder) == "updated"
    with pytest.raises(BadInput, match=r"strategy\.norm_stats=pretrained: with weights\.source=none"):
        artesano.train(*tiny, "strategy.norm_stats=pretrained")


def test_one_image_a_step_where_statistics_are_kept(pretrained, outputs):
    run = artesano.train(*pretrained, "data.batch_size=1", "strategy.norm_stats=pretrained", "max_steps=2")
    assert run.record["status"] == "finished"


def test_a_network_without_batch_norm_is_told(tiny, tmp_path, outputs, capsys):
    path = tmp_path / "vit.safetensors"
    save_file(timm.create_model("test_vit", num_classes=0, img_size=32).state_dict(), path)
    words = [word for word in tiny if not word.startswith(("weights.", "backbone="))]
    words += ["backbone=test_vit", "weights.source=file", f"weights.file={path}", "max_steps=2"]
    artesano.train(*words, "strategy.norm_stats=pretrained")
    assert "has no BatchNorm" in capsys.readouterr().out
    artesano.train(*words)
    assert "BatchNorm" not in capsys.readouterr().out
