"""ONNX says what torch says, for any batch size; a difference is seen."""

import json
import sys

import pytest
import torch

from artesano import cli
from artesano.kinds import onnx
from artesano.kinds.transfer import export
from artesano.kinds.transfer.load import load

pytestmark = pytest.mark.slow

onnxruntime = pytest.importorskip("onnxruntime")


def test_command_exports_and_compares(run, photos, capsys):
    folder, network = run
    assert cli.main(["export", str(folder), str(photos / "rojo")]) == 0
    said = capsys.readouterr().out
    assert "largest difference" in said
    assert "same class: 10 of 10" in said
    about = json.loads((folder / "export" / "model.json").read_text())
    assert about["classes"] == load(folder).classes
    assert about["preprocessing"]["size"] == 64
    assert about["temperature"] == 1.0  # a run of an older version
    session = onnxruntime.InferenceSession(str(folder / "export" / "model.onnx"))
    images = torch.randn(7, 3, 64, 64)
    with torch.no_grad():
        expected = network(images)
    torch.testing.assert_close(
        torch.from_numpy(session.run(None, {"images": images.numpy()})[0]), expected, rtol=1e-4, atol=1e-4
    )


def test_another_network_is_not_close(run, tmp_path):
    loaded = load(run[0])
    path = export.export(loaded, tmp_path / "export")
    assert export.compare(loaded, path).difference <= onnx.TOLERANCE
    with torch.no_grad():
        loaded.network.head.linear.bias.add_(torch.tensor([0.0, 0.0, 0.0, 1e-3]))
    assert export.compare(loaded, path).difference == pytest.approx(1e-3, rel=0.05)
    with torch.no_grad():
        loaded.network.head.linear.bias.fill_(float("nan"))
    assert not export.compare(loaded, path).difference <= onnx.TOLERANCE


def test_missing_extra_says_what_to_install(run, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    assert cli.main(["export", str(run[0])]) == 2
    assert "pip install 'artesano[onnx]'" in capsys.readouterr().err
