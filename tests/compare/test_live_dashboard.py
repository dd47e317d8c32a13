"""The dashboard in a real browser: filter, pick, curves, pictures; runs that appear, vanish, train, or are torn."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artesano.cli import main
from artesano.runs.folder import locked

pytestmark = pytest.mark.services

ACCURACY = "test/accuracy"
WAIT = 60_000  # ms, on a busy machine
ROW = 35  # px
needs_streamlit = pytest.mark.skipif(find_spec("streamlit") is None, reason="no streamlit: artesano[dashboard]")


def write_curve(folder, steps, name="val/accuracy"):
    rows = "".join(f"{step},{name},{step / 1000}\n" for step in steps)
    (folder / "metrics.csv").write_text(f"step,name,value\n{rows}999,val/acc")  # a torn last line


@pytest.fixture
def six(made):
    """Two strategies of three seeds, with curves and a picture each."""
    folders = []
    for place, strategy in enumerate(("freeze", "full")):
        for seed in range(3):
            number = 3 * place + seed + 1
            metrics = {ACCURACY: 0.9 + number / 100}
            folders.append(made(number, words=[f"strategy={strategy}"], seed=seed, metrics=metrics))
            write_curve(folders[-1], range(10, 110, 10))
            (folders[-1] / "plots").mkdir()
            Image.fromarray(np.full((32, 32, 3), 40 * number, np.uint8)).save(folders[-1] / "plots" / "confusion.png")
    return folders


@pytest.fixture
def address(outputs):
    """Of a dashboard over `outputs`, which Ctrl-C has to end without a trace."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outputs.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "artesano", "dashboard", "--port", str(port), "--no-browser"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            break
        except OSError:
            time.sleep(0.1)
    try:
        yield address
    finally:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        assert not (children.read_text().strip() if children.is_file() else "")
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=30)
    assert process.returncode in (0, 130)
    assert address in shown
    assert "Traceback" not in shown


@pytest.fixture
def page(chromium, address):
    """The page in Chromium, which must ask nobody else for anything."""
    page = chromium.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(WAIT)
    requested, errors = [], []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    yield page
    assert page.get_by_test_id("stException").count() == 0
    page.close()
    assert not errors
    assert not [
        url for url in requested if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
    ]


def count(page, number):
    page.get_by_text(re.compile(rf"Artesano: {number} runs?$")).wait_for()


def legend(page, number):
    """The names of the curves, once there are so many."""
    page.wait_for_function(f"document.querySelectorAll('.legend').length === {number}")
    return set(page.locator("span.legend").all_text_contents())


def tick(page, row):
    page.get_by_test_id("stDataFrame").first.click(position={"x": ROW / 2, "y": ROW * (row + 1.5)})


@needs_streamlit
def test_filter_pick_two_runs_and_see_their_curves_and_pictures(six, page):
    count(page, 6)
    assert legend(page, 2) == {"0004 +2 · strategy=full", "0001 +2 · strategy=freeze"}
    page.get_by_label("Rows").click()
    page.get_by_role("option", name="each run").click()
    legend(page, 6)
    page.get_by_label("Only runs where").fill("strategy=full")
    page.keyboard.press("Enter")
    assert legend(page, 3) == {"0004 · seed=0", "0005 · seed=1", "0006 · seed=2"}
    tick(page, 0)
    tick(page, 1)
    assert len(legend(page, 2)) == 2
    page.get_by_role("tab", name="Pictures").click()
    page.get_by_test_id("stImage").nth(1).wait_for()
    assert page.get_by_test_id("stImage").count() == 2
    page.get_by_label("Only runs where").fill("stratgy=full")
    page.keyboard.press("Enter")
    page.get_by_text("no run has the key stratgy").wait_for()
    assert page.get_by_text("Did you mean 'strategy'").count() == 1


@needs_streamlit
def test_runs_appear_vanish_train_and_are_torn_while_it_is_open(six, made, page):
    count(page, 6)
    tick(page, 0)
    assert legend(page, 1) == {"0004-run"}
    training = made(7, words=["strategy=partial"], status="running", steps=1000)
    count(page, 7)
    with locked(training):
        write_curve(training, range(10, 210, 10))
        page.get_by_text("step 200 of 1,000").wait_for()
        assert legend(page, 1) == {"0004-run"}  # still the one that was ticked
        tick(page, 2)
        legend(page, 2)
        with (training / "metrics.csv").open("a") as stream:
            stream.write("\n700,val/accuracy,0.7\n")
        page.get_by_text("step 700 of 1,000 · val/accuracy 0.7000").wait_for()
        last = "Math.max(...document.querySelectorAll('.js-plotly-plot')[0].data.flatMap(trace => Array.from(trace.x)))"
        page.wait_for_function(f"{last} === 700")  # the curve has grown with it
    page.get_by_text("step 700 of 1,000").wait_for(state="detached")
    shutil.rmtree(six[0])
    count(page, 6)
    (six[1] / "run.json").write_text('{"schema": 1, "na')
    count(page, 5)
    page.get_by_role("tab", name="Unfinished").click()
    cells = page.get_by_test_id("stDataFrame").last.locator("[role=gridcell]")
    cells.filter(has_text="killed").first.wait_for(state="attached")
    cells.filter(has_text="cannot be read").first.wait_for(state="attached")
    for folder in six:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(training.parent)
    page.get_by_text("No run in").wait_for()


def test_what_is_refused(outputs, monkeypatch, capsys):
    assert main(["dashboard"]) == 2
    assert "no such folder" in capsys.readouterr().err
    outputs.mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["dashboard", "--port", str(taken.getsockname()[1])]) == 2
    assert re.search(r"--port \d+: address already in use; --port \d+ is free", capsys.readouterr().err)
    assert main(["dashboard", "--port", "70000"]) == 2
    assert "1 to 65535" in capsys.readouterr().err
    assert main(["dashboard", str(outputs / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "streamlit", None)
    assert main(["dashboard"]) == 2
    assert "pip install 'artesano[dashboard]'" in capsys.readouterr().err


@needs_streamlit
def test_x_is_what_the_runs_record(six, outputs, monkeypatch):
    from streamlit.testing.v1 import AppTest

    from artesano.compare.dashboard import PAGE

    monkeypatch.setattr(sys, "argv", [os.fspath(PAGE), os.fspath(outputs)])
    page = AppTest.from_file(os.fspath(PAGE), default_timeout=WAIT / 1000).run()
    assert page.selectbox(key="x").options == ["step"]
    assert "no times.csv" in page.selectbox(key="x").help
    (six[0] / "times.csv").write_text("step,seconds\n10,30\n100,300\n")
    page.run()
    assert page.selectbox(key="x").options == ["step", "time"]
    page.selectbox(key="x").select("time").run()
    assert not page.exception
    assert any("5 of 6 runs are not drawn" in caption.value for caption in page.caption)


@needs_streamlit
def test_every_section_is_drawn_of_broken_records_too(six, made, outputs, monkeypatch):
    """Without a browser: no section of the page raises, whatever folders hold."""
    from streamlit.testing.v1 import AppTest

    from artesano.compare.dashboard import PAGE

    (six[0] / "plots" / "confusion.png").write_bytes(b"\x89PNG torn")
    (six[1] / "metrics.csv").write_bytes(b"\xff\xfe,,,\n1,val/accuracy,nan\n2,val/accuracy,inf\n")
    (made(8, metrics={ACCURACY: 0.5}) / "run.json").write_text('{"schema": 1, "task": 3, "config": []}')
    made(9, status="failed", error={"type": "NotFinite", "message": "NaN", "step": 3}, config={"a": [1, {"b": None}]})
    monkeypatch.setattr(sys, "argv", [os.fspath(PAGE), os.fspath(outputs), os.fspath(outputs / "gone")])
    page = AppTest.from_file(os.fspath(PAGE), default_timeout=WAIT / 1000)
    for section in ("Curves", "Differences", "Pictures", "What mattered", "Health", "Unfinished"):
        page.session_state["section"] = section
        page.run()
        assert not page.exception
        assert not page.warning, section
        assert page.markdown[0].value == "#### Artesano: 7 runs"
    shown = page.dataframe[-1].value.to_string()
    for words in ("failed at step 3: NotFinite: NaN", "gone", "without name, task"):
        assert words in shown
