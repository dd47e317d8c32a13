"""A run with a calibration: its probabilities, what it refuses, and what it shows; a run without has none of it."""

import csv
import json

import pytest
import torch
from PIL import Image

from artesano import cli
from artesano.data.io.inputs import find_images
from artesano.errors import BadInput
from artesano.kinds.bundle import bundle
from artesano.kinds.transfer.calibration import Calibration
from artesano.kinds.transfer.load import load
from artesano.kinds.transfer.refusal import refusal
from artesano.runs import record

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = 3 * torch.randn(100, 4, generator=GENERATOR)
LABELS = torch.where(torch.rand(100, generator=GENERATOR) < 0.8, LOGITS.argmax(1), 0)
FITTED = Calibration.fitted(LOGITS, LABELS)


@pytest.fixture
def calibrated(run):
    """The run with the calibration that its own images would give it, at a temperature of 2."""
    folder, _ = run
    model = record.read(folder)["model"] | {"calibration": FITTED.to_dict() | {"temperature": 2.0}}
    record.update(folder, model=model)
    return folder


def test_thresholds_answer_the_share_of_val_that_they_promise():
    for share in (0.05, 0.5, 0.92, 0.95, 1.0):
        kept = 1 - refusal(FITTED, coverage=share)(LOGITS).double().mean()
        assert share <= kept <= share + 0.011
    right = (LOGITS.argmax(1) == LABELS).double()
    chosen = refusal(FITTED, accuracy=0.9)
    assert right[~chosen(LOGITS)].mean() >= 0.9
    assert right.mean() < 0.9
    best = (LOGITS / FITTED.temperature).softmax(1).amax(1)
    assert torch.equal(refusal(FITTED, reject=0.7)(LOGITS), best < 0.7)


def test_it_survives_the_record_and_needs_images_and_numbers():
    assert Calibration.from_dict(json.loads(json.dumps(FITTED.to_dict()))) == FITTED
    assert Calibration.fitted(LOGITS[:0], LABELS[:0]) is None
    assert Calibration.fitted(LOGITS.clone().fill_(float("nan")), LABELS) is None
    assert Calibration.fitted(LOGITS[:1], LABELS[:1]).coverage[-1] == 1


@pytest.mark.parametrize(
    ("calibration", "wanted", "message"),
    [
        (FITTED, {"reject": 0.5, "coverage": 0.5}, "--reject and --coverage: each sets the threshold"),
        (FITTED, {"coverage": 1.5}, "--coverage 1.5: a number above 0, at most 1"),
        (None, {"reject": 0.5}, "--reject: there is no calibration"),
        (
            Calibration.fitted(LOGITS, (LOGITS.argmax(1) + 1) % 4),
            {"accuracy": 0.9},
            "--accuracy 0.9: no threshold reaches it on the 100 images of val; 0.0000 is the highest",
        ),
    ],
)
def test_what_cannot_be_is_told(calibration, wanted, message):
    with pytest.raises(BadInput, match=message):
        refusal(calibration, **wanted)
    assert refusal(calibration) is None


def test_probabilities_are_calibrated_also_those_of_a_bundle(calibrated, photos, tmp_path):
    loaded, images = load(calibrated), find_images([str(photos)])
    assert load(calibrated, "raw").calibration is None  # it was measured on another state
    expected = (loaded.logits(images).double() / 2).softmax(1).amax(1)
    assert loaded.predict(photos)["probability"].tolist() == pytest.approx(expected.tolist(), abs=1e-6)
    path, _ = bundle(calibrated, str(tmp_path / "one.safetensors"))
    shared = load(path)
    assert shared.calibration == loaded.calibration
    assert shared.predict(photos, reject=0.9)["label"].tolist().count("unknown") == int((expected < 0.9).sum())


def test_refused_images_are_unknown_in_every_output(calibrated, photos, tmp_path, capsys):
    expected = load(calibrated).predict(photos)
    threshold = float(expected["probability"].median())
    output, sheet = tmp_path / "labels.csv", tmp_path / "sheet.png"
    words = ["--reject", str(threshold), "-o", str(output), "--sheet", str(sheet)]
    assert cli.main(["predict", str(calibrated), str(photos), *words]) == 0
    with output.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row, label, probability in zip(rows, expected["label"], expected["probability"], strict=True):
        sure = float(row["probability"]) >= threshold
        assert row["label"] == (label if sure else "unknown") or abs(probability - threshold) < 1e-5
        assert json.loads(row["top5"])[0][0] == label
    assert f"of them unknown: probability below {threshold:g}" in capsys.readouterr().err


def test_heatmaps_go_where_no_image_is(calibrated, photos, tmp_path, capsys):
    words = ["predict", str(calibrated), str(photos / "rojo"), "-o", str(tmp_path / "o.csv")]
    assert cli.main([*words, "--explain", str(tmp_path / "all.png"), "--tta"]) == 0
    assert "mean over the image and four shifts" in capsys.readouterr().err  # it was not trained on mirrored images
    assert Image.open(tmp_path / "all.png").width > 300
    assert cli.main([*words, "--explain"]) == 0
    (folder,) = (calibrated / "explanations").iterdir()
    assert [file.name for file in sorted(folder.glob("*.png"))] == [f"{n + 1}-{n}.png" for n in range(6)]
    before = sorted(photos.rglob("*"))
    assert cli.main([*words, "--explain", str(photos)]) == 2
    assert cli.main([*words, "--explain", str(photos / "rojo" / "0.png")]) == 2
    assert cli.main([*words, "--explain", str(tmp_path / "all.jpg")]) == 2
    assert sorted(photos.rglob("*")) == before


def test_evaluate_says_what_the_views_gain(calibrated, capsys):
    assert cli.main(["evaluate", str(calibrated), "--tta", "mirror", "--name", "views"]) == 0
    content = json.loads((calibrated / "evaluations" / "views" / "metrics.json").read_text())
    assert {"ece_calibrated", "nll_calibrated", "aurc"} < set(content["metrics"]) == set(content["without_tta"])
    gain = content["metrics"]["accuracy"] - content["without_tta"]["accuracy"]
    assert f"its mirror image: accuracy {gain:+.4f}" in capsys.readouterr().out
    assert (calibrated / "evaluations" / "views" / "risk_coverage.png").is_file()
