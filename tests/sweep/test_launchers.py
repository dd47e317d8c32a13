"""Workers as Ray tasks and as jobs of submitit: a real sweep with each, and what is said when one cannot be had."""

import importlib.util
import sys

import pytest

from artesano.errors import BadInput
from artesano.sweep import launch, run
from artesano.sweep import study as studies
from artesano.sweep.options import SweepOptions
from artesano.sweep.space import load_space
from artesano.sweep.storage import Storage
from artesano.sweep.worker import Worker
from fresh import Command

pytestmark = pytest.mark.services

TINY = ["backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=4", "eval_every=2", "trainer=cpu"]
TINY += ["data.shots=2", "logger.wandb.mode=disabled", "data.batch_size=8"]
TINY += ["data.val_fraction=0.02", "data.test_fraction=0.02"]


@pytest.mark.parametrize(
    ("package", "words", "workers"),
    [
        pytest.param("ray", ["sweep.launcher=ray", "launcher.cpus=1"], 1, id="ray"),
        pytest.param("submitit", ["launcher=slurm", "launcher.cluster=local", "launcher.minutes=9"], 2, id="submitit"),
    ],
)
def test_a_sweep_elsewhere(outputs, space, monkeypatch, package, words, workers):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: pip install 'artesano[{words[0].partition('=')[2]}]'")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_worker_niceness", "0")  # at its own 15 they starve beside other programs
    command = ["sweep", f"sweep={space}", f"workers={workers}", "n_trials=2", *words, *TINY]
    printed = Command(*command, module="forking").ended()
    folder = outputs / "sweeps" / "little"
    study = studies.open_study(Storage("journal", folder), load_space(space, {}), TINY)
    assert [trial.state.name for trial in study.get_trials()] == ["COMPLETE"] * 2
    assert sorted(path.name for path in folder.glob("0*")) == ["0000", "0001"]
    said = "".join(path.read_text() for path in (folder / "workers").glob("*.txt"))
    for number in range(2):  # by the worker that ran it, and by the one command that started them
        assert f"trial {number:04d} val/accuracy=" in said
        assert f"trial {number:04d} val/accuracy=" in printed


class Gone:
    """Two workers: one is done, one has failed."""

    def ended(self):
        return {1: 0, 2: 3}


def test_a_worker_that_failed_is_named_with_its_log(tmp_path, space, monkeypatch):
    monkeypatch.setattr(run, "LOOK", 0)
    storage, found, said = Storage("journal", tmp_path), load_space(space, {}), []
    worker = Worker(studies.open_study(storage, found, []), storage, found, [], 2, said.append)
    (tmp_path / "workers").mkdir()
    launch.log_of(tmp_path, 2).write_text("one\nImportError: no such thing\n\n")
    run.follow(worker, Gone(), range(1, 3), said.append)
    log = tmp_path / "workers" / "02.txt"
    assert said == [f"worker 2 failed (exit code 3): ImportError: no such thing; its log: {log}"]


@pytest.mark.parametrize(("launcher", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_a_missing_package_names_its_extra(outputs, monkeypatch, launcher, package):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"artesano.sweep.on_{launcher}", raising=False)
    with pytest.raises(BadInput, match=rf"pip install 'artesano\[{launcher}\]'"):
        launch.launched(SweepOptions.of(["sweep=transfer", f"launcher={launcher}", *MINUTES[launcher]]), range(1, 2))


MINUTES = {"ray": [], "slurm": ["launcher.minutes=9"]}


def test_where_there_is_no_slurm(outputs, monkeypatch):
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(outputs))
    with pytest.raises(BadInput, match=r"there is no program sbatch .* launcher\.cluster=local"):
        launch.launched(SweepOptions.of(["sweep=transfer", "launcher=slurm", "launcher.minutes=9"]), range(1, 2))
