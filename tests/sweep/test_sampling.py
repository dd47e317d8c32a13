"""What is tried, what is hopeless, and when there is nothing more to try."""

import json
import time

import optuna
import pytest
import yaml
from optuna.trial import TrialState

from artesano.errors import BadInput
from artesano.sweep import share
from artesano.sweep import study as studies
from artesano.sweep import worker as workers
from artesano.sweep.sampling import exhausted, pruner
from artesano.sweep.space import load_space
from artesano.sweep.storage import Storage
from artesano.sweep.trial import Outcome, ended
from artesano.sweep.worker import Worker

NUMBERS = {"a": {"low": 0.0, "high": 1.0}, "b": {"low": 1, "high": 9}, "c": ["x", "y"]}
GRID = {"a": {"low": 1, "high": 3, "step": 1}, "b": ["x", "y"]}


@pytest.fixture
def made(tmp_path):
    """A worker on a space of these keys."""

    def make(name="sweep", n_trials=50, **content):
        path = tmp_path / "space.yaml"
        path.write_text(yaml.safe_dump({"objectives": {"val/x": "max"}, "space": NUMBERS} | content))
        folder, said = tmp_path / name, []
        folder.mkdir(exist_ok=True)
        space, storage = load_space(str(path), {}), Storage("journal", folder)
        worker = Worker(studies.open_study(storage, space, []), storage, space, [], n_trials, said.append)
        return worker, said

    return make


def ends(monkeypatch, *outcomes):
    """Trials that end like this, the rest well; the trials."""
    waiting, ran = iter(outcomes), []

    def run_trial(words, place, trial, *rest):
        ran.append(trial.params)
        return next(waiting, Outcome("complete", [0.5], 10))

    monkeypatch.setattr(workers, "run_trial", run_trial)
    return ran


def test_a_grid_ends_when_every_point_has_had_its_trial(made, monkeypatch):
    killed, failed = Outcome("killed", None, 1, "was killed by SIGKILL"), Outcome("failed", None, 1, "ValueError: x")
    worker, said = made(sampler="grid", space=GRID, n_trials=100)
    ran = ends(monkeypatch, Outcome("complete", [0.1], 10), killed, failed)
    worker.work()
    points = [tuple(sorted(params.items())) for params in ran]
    assert len(points) == 7  # the killed one again, the failed one not
    assert len(set(points)) == 6
    assert points[1] == points[2]
    assert studies.counted(worker.study) == 5
    assert exhausted(worker.space, worker.study.get_trials())
    assert len(said) == 7


@pytest.mark.parametrize("sampler", ["tpe", "random", "cmaes", "nsga2", "grid"])
def test_draws_depend_on_numbers_and_results_alone(made, monkeypatch, sampler):
    content = {"space": GRID} if sampler == "grid" else {}
    drawn = []
    for name, halves in (("straight", [6]), ("resumed", [3, 6])):
        ran = ends(monkeypatch)
        for n_trials in halves:
            made(name, n_trials, sampler=sampler, **content)[0].work()
        drawn.append(ran)
    assert drawn[0] == drawn[1]
    assert len({json.dumps(params, sort_keys=True) for params in drawn[0]}) == 6


@pytest.mark.parametrize(
    "content", [{"space": {"a": NUMBERS["a"], "c": ["x"]}}, {"objectives": {"val/x": "max", "seconds": "min"}}]
)
def test_cmaes_where_it_cannot_be(made, content):
    with pytest.raises(BadInput, match="sampler: cmaes needs two keys with low and high, and one objective"):
        made(sampler="cmaes", **content)


def test_hyperband_has_brackets_from_the_first_validation_to_the_last(made):
    worker, _ = made(pruner="hyperband")
    assert isinstance(pruner(worker.space, worker.study), optuna.pruners.NopPruner)
    trial = worker.study.ask(worker.space.distributions())
    for step in range(100, 2701, 100):
        trial.report(0.5, step)
    worker.study.tell(trial, 0.5)
    found = pruner(worker.space, worker.study)
    assert (found._min_resource, found._max_resource) == (100, 2700)
    worker.study.pruner = found
    pruned = 0
    for number in range(12):  # each worse than the one before
        trial = worker.study.ask(worker.space.distributions())
        for step in range(100, 2701, 100):
            trial.report(-number, step)
            if trial.should_prune():
                worker.study.tell(trial, state=TrialState.PRUNED)
                pruned += 1
                break
        else:
            worker.study.tell(trial, -number)
    assert len(found._pruners) == 4  # 100, 300, 900, 2700 steps
    assert pruned >= 4


def test_the_time_is_over(made, monkeypatch):
    ran = ends(monkeypatch)
    worker, _ = made()
    worker.until = time.time() - 1
    worker.work()
    assert ran == []


def test_a_metric_that_no_run_has_stops_the_search_at_once(made, monkeypatch, tmp_path):
    run = tmp_path / "0000"
    run.mkdir()
    record = {
        "schema": 1,
        "metrics": {"best": {"val/accuracy": 0.5, "val/nll": 1.0}},
        "seconds": 3,
        "status": "finished",
    }
    (run / "run.json").write_text(json.dumps(record))
    outcome = ended(run, tmp_path / "log", 0, ["val/acuracy"], None)
    ran = ends(monkeypatch, outcome)
    worker, said = made()
    with pytest.raises(BadInput) as caught:
        worker.work()
    message = "objectives.val/acuracy: the run has no val/acuracy; it has val/accuracy, val/nll, seconds."
    assert str(caught.value) == f"{message} Did you mean 'val/accuracy'?"
    assert len(ran) == len(said) == 1


def test_gpus_and_threads_are_shared_out(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,GPU-b")
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(share, "cores", lambda: 8)
    first = share.Slot(tmp_path)
    assert first.env(1) == {"OMP_NUM_THREADS": "8", "CUDA_VISIBLE_DEVICES": "4"}
    second = share.Slot(tmp_path)  # the same command started again by hand
    third = share.Slot(tmp_path)
    assert [slot.env(1)["CUDA_VISIBLE_DEVICES"] for slot in (first, second, third)] == ["4", "GPU-b", "4"]
    assert first.env(1)["OMP_NUM_THREADS"] == "2"
    second.lock.release()
    assert share.Slot(tmp_path).env(1)["CUDA_VISIBLE_DEVICES"] == "GPU-b"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "CUDA_VISIBLE_DEVICES" not in first.env(4)
