"""A run's histories go to a line of the tests' file, and get the verdict there that they got in the run."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from artesano.gan.health import NAMES
from artesano.gan.verdict import conclude
from artesano.runs import record

SCRIPTS = Path(__file__).parents[2] / "scripts"
GAME = dict.fromkeys(NAMES, 0.51234) | {"value": -1.39, "diversity": 1.0, "contrast": 1.0, "loss_variance": 0.1}
LOOKS = [
    {"step": step, "of": 500, "samples": 1000, "fd": fd, "fd_floor": 30.0, "coverage": 0.1, "coverage_floor": 0.96}
    for step, fd in ((100, 3000.0), (300, 2000.0), (500, 1234.5678))
]


@pytest.fixture
def run(tmp_path):
    """A folder with ten probes and three evaluations."""
    rows = [(50 * number, f"health/{name}", value) for number in range(1, 11) for name, value in GAME.items()]
    rows += [(500, "health/gradient_d", float("nan"))]
    rows += [(one["step"], f"val/{name}_lite0_1k", one[name]) for one in LOOKS for name in ("fd", "coverage")]
    rows += [(one["step"], "val/fd_lite0_1k_over_floor", one["fd"] / 30) for one in LOOKS]
    lines = ["step,name,value", *(f"{step},{name},{value!r}" for step, name, value in rows)]
    (tmp_path / "metrics.csv").write_text("\n".join(lines) + "\n")
    config = {"health.patience": 3, "evaluation.samples_in_training": 1000, "evaluation.samples": 2000}
    fields = record.new(name="mine", task="gan", seed=0, overrides=[], choices={}, config=config)
    fields |= {"steps": 500, "health": {"verdict": "not learned yet", "evaluations": LOOKS}}
    fields["metrics"]["last"] = {
        "test/fd_lite0_2k": 1200.0,
        "test/coverage_lite0_2k": 0.11,
        "test/fd_lite0_2k_raw": 9.0,
    }
    fields["metrics"]["last"] |= {"test/fd_lite0_1k_floor": 30.0, "test/coverage_lite0_1k_floor": 0.96}
    record.write(tmp_path, fields)
    return tmp_path


@pytest.fixture
def added(run, monkeypatch):
    """`added()`: the line that the script appends for the run."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import add_history

    def add():
        to = run / "histories.jsonl"
        words = ["add_history.py", str(run), "--person", "ñ: no digits", "--state", "not learned yet", "--to", str(to)]
        monkeypatch.setattr(sys, "argv", words)
        assert add_history.main() == 0
        return json.loads(to.read_text(encoding="utf-8").splitlines()[-1])

    return add


def verdict(line):
    from test_verdict import rows

    return conclude(rows(line["probes"]), line["patience"], line["evaluations"])


def test_the_line_gets_the_verdict_of_the_run(run, added, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "gan"))
    line = added()
    assert (line["name"], line["person"], line["patience"]) == ("mine", "ñ: no digits", 3)
    assert line["probes"]["step"] == [50 * number for number in range(1, 11)]
    assert line["probes"]["d_real"] == [0.5123] * 10
    assert line["probes"]["gradient_d"][-1] is None
    assert [one["fd"] for one in line["evaluations"]] == [3000, 2000, 1235]
    assert verdict(line).state == line["state"]
    assert len((run / "histories.jsonl").read_text().splitlines()) == 1
    added()
    assert len((run / "histories.jsonl").read_text().splitlines()) == 2


def test_an_older_run_tells_by_its_metrics(run, added, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "gan"))
    known = record.read(run)
    record.write(run, known | {"health": {"verdict": "healthy"}})
    line = added()
    assert [(one["step"], one["samples"], one["fd"]) for one in line["evaluations"]] == [
        (100, 1000, 3000), (300, 1000, 2000), (500, 1000, 1235), (500, 2000, 1200),
    ]  # fmt: skip
    assert line["evaluations"][-1]["coverage"] == 0.11
    assert line["evaluations"][-1]["coverage_floor"] == 0.96
    assert verdict(line).state == "not learned yet"


def test_the_published_table_is_that_of_the_histories(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import add_history

    assert pd.read_csv(add_history.TABLE).equals(add_history.table(add_history.HISTORIES))
