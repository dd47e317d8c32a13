"""Killed and resumed equals never stopped, bit for bit: weights, buffers, optimiser, average, metrics, metrics.csv."""

import math
import signal

import pytest
import torch

import artesano
from artesano.experiment.resume import resume
from artesano.runs import record
from artesano.runs.find import find_run
from artesano.runs.metrics import read_rows
from fresh import stopped_at
from killed import killed_after

pytestmark = pytest.mark.e2e

TO_BE_KILLED = ("max_steps=18", "eval_every=7", "checkpoint_every=4")


def equal(a, b) -> bool:
    if isinstance(a, torch.Tensor):
        same = a.shape == b.shape and a.dtype == b.dtype
        return same and bool(torch.isclose(a, b, rtol=0, atol=0, equal_nan=True).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, float) and math.isnan(a):  # a number that is not known
        return isinstance(b, float) and math.isnan(b)
    return a == b


def same_ending(one, other) -> None:
    assert (one / "metrics.csv").read_bytes() == (other / "metrics.csv").read_bytes()
    assert record.read(one)["metrics"] == record.read(other)["metrics"]
    for name in ("last", "best"):
        states = [torch.load(run / "checkpoints" / f"{name}.ckpt", weights_only=True) for run in (one, other)]
        assert equal(*states)


@pytest.fixture(scope="module")
def straight(tiny, tmp_path_factory):
    """The run that nothing stops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("straight")))
        return artesano.train(*tiny, *TO_BE_KILLED).folder


@pytest.mark.parametrize(
    ("number", "exit_code", "status"),
    [(signal.SIGKILL, -9, "running"), (signal.SIGTERM, 143, "interrupted"), (signal.SIGINT, 130, "interrupted")],
)
def test_killed_and_resumed_equals_straight(tiny, outputs, straight, number, exit_code, status):
    assert stopped_at(9, number, "train", *tiny, *TO_BE_KILLED) == exit_code
    folder = find_run("last")
    known = record.read(folder)
    assert known["status"] == status
    assert known["steps"] == 18
    reached = 9 if status == "running" else 10  # what can answer does so at the end of the next batch
    assert status == "running" or known["error"]["step"] == reached
    assert max(step for step, _, _ in read_rows(folder / "metrics.csv")) == reached
    assert resume("last", []).folder == folder
    same_ending(folder, straight)


def test_a_tie_that_nll_decides_is_decided_alike(tiny, outputs):
    words = [*tiny, "eval_every=1", "max_steps=24"]
    straight = artesano.train(*words)
    saved = torch.load(straight.folder / "checkpoints" / "best.ckpt", weights_only=True)
    rows = {(step, name): value for step, name, value in read_rows(straight.folder / "metrics.csv")}
    accuracy = [rows[step, "val/accuracy"] for step in range(1, 25)]
    ties = [step for step in range(1, 25) if accuracy[step - 1] == max(accuracy)]
    assert ties[0] < saved["step"] == min(ties, key=lambda step: rows[step, "val/nll"])
    with killed_after(ties[0]):
        artesano.train(*words)
    same_ending(resume("last", []).folder, straight.folder)


@pytest.mark.parametrize(
    "strategy",
    [
        "strategy=freeze",
        "strategy=lpft strategy.l2_sp=0.1",
        "strategy=lora strategy.l2_sp=0.1",
        "strategy=bitfit",
        "strategy=adapter",
    ],
)
def test_cached_features_stages_and_updates_resume_too(tiny, strategy, monkeypatch):
    words = [*tiny, *strategy.split(), "data.augment=none", "checkpoint_every=1"]
    straight = artesano.train(*words)
    with killed_after(7):
        artesano.train(*words)
    resumed = resume("last", [])
    assert resumed.folder != straight.folder
    same_ending(resumed.folder, straight.folder)
