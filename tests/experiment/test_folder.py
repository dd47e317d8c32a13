from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from artesano.errors import BadInput
from artesano.runs.find import find_run
from artesano.runs.folder import locked, new_run_folder, slug


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
