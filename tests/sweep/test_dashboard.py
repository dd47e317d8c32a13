"""`optuna-dashboard` opens what a sweep has left, by the command that the sweep prints."""

import importlib.util
import json
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from rich.console import Console

from artesano.sweep import study as studies
from artesano.sweep.closing import report
from artesano.sweep.space import load_space
from artesano.sweep.storage import Storage

pytestmark = pytest.mark.e2e


@pytest.mark.skipif(
    importlib.util.find_spec("optuna_dashboard") is None,
    reason="optuna-dashboard is not installed: pip install 'artesano[sweep]'",
)
@pytest.mark.parametrize("kind", ["journal", "sqlite"])
def test_the_command_that_a_sweep_prints_opens_its_study(tmp_path, space, capsys, kind):
    storage, found = Storage(kind, tmp_path), load_space(space, {})
    study = studies.open_study(storage, found, [])
    study.tell(study.ask(found.distributions()), 0.5)
    report(Console(), study, found, [], storage)
    printed = next(line for line in capsys.readouterr().out.splitlines() if "optuna-dashboard" in line)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "optuna_dashboard._cli", *shlex.split(printed)[1:]]
    server = subprocess.Popen([*command, "--host", "127.0.0.1", "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        answer = json.loads(get(f"http://127.0.0.1:{port}/api/studies"))
    finally:
        server.terminate()
        server.wait(10)
    assert [one["study_name"] for one in answer["study_summaries"]] == [tmp_path.name]


def get(url):
    """Without Accept-Encoding its static files answer 500; a browser always sends it."""
    for _ in range(300):
        try:
            return urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "identity"})).read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")
