"""A GAN on stacked MNIST: channels of the data, a judge at the end, and a killed run that ends as a straight one."""

import json
import signal

import pytest
from test_resume import same_ending

import artesano
from artesano.cli import main
from artesano.evaluation import digit_judge
from artesano.experiment.resume import resume
from artesano.runs import record
from artesano.runs.find import find_run
from fresh import stopped_at

pytestmark = pytest.mark.e2e

STEPS = 12
WORDS = (
    "gan=dcgan", "data=stacked_mnist", "in_chans=3", "data.samples=100", "data.judged=60", "data.batch_size=8",
    "image_size=16", "generator.width=4", "discriminator.width=4", "hacks.pac=2", "evaluation.samples=50",
    "evaluation.samples_in_training=0", f"max_steps={STEPS}", "samples_every=6", "log_every=1", "checkpoint_every=3",
    "eval_every=6", "health.every=4", "logger.wandb.mode=disabled", "trainer=cpu",
)  # fmt: skip
METRICS = ("modes_digits_60", "kl_digits_60", "modes_digits_60_floor", "kl_digits_60_floor")


def test_killed_and_resumed_equals_straight_and_is_judged(outputs, monkeypatch, capsys):
    monkeypatch.setattr(digit_judge, "STEPS", 20)
    assert stopped_at(8, signal.SIGKILL, "train", *WORDS) == -9
    folder = find_run("last")
    resumed, straight = resume("last", []), artesano.train(*WORDS)
    assert resumed.folder == folder
    same_ending(folder, straight.folder)
    known = record.read(folder)
    assert known["model"]["in_chans"] == 3
    assert len(known["model"]["classes"]) == 1000
    for name in METRICS:
        assert straight.metrics[f"test/{name}"] == known["metrics"]["last"][f"test/{name}"]
    assert 1 <= straight.metrics["test/modes_digits_60"] <= 60
    assert any("of 1,000 test digits" in note for note in known["notes"])
    assert "kl_digits_60" in capsys.readouterr().out
    assert main(["evaluate", str(folder)]) == 0
    (results,) = (folder / "evaluations").glob("*/metrics.json")
    again = json.loads(results.read_text())
    assert again["metrics"]["averaged"]["kl_digits_60"] == pytest.approx(known["metrics"]["best"]["test/kl_digits_60"])
    assert again["floor"]["modes_digits_60_floor"] == known["metrics"]["best"]["test/modes_digits_60_floor"]


def test_without_an_evaluation_nothing_is_judged(outputs, monkeypatch):
    monkeypatch.setattr(digit_judge, "train", lambda *_: pytest.fail("a judge was trained"))
    run = artesano.train(*(word for word in WORDS if "evaluation" not in word), "evaluation=none", "max_steps=2")
    assert not any("digits" in name for name in run.metrics)
