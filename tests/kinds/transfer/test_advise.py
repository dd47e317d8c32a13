"""`artesano advise` and strategy=auto: what is said is what is done, and too little is refused."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import artesano
from artesano import cli
from artesano.backbones.create import create_backbone
from artesano.backbones.weights import Weights
from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.experiment.resume import resume
from artesano.experiment.train import train
from artesano.kinds.registry import experiment_of
from artesano.kinds.transfer.advise import advise, with_strategy, within
from artesano.metrics.transferability import copies, learning_curve
from artesano.runs import record
from artesano.runs.checkpoint import read_checkpoint

pytestmark = pytest.mark.slow


@pytest.fixture
def words(project, monkeypatch, tmp_path):
    monkeypatch.chdir(project)
    monkeypatch.setenv("ARTESANO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    torch.manual_seed(3)
    save_file(create_backbone("test_resnet", Weights("none")).state_dict(), tmp_path / "weights.safetensors")
    weights = ["weights.source=file", f"weights.file={tmp_path / 'weights.safetensors'}"]
    run = ["backbone=test_resnet", "image_size=32", "max_steps=10", "trainer=cpu", "logger.wandb.mode=disabled"]
    return ["data=folder", "data.root=images", "data.batch_size=8", "data.val_fraction=0.3", *weights, *run]


def experiment(words):
    composed = compose([*words, "strategy=auto"])
    return experiment_of(composed.resolved, composed.origins, composed.choices)


def test_advice_leaves_everything_as_it_was_and_repeats(words):
    made = experiment(words)
    images, network = made.parts()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    state = torch.get_rng_state()
    advice = advise(made, images, network)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())
    again = advise(made, images, network)
    assert [vars(one) for one in advice.forecasts] == [vars(one) for one in again.forecasts]
    evidence = advice.evidence
    assert evidence.images == len(images.listing.splits["train"])
    assert evidence.depths[1.0] == pytest.approx(evidence.probe), "the last depth is what the probe sees"


def test_the_frozen_net_of_the_evidence_is_that_of_a_run(words):
    evidence = advise(made := experiment(words), *made.parts()).evidence
    run = train([*words, "strategy=freeze"])
    assert run.record["metrics"]["last"]["val/accuracy"] == pytest.approx(evidence.freeze)


def test_auto_is_the_run_of_the_strategy_it_takes(words, capsys):
    run = train([*words, "strategy=auto"])
    taken = record.read(run.folder)["config"]["strategy._target_"].rpartition(".")[2].lower()
    assert taken in ("freeze", "partial", "lpft", "full")
    assert f"strategy=auto takes {taken}" in capsys.readouterr().out
    known = record.read(run.folder)
    assert known["choices"]["strategy"] == taken
    assert max(known["advice"], key=lambda one: one["accuracy"])["strategy"] == taken
    other = train([*words, f"strategy={taken}"])
    mine, theirs = (read_checkpoint(one.folder, "last").tensors for one in (run, other))
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in mine.items())
    capsys.readouterr()
    longer = resume(str(run.folder), ["max_steps=14"])
    assert longer.record["config"]["strategy._target_"].lower().endswith(taken)
    assert "strategy=auto takes" not in capsys.readouterr().out, "it is chosen once"


def test_the_command(words, ink, capsys, tmp_path):
    assert cli.main(["advise", *words, "--out", str(tmp_path / "advice")]) == 0
    said = capsys.readouterr().out
    known = json.loads((tmp_path / "advice" / "images.json").read_text())
    assert f"strategy={known['advised']}" in said
    assert all(f"{one['accuracy']:.3f}" in said for one in known["forecasts"])
    assert Image.open(tmp_path / "advice" / "images.png").size[0] > 500
    assert artesano.advise(*words).best.strategy == known["advised"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["strategy=full"], "strategy=full: artesano advise chooses the strategy"),
        (["gan=dcgan"], "artesano advise is about classifiers"),
        (["optimizer.lr=auto"], "give optimizer.lr=1e-3"),
        (["data.shots=1"], "1 training image(s) of"),
        (["--minutes", "0.0000001"], "the quickest strategy needs"),
        (["--minutes", "nan"], "minutes=nan: give a number above 0"),
        (["--minutes", "-1"], "minutes=-1: give a number above 0"),
        (["resume=last"], "resume=last: a run that goes on has its strategy"),
        (["--out", "images/azul/0.png"], "--out"),
    ],
)
def test_what_is_refused(words, capsys, more, said):
    words = [] if more[0].startswith("gan=") else words
    assert cli.main(["advise", *words, *more]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_nothing_pretrained_nothing_to_choose(words, capsys):
    words = [word for word in words if not word.startswith("weights.")]
    assert cli.main(["advise", *words, "weights.source=none"]) == 2
    assert "nothing is pretrained" in capsys.readouterr().err


def test_one_class(words, capsys, project):
    (project / "lone" / "only").mkdir(parents=True)
    for number in range(8):
        Image.new("RGB", (32, 32), (number * 20, 0, 0)).save(project / "lone" / "only" / f"{number}.png")
    assert cli.main(["advise", *words, "data.root=lone"]) == 2
    assert "class" in capsys.readouterr().err


def test_a_time_budget_leaves_the_strategies_that_fit(words):
    made = experiment(words)
    evidence = advise(made, *made.parts()).evidence
    slow = replace(evidence, steps=10**6, step_seconds={"partial": 0.001, "lpft": 0.002, "full": 0.003})
    assert within(slow, None).best.strategy != "freeze"
    quick = within(slow, slow.minutes("freeze"))
    assert quick.best.strategy == "freeze"
    assert "is forecast best and takes" in quick.reasons[-1]
    with pytest.raises(BadInput, match="the quickest strategy needs"):
        within(slow, slow.minutes("freeze") / 2)


def test_pieces_of_the_evidence(words):
    images, _ = experiment(words).parts()
    labels = images.listing.splits["train"].labels
    few = images.some("train", 7)
    assert sum(len(batch.labels) for batch in few) == 7
    assert {int(label) for batch in few for label in batch.labels} == set(labels.tolist()), "from all over the part"
    features = torch.eye(6)
    assert copies(features[:4], features[2:]) == 2
    rows, classes = torch.eye(12).repeat(2, 1), torch.arange(24) % 3
    assert list(learning_curve(rows, classes, rows, classes)) == [2, 4]


def test_unreadable_files_of_streamed_data_are_left_out(words, project, tmp_path):
    shutil.copytree(project / "images", tmp_path / "photos")  # the project is that of other tests too
    for name in ("a.png", "m.png", "z.png"):
        (next((tmp_path / "photos").iterdir()) / name).write_bytes(b"no image")
    made = experiment([*words, f"data.root={tmp_path / 'photos'}", "data.in_memory=false", "data.workers=0"])
    advice = advise(made, *made.parts())
    assert all(0 <= value <= 1 for value in advice.evidence.depths.values())
    assert advice.evidence.depths


def test_where_images_change_the_frozen_net_is_not_cached(words, capsys):
    assert cli.main(["advise", *words, "data.augment=light"]) == 0
    said = capsys.readouterr().out
    made = experiment([*words, "data.augment=light"])
    variant = with_strategy(made, "freeze")
    assert not variant.uses_cache
    assert variant.options.strategy["cache"] is False
    if "strategy=freeze" in said:
        assert "strategy.cache=false" in said


def test_the_backbones_that_are_named_are_the_ones_that_are_looked_at(words, capsys):
    words = [word for word in words if not word.startswith("backbone=")]
    assert cli.main(["advise", *words, "--backbones", "test_resnet"]) == 0
    assert "backbone=test_resnet strategy=" in capsys.readouterr().out
    assert artesano.advise(*words, "trainer.devices=2", backbones="test_resnet").evidence.backbone == "test_resnet"


def test_of_equal_backbones_the_first_is_taken(words, monkeypatch):
    from artesano.kinds.transfer import advise_command

    def equal(frozen, images, network):
        return replace(advise(made, *made.parts()).evidence, backbone=frozen.options.backbone, freeze=0.5)

    made = experiment(words)
    monkeypatch.setattr(advise_command, "probed", equal)
    advice, others, _, _ = advise_command.ask(words, ["test_resnet", "test_resnet"], None)
    assert advice.evidence.backbone == "test_resnet"
    assert len(others) == 1


def test_a_refused_run_leaves_nothing(words, tmp_path):
    with pytest.raises(BadInput, match="training image"):
        train([*words, "strategy=auto", "data.shots=1"])
    assert not list((tmp_path / "outputs").glob("*/*"))
