"""The README's tour, pasted from its top into a fresh shell: only clone and setup are replaced, and the photos tiny."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find_spec("streamlit") is None, reason="no streamlit: artesano[dashboard]"),
]

README = Path(__file__).parents[2] / "README.md"
STUBS = {
    "git": 'mkdir artesano && cp -r "$PHOTOS" artesano/photos\n',
    "make": """mkdir -p .venv/bin && cp "$STUBS/artesano" .venv/bin
echo "PATH=$PWD/.venv/bin:$PATH" > .venv/bin/activate
""",
    "artesano": """if [ "$1" = dashboard ]; then set -- "$@" --no-browser --port "$PORT"; fi
exec "$PYTHON" -m artesano "$@"
""",
}


def pasted():
    """The commands of the sections Install and A tour."""
    text = README.read_text(encoding="utf-8")
    sections = "".join(re.findall(r"^## (?:Install|A tour).*?(?=^## )", text, re.MULTILINE | re.DOTALL))
    return "".join(re.findall(r"```sh\n(.*?)```", sections, re.DOTALL)).replace("<address of this page>", "here")


def photos(folder):
    """24 pictures of two classes that differ in colour."""
    random = np.random.default_rng(0)
    for name, colour in (("cat", (200, 90, 40)), ("dog", (40, 90, 200))):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.clip(random.normal(colour, 40, (48, 48, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def stubs(folder):
    folder.mkdir()
    for name, lines in STUBS.items():
        (folder / name).write_text(f"#!/bin/sh\nset -e\n{lines}")
        (folder / name).chmod(0o755)
    return folder


def answers(port, shell):
    """Wait until the dashboard serves its page."""
    while shell.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5) as page:
                return page.status == 200
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def test_the_tour_can_be_pasted(tmp_path):
    commands = pasted()
    assert commands.splitlines()[-1].startswith("artesano dashboard")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bin_folder = stubs(tmp_path / "bin")
    env = {name: value for name, value in os.environ.items() if name != "ARTESANO_OUTPUTS"}
    env |= {"PATH": f"{bin_folder}:{env['PATH']}", "STUBS": str(bin_folder), "PHOTOS": str(photos(tmp_path / "photos"))}
    env |= {"PYTHON": sys.executable, "PORT": str(port), "WANDB_MODE": "disabled"}
    log = tmp_path / "log.txt"
    with log.open("w") as output:
        script = ["bash", "-c", f"set -e\n{commands}"]
        shell = subprocess.Popen(
            script, cwd=tmp_path, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            served = answers(port, shell)
        finally:
            if shell.poll() is None:
                os.killpg(shell.pid, signal.SIGINT)
            shell.wait(30)
    assert served, log.read_text()[-3000:]
    home = tmp_path / "artesano"
    assert len((home / "labels.csv").read_text().splitlines()) == 1 + 24
    assert "partial" in (home / "report.html").read_text()
    assert len(list((home / "outputs" / "transfer").glob("*/per_class.csv"))) == 2
