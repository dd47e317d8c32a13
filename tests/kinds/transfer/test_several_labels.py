"""A classifier that gives an image any number of labels, from its table to each command that uses it."""

import csv
import io
import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from rich.console import Console

import artesano
from artesano import cli
from artesano.data.io.inputs import find_images
from artesano.data.table import Table
from artesano.errors import BadInput
from artesano.evaluation.extractors import check_extractor
from artesano.experiment.resume import resume
from artesano.kinds.bundle import bundle
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.evaluate import ask, mistakes
from artesano.kinds.transfer.export import export
from artesano.kinds.transfer.gather import check_enough
from artesano.kinds.transfer.interpolate import refit
from artesano.kinds.transfer.predict import separator_for
from artesano.kinds.transfer.predict_table import to_terminal
from artesano.metrics.multilabel import best_thresholds, multilabel_metrics
from artesano.runs import record
from artesano.runs.checkpoint import read_checkpoint
from artesano.transfer.heads import Linear
from killed import killed_after
from shortcuts import ink

NAMES = ["azul", "rojo", "x, y"]
SETS = [[k for k in range(3) if number >> k & 1] for number in range(8)]
TINY = [
    "backbone=test_resnet", "weights.source=none", "image_size=32", "data.batch_size=16", "max_steps=12",
    "eval_every=4", "trainer=cpu", "logger.wandb.mode=disabled",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with 80 pictures, several.csv and one.csv; a label is a colour."""
    root, random = tmp_path_factory.mktemp("several"), np.random.default_rng(0)
    rows = list(itertools.islice(itertools.cycle(SETS), 80))
    for number, some in enumerate(rows):
        pixels = random.integers(0, 100, (32, 32, 3), dtype=np.uint8)
        pixels[..., some] += 150
        Image.fromarray(pixels).save(root / f"{number}.png")
    for name, separator, chosen in (("several", "|", range(80)), ("one", "", [n for n in range(80) if SETS[n % 8]])):
        with (root / f"{name}.csv").open("w", newline="") as stream:
            write = csv.writer(stream)
            write.writerow(["path", "label"])
            for number in chosen:
                some = [NAMES[k] for k in rows[number]]
                write.writerow([f"{number}.png", separator.join(some) if separator else some[0]])
    return root


@pytest.fixture
def words(place, outputs):
    return [*TINY, "data=csv", f"data.file={place / 'several.csv'}", "data.label_separator=|", "strategy=full"]


@pytest.fixture(scope="module")
def trained(place, tmp_path_factory):
    """The folder of a run."""
    with pytest.MonkeyPatch.context() as patch, ink():
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("outputs")))
        data = ["data=csv", f"data.file={place / 'several.csv'}", "data.label_separator=|"]
        return artesano.train(*TINY, *data, "strategy=full", "head.zero_init=true").folder


def test_what_a_run_leaves(trained):
    known = record.read(trained)
    assert known["monitor"] == {"name": "val/map", "mode": "max"}
    assert {name for name in known["metrics"]["best"] if "accuracy" in name or "ece" in name} == set()
    drawn = {path.name for path in (trained / "plots").iterdir()}
    assert drawn == {"curves.png", "per_class.png", "most_wrong.png"}
    loaded = artesano.load(trained)
    answers = {part: ask(loaded, data_for([], trained), part) for part in ("val", "test")}
    thresholds = best_thresholds(answers["val"].logits, answers["val"].labels)
    assert known["model"]["thresholds"] == pytest.approx(thresholds, abs=1e-5)
    measured = multilabel_metrics(answers["test"].logits, answers["test"].labels, known["model"]["thresholds"])
    assert measured == pytest.approx({name: known["metrics"]["best"][f"test/{name}"] for name in measured}, abs=1e-5)
    table = pd.read_csv(trained / "per_class.csv")
    assert table["class"].tolist() == NAMES
    assert table["ap"].mean() == pytest.approx(measured["map"], abs=1e-5)
    assert "several" in artesano.kinds.registry.of_run(trained).summary(known["model"])


def test_predictions(trained, place, tmp_path, capsys):
    loaded, files = artesano.load(trained), find_images([str(place)])
    probabilities = loaded.logits(files).double().sigmoid()
    for threshold, cuts in (
        (None, 0.5),
        (0.2, 0.2),
        ("tuned", torch.tensor(loaded.record["model"]["thresholds"], dtype=torch.float64)),
    ):
        table = loaded.predict(files, threshold=threshold)
        expected = [{NAMES[k] for k in np.flatnonzero(row)} for row in (probabilities >= cuts).numpy()]
        assert [{label for label, _ in labels} for labels in table["labels"]] == expected
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for form in ("csv", "json"):
        words = [str(place / "7.png"), str(tmp_path / "broken.png"), "-o", str(tmp_path / f"l.{form}")]
        assert cli.main(["predict", str(trained), *words, "--threshold", "0", "--sheet", str(tmp_path / "s.png")]) == 0
    good, bad = csv.DictReader((tmp_path / "l.csv").open(encoding="utf-8"))
    assert list(good) == ["path", "label", "labels", "top5", "error"]
    assert sorted(good["label"].split(";")) == NAMES
    assert sorted(label for label, _ in json.loads(good["labels"])) == NAMES
    assert (bad["labels"], bad["top5"]) == ("", "")
    assert json.loads((tmp_path / "l.json").read_text())[0]["labels"][0].keys() == {"label", "probability"}
    screen = Console(file=io.StringIO(), width=100)
    to_terminal(loaded.predictions([*files[:3], str(tmp_path / "broken.png")], threshold=1.0), screen)
    assert screen.file.getvalue().count("none") == 3
    assert "unreadable" in screen.file.getvalue()
    capsys.readouterr()


@pytest.mark.parametrize("threshold", ["0.5", "tuned"])
def test_predictions_are_read_back_as_a_table(trained, place, tmp_path, monkeypatch, capsys, threshold):
    monkeypatch.chdir(place)
    output = tmp_path / "elsewhere" / "l.csv"  # in another folder than the images, which are named from this one
    files = [f"{number}.png" for number in range(8)]
    assert cli.main(["predict", str(trained), *files, "-o", str(output), "--threshold", threshold]) == 0
    assert f"data=csv data.file={output} data.label_separator=';'" in capsys.readouterr().err
    splits = Table(file=str(output), label_separator=";", min_images=0).read_splits()
    expected = artesano.load(trained).predict(files, threshold=threshold if threshold == "tuned" else 0.5)
    rows = [set(np.array(splits[0])[row == 1]) for row in splits[1]["train"].labels]
    assert rows == [{label for label, _ in labels} for labels in expected["labels"]]
    assert splits[1]["train"].names == [str(place / name) for name in files]
    assert any(rows)


def test_a_separator_is_in_no_label():
    assert separator_for(["a;b", "c|d"]) == ","


def test_a_threshold_out_of_range_or_of_one_label_is_refused(trained, place, run, tmp_path, capsys):
    output, image = str(tmp_path / "l.csv"), str(place / "0.png")
    assert cli.main(["predict", str(trained), image, "--threshold", "1.5", "-o", output]) == 2
    assert "from 0 to 1" in capsys.readouterr().err
    assert cli.main(["predict", str(run[0]), image, "--threshold", "0.3", "-o", output]) == 2
    assert "one label" in capsys.readouterr().err
    assert not (tmp_path / "l.csv").exists()
    with pytest.raises(BadInput, match="from 0 to 1"):
        artesano.load(trained).predict(image, threshold=-1)


def test_a_bundle_has_the_thresholds(trained, place, outputs, tmp_path):
    file, card = bundle(trained, str(tmp_path / "b.safetensors"))
    assert "an image may have several" in card
    files = find_images([str(place)])[:4]
    ours, theirs = (artesano.load(run).predict(files, threshold="tuned") for run in (trained, file))
    pd.testing.assert_frame_equal(ours, theirs)


def test_evaluated_on_data_with_some_of_the_labels(trained, place, capsys):
    lines = [f"{place / f'{number}.png'},{int(0 in some)},{int(2 in some)}" for number, some in enumerate(SETS * 10)]
    (place / "some.csv").write_text("\n".join(['path,azul,"x, y"', *lines]))
    data = ["data=csv", f"data.file={place / 'some.csv'}", "data.label_columns=[azul,'x, y']"]
    answers = ask(artesano.load(trained), data_for(data, trained, "all"), "all")
    assert (answers.classes, answers.missing, answers.logits.shape) == (["azul", "x, y"], ["rojo"], (80, 2))
    assert all("rojo" not in mistake for _, mistake in mistakes(answers, 80))
    assert cli.main(["evaluate", str(trained), *data, "--split", "all"]) == 0
    assert "not in these data: rojo; the metrics are over the other 2" in capsys.readouterr().out


def test_data_of_the_other_form(trained, place, run, write_run, tmp_path):
    single = ["data=csv", f"data.file={place / 'one.csv'}"]
    answers = ask(artesano.load(trained), data_for(single, trained, "all"), "all")
    assert answers.labels.sum(1).unique().tolist() == [1]
    write_run(tmp_path / "one", place, classes=NAMES)
    several = ["data=csv", f"data.file={place / 'several.csv'}", "data.label_separator=|"]
    with pytest.raises(BadInput, match="several labels there"):
        ask(artesano.load(tmp_path / "one"), data_for(several, tmp_path / "one", "all"), "all")


def test_exported(trained, tmp_path, monkeypatch):
    loaded, described = artesano.load(trained), {}
    monkeypatch.setattr("artesano.kinds.onnx.write", lambda *arguments: described.update(arguments[-1]))
    export(loaded, tmp_path)
    assert described["thresholds"] == loaded.record["model"]["thresholds"]
    assert "sigmoid" in described["output"]
    logits = torch.tensor([[1.0, -1, 2], [-1, -1, -1]])
    assert loaded.labelling.agreement(logits, logits * torch.tensor([[1.0, 1, 3], [1, 1, -1]])) == 1


def test_embedded(trained, place, tmp_path, capsys):
    data = ["data=csv", f"data.file={place / 'several.csv'}", "data.label_separator=|"]
    assert cli.main(["embed", str(trained), *data, "-o", str(tmp_path / "f.npz")]) == 0
    labels = np.load(tmp_path / "f.npz")["label"].tolist()
    assert set(labels) == {";".join(NAMES[k] for k in some) for some in SETS}
    assert "these may have several" in capsys.readouterr().out


def test_a_head_is_refitted_with_sigmoids(trained):
    features = torch.eye(3)
    labels, head = torch.tensor([[1, 1, 0], [0, 0, 0], [0, 1, 1]], dtype=torch.uint8), Linear(3, 3, zero_init=True)
    refit(head, features, labels, artesano.load(trained).labelling.loss())
    assert torch.equal(head(features) > 0, labels == 1)


def test_killed_and_resumed_equals_straight(words):
    options = ["data.mixup=0.5", "data.balance=true", "multilabel=asymmetric", "ema=0.5", "data.augment=light"]
    words = [*words, *options, "label_smoothing=0.1", "class_weights=true", "max_steps=6", "checkpoint_every=1"]
    straight = artesano.train(*words).folder
    with killed_after(4):
        artesano.train(*words)
    again = resume("last", []).folder
    assert again != straight
    assert (again / "metrics.csv").read_bytes() == (straight / "metrics.csv").read_bytes()
    one, other = (read_checkpoint(folder).tensors for folder in (again, straight))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert record.read(again)["model"] == record.read(straight)["model"]


def test_cached_features_are_those_of_the_images(words):
    freeze = [word for word in words if not word.startswith("strategy=")] + ["strategy=freeze", "max_steps=4"]
    cached, live = (artesano.train(*freeze, f"strategy.cache={cache}").metrics for cache in ("true", "false"))
    assert cached == pytest.approx(live, abs=1e-5)


def test_what_knows_one_label_alone_refuses(words, place, trained, capsys):
    several = Table(file=str(place / "several.csv"), label_separator="|")
    for check in (lambda: check_enough(several), lambda: check_extractor(f"run:{trained}", None)):
        with pytest.raises(BadInput, match="several"):
            check()
    data = [word for word in words if word.startswith("data")]
    for command, message in (
        (["train", "gan=dcgan", *data, "image_size=32"], "a GAN takes one label"),
        (["train", "data=mnist5k", "multilabel=asymmetric"], "Asymmetric is for images with several labels"),
    ):
        assert cli.main(command) == 2
        assert message in capsys.readouterr().err
