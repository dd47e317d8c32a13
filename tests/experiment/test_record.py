import json
import math
import os
import subprocess
import sys

import pytest

from artesano.config.targets import load_plain
from artesano.errors import BadInput
from artesano.runs import record


def fresh():
    return record.new(
        name="n", task="transfer", seed=0, overrides=["a=1"], choices={"data": "x"}, config={"a": {"b": 1, "c": []}}
    )


def test_round_trip_with_nan_as_null_and_flat_config(tmp_path):
    record.write(tmp_path, fresh() | {"metrics": {"last": {"val/loss": math.nan}, "best": {}}})
    back = record.read(tmp_path)
    assert back["metrics"]["last"] == {"val/loss": None}
    assert back["config"] == {"a.b": 1, "a.c": []}
    assert back["status"] == "running"


def test_a_failed_write_leaves_the_old_record(tmp_path, monkeypatch):
    record.write(tmp_path, fresh())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        record.update(tmp_path, status="finished")
    monkeypatch.undo()
    assert record.read(tmp_path)["status"] == "running"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"schema": 99})])
def test_what_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(BadInput, match=r"run\.json"):
        record.read(tmp_path)


def test_config_is_plain_values_only(tmp_path):
    config = {"lr": 1e-5, "path": "Año = ñ", "none": None, "list": [1, 2.5], "yes": True}
    record.write_config(tmp_path, config)
    assert load_plain(tmp_path / "config.yaml") == config
    (tmp_path / "config.yaml").write_text("a: !!python/object/apply:os.system ['true']")
    with pytest.raises(BadInput, match=r"config\.yaml"):
        load_plain(tmp_path / "config.yaml")


def test_reading_a_record_needs_no_torch():
    code = "import artesano.runs.record, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
