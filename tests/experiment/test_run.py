"""One run from start to end, through the real entry point."""

import json
import math

import pytest
import torch
import yaml

import artesano
from artesano.errors import BadInput
from artesano.experiment.resume import resume
from artesano.runs import record
from artesano.runs.find import find_run
from artesano.runs.metrics import read_rows

pytestmark = pytest.mark.slow


def test_the_folder_tells_all(finished):
    known = json.loads((finished.folder / "run.json").read_text())
    assert known["status"] == "finished"
    assert known["steps"] == 12
    assert known["parameters"]["total"] == known["parameters"]["trainable"] > 0
    assert known["data"]["images"] == {"train": 42, "val": 6, "test": 12}
    assert known["model"]["classes"] == ["circle", "cross", "line"]
    assert set(known["metrics"]["best"]) == set(known["metrics"]["last"])
    assert {"val/accuracy", "test/accuracy", "test/macro_f1", "test/ece", "test/nll"} <= set(known["metrics"]["best"])
    assert {"test/ece_calibrated", "test/nll_calibrated", "test/aurc"} <= set(known["metrics"]["best"])
    assert known["model"]["calibration"]["images"] == 6
    assert "plots/risk_coverage.png" in known["images"]
    assert known["speed"]["steps_per_second"] > 0
    for picture in known["images"]:
        assert (finished.folder / picture).stat().st_size > 1000
    config = yaml.safe_load((finished.folder / "config.yaml").read_text())
    assert record.flat(config) == known["config"]
    assert finished.metrics == known["metrics"]["best"]


def test_validation_falls_where_it_should_and_at_the_end(finished):
    rows = read_rows(finished.folder / "metrics.csv")
    assert sorted({step for step, name, _ in rows if name == "val/accuracy"}) == [5, 10, 12]
    assert sorted({step for step, name, _ in rows if name == "train/loss"}) == list(range(1, 13))


def test_recorded_metrics_are_those_of_the_checkpoints(finished):
    rows = {(step, name): value for step, name, value in read_rows(finished.folder / "metrics.csv")}
    last = finished.record["metrics"]["last"]
    assert last["val/nll"] == pytest.approx(rows[12, "val/nll"], abs=1e-6)
    accuracies = [rows[step, "val/accuracy"] for step in (5, 10, 12)]
    assert finished.metrics["val/accuracy"] == pytest.approx(max(accuracies))


def test_checkpoints_hold_tensors_and_plain_values_only(finished):
    for name in ("last", "best"):
        saved = torch.load(finished.folder / "checkpoints" / f"{name}.ckpt", weights_only=True)
        assert any(key.startswith("network.backbone.") for key in saved["state_dict"])
    assert saved["step"] in (5, 10, 12)
    assert sorted(path.name for path in (finished.folder / "checkpoints").iterdir()) == ["best.ckpt", "last.ckpt"]


def test_the_same_words_give_the_same_numbers(finished, tiny, outputs):
    again = artesano.train(*tiny)
    assert again.folder.parent == outputs / "transfer"
    assert (again.folder / "metrics.csv").read_bytes() == (finished.folder / "metrics.csv").read_bytes()
    assert again.record["metrics"] == finished.record["metrics"]


def test_another_seed_moves_the_numbers_but_not_the_split(finished, tiny, outputs):
    other = artesano.train(*tiny, "seed=1")
    assert other.record["data"]["fingerprint"] == finished.record["data"]["fingerprint"]
    assert (other.folder / "metrics.csv").read_bytes() != (finished.folder / "metrics.csv").read_bytes()


def test_a_finished_run_goes_on_only_with_more_steps(copied):
    with pytest.raises(BadInput, match="max_steps"):
        resume(str(copied), [])
    with pytest.raises(BadInput, match=r"optimizer\.lr"):
        resume(str(copied), ["optimizer.lr=1"])
    longer = resume("last", ["max_steps=15"])
    assert longer.folder == copied
    assert max(step for step, _, _ in read_rows(copied / "metrics.csv")) == 15


def test_nothing_is_written_before_the_checks_have_passed(tiny, outputs):
    with pytest.raises(BadInput):
        artesano.train(*tiny, "backbone=resnet5O")
    assert not outputs.exists()


def test_a_loss_that_is_not_finite_names_step_and_files(tiny, outputs, monkeypatch):
    from artesano.transfer.module import TransferModule

    def watched(self, **losses):
        scale = math.nan if self.step == 7 else 1.0
        return original(self, **{name: loss * scale for name, loss in losses.items()})

    original = TransferModule.record_losses
    monkeypatch.setattr(TransferModule, "record_losses", watched)
    with pytest.raises(Exception, match="step 7") as raised:
        artesano.train(*tiny)
    assert str(raised.value).count(".png") == 8
    folder = find_run("last")
    known = record.read(folder)
    assert known["status"] == "failed"
    assert known["error"]["step"] == 7
    saved = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    assert saved["step"] == 5
    assert all(torch.isfinite(value).all() for value in saved["state_dict"].values() if value.is_floating_point())


def test_a_full_disk_keeps_the_checkpoint_before(tiny, finished, outputs, monkeypatch):
    import pytorch_lightning as pl

    honest, calls = pl.Trainer.save_checkpoint, []

    def full(self, path, *rest):
        calls.append(path)
        if len(calls) == 2:
            path.write_bytes(b"half a file")
            raise OSError(28, "No space left on device")
        return honest(self, path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(pl.Trainer, "save_checkpoint", full)
        with pytest.raises(Exception, match="No space left"):
            artesano.train(*tiny)
    folder = find_run("last")
    assert record.read(folder)["status"] == "failed"
    assert torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["step"] == 5
    assert len(list((folder / "checkpoints").iterdir())) == 2
    resumed = resume(str(folder), [])
    assert resumed.record["metrics"] == finished.record["metrics"]
    assert (folder / "metrics.csv").read_bytes() == (finished.folder / "metrics.csv").read_bytes()
