"""Jobs of a grid as processes: stand-ins that end as they are told, one after the other or some at once."""

import os
import subprocess
import sys

import pytest

from artesano.cli import main
from artesano.errors import BadInput
from artesano.experiment import grids, launcher, start
from artesano.experiment.grids import launch
from artesano.experiment.launcher import at_once

pytestmark = pytest.mark.slow  # other processes

JOB = """
import os, signal, sys, time
code, folder = int(sys.argv[2].partition("=")[2]), os.environ["STAND_IN"]
print("hello from", code, os.environ.get("OMP_NUM_THREADS"), os.environ.get("WANDB_RUN_GROUP"), flush=True)
open(f"{folder}/{code}-{os.getpid()}", "w").close()
def stop(number, _):
    open(f"{folder}/saved-{os.getpid()}", "w").close()
    sys.exit(128 + number)
if code == 99:  # stops the whole grid, and waits to be stopped
    signal.signal(signal.SIGTERM, stop)
    while len(os.listdir(folder)) < 2:
        time.sleep(0.01)
    os.kill(int(os.environ["LAUNCHER"]), signal.SIGTERM)
    time.sleep(20)
if code == 77:  # as long as another one is not there
    while len(os.listdir(folder)) < 2:
        time.sleep(0.01)
    code = 0
print("artesano: as told" if code else "done", flush=True)
sys.exit(code)
"""


@pytest.fixture(params=["forked", "cold"])
def stand_in(request, tmp_path, monkeypatch):
    """`seed=<code>` makes a job that ends with that code; the folder has a file for each that began."""
    script, folder = tmp_path / "stand_in" / "__main__.py", tmp_path / "began"
    script.parent.mkdir()
    script.write_text(JOB)
    folder.mkdir()
    monkeypatch.setattr(start, "MODULE", "stand_in")
    monkeypatch.setattr(start, "CAN_FORK", start.CAN_FORK and request.param == "forked")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("STAND_IN", str(folder))
    monkeypatch.setenv("LAUNCHER", str(os.getpid()))
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(grids, "check", lambda jobs: None)
    return folder


PARALLEL = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]


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
def test_a_failure_does_not_stop_the_rest_and_a_signal_does(codes, result, count, stand_in):
    assert launch(["-m", f"seed={','.join(map(str, codes))}"]) == result
    assert len(os.listdir(stand_in)) == count


@pytest.mark.parametrize(("codes", "result"), [((77, 77, 0, 0), 0), ((77, 77, 1, 0), 1), ((77, 77, 2, 0), 2)])
def test_two_at_once_each_in_a_file_of_its_own(codes, result, stand_in, tmp_path, capfd):
    assert launch(["-m", f"seed={','.join(map(str, codes))}", *PARALLEL]) == result  # 77 waits for the other one
    assert len(os.listdir(stand_in)) == 4
    (logs,) = (tmp_path / "outputs" / "multirun").glob("0001-*")
    share = max(1, launcher.cores() // 2)
    texts = [path.read_text() for path in sorted(logs.iterdir())]
    assert [text.split()[2:4] for text in texts] == [[str(code), str(share)] for code in codes]
    assert len({text.split()[4] for text in texts}) == 1  # one group in W&B
    said = capfd.readouterr().out
    assert "hello" not in said
    assert said.count("] artesano train seed=") == 4
    if result:
        assert "[3/4] failed (as told)" in said
        assert said.endswith("3 of 4 jobs finished; failed: [3]\n")


def test_the_users_own_number_of_threads_stays(stand_in, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert launch(["-m", "seed=0,0", *PARALLEL]) == 0
    assert all(" 3 " in path.read_text() for path in (tmp_path / "outputs" / "multirun").glob("*/*.txt"))


def test_a_signal_reaches_every_job_once_and_is_waited_for(stand_in, capfd):
    assert launch(["-m", "seed=99,99,0,0", *PARALLEL]) == 143
    began = os.listdir(stand_in)
    assert sum(name.startswith("saved") for name in began) == 2
    assert not any(name.startswith("0-") for name in began)
    assert "stopped; 0 of 4 jobs had finished" in capfd.readouterr().err


TERMINAL = """
from artesano.experiment import start
from artesano.experiment.launcher import Launcher
start.MODULE, start.SERVER, start.CAN_FORK = "stand_in", "json", {forked}
assert Launcher(env={{"WANDB_RUN_GROUP": "mine"}}).run([["seed=0"], ["seed=1"]]) == [0, 1]
"""


def test_one_after_the_other_speak_on_the_terminal(stand_in):
    code = TERMINAL.format(forked=start.CAN_FORK)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in said] == ["[1/2]", "hello", "done", "[2/2]", "hello", "artesano:"]
    assert "mine" in said[1]


def test_how_many_at_once():
    assert at_once([]) == at_once(["hydra/launcher=basic"]) == 1
    assert at_once(PARALLEL) == 2
    assert at_once(["hydra/launcher=joblib"]) == at_once([PARALLEL[0], "hydra.launcher.n_jobs=-1"]) == launcher.cores()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hydra/launcher=joblb"], "basic .*, joblib .* Did you mean 'joblib'"),
        (["hydra/launcher=submitit_slurm"], "accepted: basic"),
        (
            ["hydra/launcher=joblib", "hydra.launcher.verbose=1"],
            r"verbose: no such option of the launcher; accepted: hydra\.launcher\.n_jobs",
        ),
        (["hydra.launcher.n_jobs=2"], "needs hydra/launcher=joblib"),
        (["hydra/launcher=joblib", "hydra.launcher.n_jobs=0"], "n_jobs=0: give a whole number"),
        (["hydra/launcher=joblib", "hydra.launcher.n_jobs=two"], "n_jobs=two: give a whole number"),
        (["hydra.launcher.fresh=1"], "hydra.launcher.fresh=1: give true or false"),
    ],
)
def test_launchers_that_are_refused(arguments, message, stand_in):
    with pytest.raises(BadInput, match=message):
        launch(["-m", "seed=0,1", *arguments])
    assert os.listdir(stand_in) == []


@pytest.mark.parametrize(("words", "fresh"), [([], False), (["hydra.launcher.fresh=true"], True), (PARALLEL, False)])
def test_cold_interpreters_on_request(words, fresh, stand_in, monkeypatch):
    started = []

    def begin(words, env, log, *, fresh):
        started.append(fresh)
        return start.cold(words, env, log, bound=False)

    monkeypatch.setattr(launcher, "start", begin)
    assert launch(["-m", "seed=0,0", *words]) == 0
    assert started == [fresh, fresh]


def test_a_launcher_without_a_grid(capsys):
    assert main(["train", "seed=1", "hydra/launcher=joblib"]) == 2
    assert "hydra/launcher=joblib: a launcher is for a grid of runs" in capsys.readouterr().err
