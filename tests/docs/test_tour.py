"""The README's tour, pasted from its top into a fresh shell: only clone and setup are replaced, and the photos tiny.

`artesano` is a stub in the shell: it asks this process to fork the command, which spares six cold starts.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fresh import Command

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
    "artesano": """exec 3<>"/dev/tcp/127.0.0.1/$ASK"
for word in "$PWD" "$@" ""; do echo "$word" >&3; done
read -r code <&3
exit "$code"
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
        (folder / name).write_text(f"#!/bin/bash\nset -e\n{lines}")
        (folder / name).chmod(0o755)
    return folder


def asked(server, shell):
    """What the stub asks for, one after the other: connection for the exit code, folder, words."""
    while shell.poll() is None:
        with contextlib.suppress(TimeoutError):
            connection, _ = server.accept()
            with connection, connection.makefile("r") as lines:
                folder, *words = [line.rstrip("\n") for line in iter(lines.readline, "\n")]
                yield connection, folder, words


def answers(port, dashboard):
    """Wait until the dashboard serves its page."""
    while dashboard.job.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5) as page:
                return page.status == 200
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_the_tour_can_be_pasted(tmp_path):
    commands = pasted()
    assert commands.splitlines()[-1].startswith("artesano dashboard")
    bin_folder, log, served = stubs(tmp_path / "bin"), tmp_path / "log.txt", False
    with socket.create_server(("127.0.0.1", 0)) as server, log.open("w") as output:
        server.settimeout(1)
        env = os.environ | {"PATH": f"{bin_folder}:{os.environ['PATH']}", "ASK": str(server.getsockname()[1])}
        env |= {"STUBS": str(bin_folder), "PHOTOS": str(photos(tmp_path / "photos"))}
        script = ["bash", "-c", f"set -e\n{commands}"]
        shell = subprocess.Popen(script, cwd=tmp_path, env=env, stdout=output, stderr=subprocess.STDOUT)
        for connection, folder, words in asked(server, shell):
            place = {"FOLDER": folder, "ARTESANO_OUTPUTS": f"{folder}/outputs", "WANDB_MODE": "disabled"}
            if words[0] == "dashboard":
                port = free_port()
                dashboard = Command(*words, "--no-browser", f"--port={port}", module="in_folder", **place)
                served, code = answers(port, dashboard), 0
                dashboard.job.send_signal(signal.SIGINT)
                dashboard.job.wait(30)
            else:
                command = Command(*words, module="in_folder", **place)
                code = command.job.wait(300)
                output.write(command.log.read_text())
            connection.sendall(f"{code}\n".encode())
        assert shell.wait(30) == 0, log.read_text()[-3000:]
    assert served, log.read_text()[-3000:]
    home = tmp_path / "artesano"
    assert len((home / "labels.csv").read_text().splitlines()) == 1 + 24
    assert "partial" in (home / "report.html").read_text()
    assert len(list((home / "outputs" / "transfer").glob("*/per_class.csv"))) == 2
