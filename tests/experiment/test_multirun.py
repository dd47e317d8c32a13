import sys

import pytest

from artesano.errors import BadInput
from artesano.experiment import multirun
from artesano.experiment.compose import compose
from artesano.experiment.multirun import asked_for, check, expand, launch

GRID = """# @package _global_
defaults: [override /strategy: partial, _self_]
hydra: {mode: MULTIRUN, sweeper: {params: {strategy.groups: "1,2", seed: "range(0,3)"}}}
"""


@pytest.fixture
def grid(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs" / "experiment").mkdir(parents=True)
    (tmp_path / "configs" / "experiment" / "grid.yaml").write_text(GRID)


def test_the_product_in_hydras_order():
    assert expand(["-m", "seed=0,1", "strategy=freeze,partial", "max_epochs=2"]) == [
        ["seed=0", "strategy=freeze", "max_epochs=2"],
        ["seed=0", "strategy=partial", "max_epochs=2"],
        ["seed=1", "strategy=freeze", "max_epochs=2"],
        ["seed=1", "strategy=partial", "max_epochs=2"],
    ]


def test_every_way_to_list_values():
    assert expand(["seed=range(0,3)"]) == [["seed=0"], ["seed=1"], ["seed=2"]]
    assert expand(["+optimizer.eps=choice(1e-8,1e-6)"]) == [["+optimizer.eps=1e-08"], ["+optimizer.eps=1e-06"]]
    assert expand(["logger.wandb.tags=[a,b],[c]"]) == [["logger.wandb.tags=[a,b]"], ["logger.wandb.tags=[c]"]]
    assert expand(["trainer=glob(*p*)"]) == [["trainer=cpu"], ["trainer=ddp"], ["trainer=gpu"], ["trainer=mps"]]
    assert expand(["seed=3"]) == [["seed=3"]]


def test_paths_are_swept_only_by_choice(tmp_path):
    assert expand(["data=folder", "data.root=/a,b"]) == [["data=folder", "data.root=/a,b"]]
    assert expand(["data.root=choice(/a (1), /b = c)"]) == [["data.root=/a (1)"], ["data.root=/b = c"]]
    job = expand(["data=folder", "data.root=choice(/a (1), /b = c)", "seed=0,1"])[3]
    assert compose(job).resolved["data"]["root"] == "/b = c"


@pytest.mark.usefixtures("grid")
def test_an_experiments_own_grid():
    assert asked_for(["experiment=grid"])
    assert not asked_for(["experiment=grid", "hydra.mode=RUN"])
    assert not asked_for(["seed=1"])
    jobs = expand(["experiment=grid", "max_steps=3"])
    assert len(jobs) == 6
    composed = [compose(job) for job in jobs]
    assert [(c.resolved["strategy"]["groups"], c.resolved["seed"]) for c in composed] == [
        (groups, seed) for groups in (1, 2) for seed in (0, 1, 2)
    ]
    assert not any(c.multirun or asked_for(c.overrides) for c in composed)
    assert all(c.resolved["max_steps"] == 3 for c in composed)
    # the command line wins over the experiment's own list
    assert len(expand(["experiment=grid", "seed=7"])) == 2
    assert len(expand(["experiment=grid", "seed=7,8,9", "strategy.groups=1"])) == 3


def test_every_job_is_checked_before_the_first_starts(monkeypatch):
    started = []
    monkeypatch.setattr(multirun, "run_job", lambda job: started.append(job) or 0)
    with pytest.raises(BadInput) as caught:
        launch(["-m", "strategy=freeze,frezee", "seed=0,1", "+hed.dropout=0.1,0.2"])
    assert len(caught.value.problems) == 3
    with pytest.raises(BadInput, match=r"seed: -1 must be"):
        launch(["-m", "seed=0,-1"])
    with pytest.raises(BadInput, match="hydra/launcher"):
        launch(["-m", "seed=0,1", "hydra/launcher=joblib"])
    with pytest.raises(BadInput, match="interval"):
        launch(["-m", "optimizer.lr=interval(0,1)"])
    assert started == []
    check(expand(["seed=0,1"]))


@pytest.mark.parametrize(
    ("codes", "result", "count"),
    [
        ((0, 0, 0), 0, 3),
        ((0, 1, 0), 1, 3),
        ((2, 0, 0), 2, 3),
        ((1, 2, 0), 1, 3),
        ((0, 130, 0), 130, 2),
        ((143, 0, 0), 143, 1),
    ],
)
def test_a_failure_does_not_stop_the_rest_and_a_signal_does(codes, result, count, monkeypatch):
    started = []

    def run_job(job):
        started.append(job)
        return codes[len(started) - 1]

    monkeypatch.setattr(multirun, "run_job", run_job)
    monkeypatch.setattr(multirun, "check", lambda jobs: None)
    assert launch(["-m", "seed=0,1,2"]) == result
    assert len(started) == count


def test_a_signal_reaches_the_job_and_is_waited_for(monkeypatch, tmp_path):
    """A stand-in for the job: it stops the parent by SIGTERM and ends in order when the parent hands it on."""
    script = tmp_path / "job.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "def stop(*_):\n    open(sys.argv[1], 'w').write('saved')\n    sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "os.kill(os.getppid(), signal.SIGTERM)\n"
        "time.sleep(20)\n"
    )
    popen = multirun.subprocess.Popen
    arguments = [sys.executable, str(script), str(tmp_path / "saved")]
    monkeypatch.setattr(multirun.subprocess, "Popen", lambda _, **options: popen(arguments, **options))
    assert multirun.run_job([]) == 143
    assert (tmp_path / "saved").read_text() == "saved"
