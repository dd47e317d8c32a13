"""Processes of the fork server: what they inherit, how they end, and that the server does nothing but fork."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from artesano.experiment import start as starting
from artesano.experiment.start import start
from artesano.runs import record

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not starting.CAN_FORK, reason="this system has no fork server"),
]

CHILD = """
import json, os, signal, sys, threading, time
what = sys.argv[1]
if what == "state":
    modules = [name for name in ("timm", "matplotlib.pyplot", "artesano.experiment.fork_server") if name in sys.modules]
    import torch
    tasks = f"/proc/{os.getppid()}/task"
    names = [open(f"{tasks}/{task}/comm").read().strip() for task in os.listdir(tasks)]
    torch.set_num_interop_threads(3)  # raises once the pool has started
    print(json.dumps({
        "modules": modules, "threads": threading.active_count(), "server": names, "argv": sys.argv[1:],
        "main": __spec__.name, "cuda": torch.cuda.is_initialized(), "intraop": torch.get_num_threads(),
        "environ": dict(os.environ), "session": os.getsid(0) == os.getpid(), "stdin": sys.stdin.read(),
    }))
elif what == "exit":
    sys.exit(int(sys.argv[2]))
elif what == "raise":
    raise OSError("no such luck")
elif what == "parent":
    print(os.getppid())
elif what == "die":
    os.kill(os.getpid(), int(sys.argv[2]))
elif what == "wait":
    print(os.getpid(), os.getppid(), flush=True)
    time.sleep(100)
"""


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Start the module above with these words; `lines()` are those of its log."""
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "__main__.py").write_text(CHILD)
    monkeypatch.setattr(starting, "MODULE", "child")
    monkeypatch.syspath_prepend(tmp_path)

    def begin(*words, **env):
        return start([str(word) for word in words], os.environ | env, tmp_path / "log.txt")

    begin.lines = lambda: (tmp_path / "log.txt").read_text().splitlines()
    return begin


def test_the_server_has_imported_and_nothing_more(child):
    assert child("state", OMP_NUM_THREADS="2", MINE="yes").wait(100) == 0
    state = json.loads(child.lines()[-1])
    assert state["modules"] == ["timm", "matplotlib.pyplot", "artesano.experiment.fork_server"]
    assert state["threads"] == 1
    assert set(state["server"]) <= {"python", "python3", "jemalloc_bg_thd"}  # that of Arrow's allocator
    assert sum(name.startswith("python") for name in state["server"]) == 1
    assert state["cuda"] is False
    assert (state["argv"], state["main"]) == (["state"], "child.__main__")
    assert (state["intraop"], state["environ"]["OMP_NUM_THREADS"], state["environ"]["MINE"]) == (2, "2", "yes")
    assert state["session"]
    assert state["stdin"] == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["exit", 0], 0),
        (["exit", 2], 2),
        (["exit", 143], 143),
        (["raise"], 1),
        (["die", signal.SIGKILL], -9),
        (["die", signal.SIGTERM], -15),
        (["die", signal.SIGABRT], -6),
    ],
)
def test_a_child_ends_as_a_cold_one_would_and_the_server_goes_on(child, words, code):
    child("parent").wait(100)
    server = child.lines()
    assert child(*words).wait(100) == code
    assert words != ["raise"] or child.lines()[-1] == "OSError: no such luck"
    child("parent").wait(100)
    assert child.lines() == server


def test_signals_reach_a_child_at_once(child):
    for number in (signal.SIGTERM, signal.SIGKILL):
        job = child("wait")
        with pytest.raises(subprocess.TimeoutExpired):
            job.wait(0.01)
        job.send_signal(number)
        assert job.wait(20) == -number
        job.send_signal(number)  # of one that has ended: nothing


PARENT = """
import os, sys, time
from pathlib import Path
from artesano.experiment import start
start.MODULE, start.SERVER = "child", "json"
job = start.start(["wait"], dict(os.environ), Path(sys.argv[1]), bound=True)
while True:
    print(job.poll(), flush=True)
    time.sleep(0.05)
"""


def gone(pid, seconds=20):
    """True when that process ends in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def family(child, tmp_path):
    """A parent, its fork server and a child that is bound to the parent."""
    log = tmp_path / "bound.txt"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, log], stdout=subprocess.PIPE, text=True, env=env)
    until = time.monotonic() + 60
    while time.monotonic() < until and not (log.exists() and log.read_text().endswith("\n")):
        time.sleep(0.05)
    yield (parent, *map(int, log.read_text().split()))
    parent.kill()
    parent.wait()


def test_server_and_child_end_with_a_parent_that_is_killed(family):
    parent, job, server = family
    parent.kill()
    assert gone(job)
    assert gone(server)


def test_a_child_without_a_server_counts_as_killed(family):
    parent, job, server = family
    os.kill(server, signal.SIGKILL)
    assert any(line == "-9\n" for line in parent.stdout)
    assert gone(job)


TINY = ["backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=3", "trainer=cpu", "strategy=full"]
TINY += ["data.shots=5", "logger.wandb.mode=disabled", "data.batch_size=8"]
TINY += ["data.val_fraction=0.02", "data.test_fraction=0.02"]


def test_a_forked_run_has_the_numbers_of_a_cold_one(tmp_path):
    checkpoints, records = [], []
    for name, fresh in (("forked", False), ("cold", True)):
        env = os.environ | {"ARTESANO_TRIAL": str(tmp_path / name), "OMP_NUM_THREADS": "2"}
        assert start(["train", *TINY], env, tmp_path / f"{name}.txt", fresh=fresh).wait(300) == 0
        checkpoints.append(torch.load(tmp_path / name / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"])
        records.append(record.read(tmp_path / name))
    forked, cold = checkpoints
    assert forked.keys() == cold.keys()
    assert all(torch.equal(forked[key], cold[key]) for key in forked)
    assert records[0]["metrics"] == records[1]["metrics"]
