"""A sweep that is killed and started again ends with exactly as many trials, none of them in another's folder."""

import re
import time
from pathlib import Path

import optuna
import pytest
import yaml

from artesano.cli import main
from artesano.runs import record
from artesano.sweep import leaderboard, run
from artesano.sweep import study as studies
from artesano.sweep import worker as workers
from artesano.sweep.space import load_space
from artesano.sweep.storage import Storage
from artesano.sweep.trial import Outcome
from fresh import Command

pytestmark = pytest.mark.slow

TINY = ["backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=40", "eval_every=10", "trainer=cpu"]
TINY += ["data.shots=5", "logger.wandb.mode=disabled", "data.batch_size=8"]
TINY += ["data.val_fraction=0.02", "data.test_fraction=0.02"]


def states(folder, space):
    study = studies.open_study(Storage("journal", folder), load_space(space, {}), TINY)
    return study, [trial.state.name for trial in study.get_trials()]


@pytest.mark.e2e
def test_killed_and_started_again_ends_with_exactly_as_many(outputs, space):
    command = ["sweep", f"sweep={space}", "n_trials=3", *TINY]
    folder = outputs / "sweeps" / "little"
    process = Command(*command, module="forking")
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and not (folder / "0001" / "metrics.csv").is_file():
        time.sleep(0.05)
    process.job.kill()
    assert process.job.wait() == -9
    time.sleep(1)  # the trial dies with it
    first = {run.name: (run / "run.json").read_bytes() for run in folder.glob("0*")}
    both = [Command(*command, module="forking") for _ in range(2)]
    said = [other.ended() for other in both]  # two workers, started at the same instant
    study, found = states(folder, space)
    assert found.count("COMPLETE") + found.count("PRUNED") == 3
    assert found.count("FAIL") == 1
    assert "trial 0001 was killed" in "".join(said)
    killed = study.get_trials()[1]
    assert any(trial.params == killed.params for trial in study.get_trials()[2:])
    assert {name: (folder / name / "run.json").read_bytes() for name in first} == first
    assert sorted(run.name for run in folder.glob("0*")) == [f"{number:04d}" for number in range(4)]
    assert record.read(folder / "0000")["name"] == "little-0000"
    assert (folder / "report.html").is_file()
    assert any(re.search(r"The best again:\s+artesano train task=transfer", text) for text in said)


def test_trials_stand_together_in_wandb(monkeypatch, outputs, space):
    seen = {}
    monkeypatch.setattr(run.Worker, "work", lambda worker: seen.update(worker.env()))
    monkeypatch.setattr(run, "check_overrides", lambda *_: None)
    for name in ("WANDB_RUN_GROUP", "WANDB_TAGS"):
        monkeypatch.delenv(name, raising=False)
    run.sweep(run.SweepOptions.of([f"sweep={space}", *TINY]))
    assert (seen["WANDB_RUN_GROUP"], seen["WANDB_TAGS"]) == ("little", "sweep")


def outcome(accuracy):
    return Outcome("complete", [accuracy], 10)


@pytest.fixture
def opened(outputs, space):
    folder = outputs / "sweeps" / "little"
    folder.mkdir(parents=True)
    found = load_space(space, {})
    return folder, found, studies.open_study(Storage("journal", folder), found, TINY)


def run_with(monkeypatch, opened, answers, n_trials=3):
    """The worker, with trials that end as `answers` say."""
    folder, space, study = opened
    waiting, said = iter(answers), []
    monkeypatch.setattr(workers, "run_trial", lambda *_: next(waiting))
    workers.Worker(study, Storage("journal", folder), space, TINY, n_trials, said.append).work()
    return said


def test_failed_trials_are_told_and_do_not_count(monkeypatch, opened):
    answers = [outcome(0.5), Outcome("failed", None, 3, "NotFinite: loss"), outcome(0.7), Outcome("pruned", None, 5)]
    said = run_with(monkeypatch, opened, answers)
    assert any("failed: NotFinite: loss" in line for line in said)
    study = opened[2]
    assert studies.counted(study) == 3
    assert leaderboard.ranked(study)[0].values == [0.7]
    assert leaderboard.saved_share(study) == pytest.approx(1 - 25 / 30)


def test_a_search_in_which_all_fail_ends(monkeypatch, opened):
    said = run_with(monkeypatch, opened, [Outcome("failed", None, 0, "no disk")] * 50)
    assert "10 trials have failed in a row; the last one failed with: no disk" in said[-1]


def test_another_search_in_the_same_folder_is_refused_with_the_difference(opened, space, capsys, monkeypatch):
    monkeypatch.setattr(run, "check_overrides", lambda *_: None)
    changed = yaml.safe_load(Path(space).read_text())
    changed["space"]["optimizer.lr"]["high"] = 0.5
    Path(space).write_text(yaml.safe_dump(changed))
    assert main(["sweep", f"sweep={space}", "name=little", *TINY]) == 2
    assert "space.optimizer.lr.high: was 0.01, is 0.5" in capsys.readouterr().err


def test_words_that_every_trial_would_refuse(outputs, space, capsys):
    assert main(["sweep", f"sweep={space}", "stratgy=full"]) == 2
    assert "stratgy" in capsys.readouterr().err
    assert not outputs.exists()


def test_two_objectives_end_as_the_front(tmp_path):
    path = tmp_path / "two.yaml"
    objectives = {"test/fd": "min", "seconds": "min"}
    path.write_text(yaml.safe_dump({"objectives": objectives, "space": {"a": [1, 2]}, "sampler": "nsga2"}))
    (tmp_path / "two").mkdir()
    study = studies.open_study(Storage("sqlite", tmp_path / "two"), load_space(str(path), {}), [])
    for values in ([3, 1], [1, 3], [2, 2], [3, 3]):
        study.tell(study.ask({"a": optuna.distributions.CategoricalDistribution([1, 2])}), values)
    assert [trial.values for trial in leaderboard.ranked(study)] == [[1, 3], [2, 2], [3, 1]]
