"""Runs that end before max_steps: by patience or by the clock; killed, resumed and lengthened."""

import itertools
from types import SimpleNamespace

import pytest
import torch
from test_resume import same_ending
from torch import nn

import artesano
from artesano.errors import BadInput
from artesano.experiment.early_end import forecast
from artesano.experiment.metrics_logger import MetricsCsv
from artesano.experiment.rerun import lengthened
from artesano.experiment.resume import resume
from artesano.gan.phases import Phases
from artesano.runs import record
from artesano.runs.metrics import read_rows
from artesano.training.learning import Stage, StagedLearning
from artesano.transfer.module import TransferModule
from killed import killed_after

pytestmark = pytest.mark.e2e

# With a rate of almost nothing no validation is better than the first, whose state is the best of the run.
STILL = ("optimizer.lr=1e-12", "ema=null", "eval_every=2", "max_steps=40")


@pytest.fixture(scope="module")
def patient(tiny, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("patient")))
        return artesano.train(*tiny, *STILL, "patience=3")


def test_patience_ends_a_run_that_no_longer_improves(patient):
    known = record.read(patient.folder)
    assert (known["status"], known["ended_by"]) == ("finished", {"key": "patience", "step": 8})
    accuracy = [value for _, name, value in read_rows(patient.folder / "metrics.csv") if name == "val/accuracy"]
    assert len(accuracy) == 4
    assert max(accuracy) == accuracy[0]
    assert {"val/accuracy", "test/accuracy"} <= known["metrics"]["last"].keys()


def test_killed_and_resumed_ends_at_the_same_step(tiny, outputs, patient, capsys):
    """Also where it was killed after its last save, before it was recorded that it had ended."""
    with killed_after(4):
        artesano.train(*tiny, *STILL, "patience=3")
    with killed_after(8):
        resume("last", [])
    folder = resume("last", []).folder
    same_ending(folder, patient.folder)
    printed = capsys.readouterr().out
    assert [f"{left} of 40 steps, about" in printed for left in (36, 32, 40)] == [True, True, False]
    assert record.read(folder)["ended_by"] == {"key": "patience", "step": 8}


def test_a_longer_patience_goes_on_as_if_it_had_always_been_that_long(tiny, outputs, patient):
    first = artesano.train(*tiny, *STILL, "patience=1").folder
    for words in ([], ["max_steps=80"], ["patience=1"]):
        with pytest.raises(BadInput, match="patience=1 ended it at step 4 of 40; to train on give patience=2"):
            resume(str(first), words)
    assert record.read(first)["ended_by"] == {"key": "patience", "step": 4}
    same_ending(resume(str(first), ["patience=3"]).folder, patient.folder)


@pytest.fixture
def seconds(monkeypatch):
    """A clock on which each look is a second."""
    ticks = itertools.count()
    monkeypatch.setattr(MetricsCsv, "seconds", lambda _: float(next(ticks)))


def test_the_clock_ends_a_run_with_a_validation(tiny, outputs, seconds):
    ended = artesano.train(*tiny, "max_steps=30", "eval_every=20", "max_minutes=0.1").folder
    known, rows = record.read(ended), read_rows(ended / "metrics.csv")
    step = known["ended_by"]["step"]
    assert known["ended_by"]["key"] == "max_minutes"
    assert 1 < step < 20
    assert [at for at, name, _ in rows if name == "val/accuracy"] == [step]
    assert torch.load(ended / "checkpoints" / "last.ckpt", weights_only=True)["step"] == step
    assert "max_minutes ended the run at step" in lengthened(known)[0]
    with pytest.raises(BadInput, match=r"max_minutes=0\.1 ended it"):
        resume(str(ended), ["max_steps=60"])

    on = record.read(resume(str(ended), ["max_minutes=null"]).folder)
    assert on["ended_by"] == {"key": "max_steps", "step": 30}
    assert on["time_was_over"] == [step]


def test_what_can_never_end_a_run_is_refused(outputs):
    with pytest.raises(BadInput, match=r"(?s)patience: .*max_minutes: "):
        artesano.train("patience=0", "max_minutes=0")
    with pytest.raises(BadInput, match=r"patience=2: .* evaluation.samples_in_training=0 nothing is measured"):
        artesano.train("gan=dcgan", "evaluation=none", "patience=2")
    assert not outputs.exists()


@pytest.mark.parametrize(
    ("step", "spent", "paces", "end"),
    [
        (0, 0.0, [(0, 1.0)], 40),  # 2 of 5 minutes
        (50, 0.0, [(0, 1.0)], 70),  # 5 minutes are what is left to do
        (50, 1.0, [(0, 1.0)], 60),  # one minute of the two has passed
        (50, 3.0, [(0, 1.0)], 50),
        (0, 0.0, [(0, 1.0), (50, 4.0)], 62),  # 100 of 250 units: 50 quick steps and 12 slow ones
        (60, 0.0, [(0, 1.0), (50, 4.0)], 76),
    ],
)
def test_the_forecast_counts_what_is_done_and_how_fast_each_stage_is(step, spent, paces, end):
    module = SimpleNamespace(learning_rate_factor=lambda step: step / 100)
    options = SimpleNamespace(patience=None, max_minutes=2.0)
    training = SimpleNamespace(module=module, options=options, step=step, max_steps=100, eval_every=10, paces=paces)
    (line,) = forecast(training, 5.0, spent)
    assert (
        f"near step {end} of 100, where the learning rate is {end / 100:.2f} of its highest; max_steps={end} " in line
    )
    assert not list(forecast(training, 1.9 - spent, spent))


def test_what_learns_is_settled_after_the_last_change():
    stages = [Stage(0.0, frozenset()), Stage(0.5, frozenset())]
    settled = [
        TransferModule.settled.fget(SimpleNamespace(stages=stages, step=step, max_steps=10))  # type: ignore[attr-defined]
        for step in (5, 6)
    ]
    assert settled == [False, True]
    learning = StagedLearning(nn.Linear(1, 1), stages, {})
    assert [learning.settled(progress) for progress in (0.5, 0.6)] == [False, True]
    assert [Phases(pixel=3, ramp=2).settled(step, 10) for step in (5, 6)] == [False, True]
    assert Phases(pixel=20).settled(1, 10)  # all of it on pixels
