import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from artesano.errors import BadInput
from artesano.runs.find import find_run
from artesano.runs.folder import alive, locked, new_run_folder, slug


@pytest.fixture(autouse=True)
def outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path))
    return tmp_path


def test_runs_started_together_get_different_numbers():
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: new_run_folder("transfer", "same"), range(24)))
    assert sorted(folder.name for folder in folders) == [f"{n:04d}-same" for n in range(1, 25)]


def test_a_number_is_never_used_again():
    first = new_run_folder("transfer", "a")
    first.rmdir()
    assert new_run_folder("transfer", "a").name == "0002-a"


def test_slug_is_ascii_and_short():
    assert slug("Año (1) = ñ, ~ it's") == "ano-1-n-it-s"
    assert slug("···") == "run"
    assert len(slug("x" * 500)) <= 60


def test_find_by_folder_number_and_last(outputs: Path):
    made = []
    for name in "ab":
        folder = new_run_folder("transfer", name)
        (folder / "run.json").write_text("{}")
        made.append(folder)
    assert find_run(made[0]) == made[0]
    assert find_run("1") == find_run("0001") == find_run("0001-a") == made[0]
    assert find_run("last") == made[1]


def test_a_task_tells_runs_of_one_number_apart(outputs: Path, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    for task in ("transfer", "gan"):
        (outputs / task / "0003-a").mkdir(parents=True)
        (outputs / task / "0003-a" / "run.json").write_text("{}")
    with pytest.raises(BadInput, match=r"means 2 runs.*gan/0003-a, transfer/0003-a"):
        find_run("3")
    for name in ("gan/3", "gan/0003", "gan/0003-a", Path("gan/3")):
        assert find_run(name) == outputs / "gan" / "0003-a"
    assert find_run("transfer/3") == outputs / "transfer" / "0003-a"
    for name in ("gan/4", "other/3", "/gan/3", "gan/"):
        with pytest.raises(BadInput, match="not a run"):
            find_run(name)
    here = Path.cwd() / "gan" / "3"
    here.mkdir(parents=True)
    with pytest.raises(BadInput, match=r"a folder without run\.json"):
        find_run("gan/3")
    (here / "run.json").write_text("{}")
    assert find_run("gan/3") == here


def test_what_is_no_run_is_refused_with_the_runs_there_are(outputs: Path):
    folder = new_run_folder("transfer", "known")
    (folder / "run.json").write_text("{}")
    with pytest.raises(BadInput, match="0001-known"):
        find_run("nothing")


def test_a_folder_is_written_by_one_process_only(outputs: Path):
    with locked(outputs), pytest.raises(BadInput, match="another process"), locked(outputs):
        pass
    with locked(outputs):
        pass


SLEEPER = """
import os, sys, time
from pathlib import Path
from artesano.runs.folder import locked

with locked(Path(sys.argv[1])):
    if child := os.fork():
        print(child, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_the_lock_goes_with_its_process_also_where_a_forked_child_lives_on(outputs: Path):
    with subprocess.Popen([sys.executable, "-c", SLEEPER, str(outputs)], stdout=subprocess.PIPE, text=True) as holder:
        child = int(holder.stdout.readline())
        try:
            assert alive(outputs)
            holder.kill()
            holder.wait()
            assert not alive(outputs)
            with locked(outputs):
                assert alive(outputs)
        finally:
            os.kill(child, signal.SIGKILL)


def test_looking_needs_no_right_to_write_and_leaves_nothing_behind(outputs: Path, monkeypatch):
    assert not alive(outputs)
    assert not list(outputs.iterdir())
    with locked(outputs):
        modes, original = [], Path.open
        monkeypatch.setattr(Path, "open", lambda path, *mode: modes.append(mode) or original(path, *mode))
        assert alive(outputs)
        assert modes == [()]


def test_many_who_look_at_once_do_not_take_each_other_for_a_holder(outputs: Path):
    with locked(outputs):
        pass
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda _: alive(outputs), range(200)))
