"""Evaluating again gives what the network says; classes are matched by name, and other classes are refused."""

import json
import shutil

import pandas as pd
import pytest

from artesano import cli
from artesano.data.io.inputs import find_images
from artesano.errors import BadInput
from artesano.kinds.data_of_run import data_for, data_node, name_for
from artesano.kinds.split_of_run import trained_on
from artesano.kinds.transfer.evaluate import ask, count_trained_on, mistakes
from artesano.kinds.transfer.load import load
from artesano.metrics.classification import classification_metrics


def test_all_images_evaluated_equal_predictions(run, photos):
    folder, _ = run
    loaded = load(folder)
    answers = ask(loaded, data_for([], folder), "all")
    said = {row.path: row.top5[0][0] for row in loaded.predictions(find_images([str(photos)]))}
    right = [said[path] == path.split("/")[-2] for path in said]
    assert len(answers.labels) == 24
    assert classification_metrics(answers.logits, answers.labels)["accuracy"] == pytest.approx(sum(right) / 24)
    for path, mistake in mistakes(answers, 30):
        true = path.split("/")[-2]
        assert true != said[path]
        assert mistake == f"is {true}, called {said[path]}"


def test_command_leaves_numbers_and_pictures(run, ink, capsys):
    folder, _ = run
    assert cli.main(["evaluate", str(folder), "data.test_fraction=0.5"]) == 0
    (results,) = (folder / "evaluations").iterdir()
    content = json.loads((results / "metrics.json").read_text())
    assert content["images"] == 12
    assert set(content["metrics"]) == {"accuracy", "macro_f1", "ece", "nll"}
    assert pd.read_csv(results / "per_class.csv")["support"].tolist() == [3, 3, 3, 3]
    for picture in ("confusion", "calibration", "most_wrong"):
        assert (results / f"{picture}.png").stat().st_size > 1000
    assert "accuracy" in capsys.readouterr().out


def test_two_folders_of_one_name_have_results_of_their_own(run, photos, tmp_path, monkeypatch, capsys):
    folder, results = run[0], run[0] / "evaluations"
    for parent, gone in (("a", 0), ("b", 2)):
        shutil.copytree(photos, tmp_path / parent / "test")
        for number in range(gone):
            (tmp_path / parent / "test" / "azul" / f"{number}.png").unlink()
    monkeypatch.chdir(tmp_path)

    def evaluate(root, *words):
        assert cli.main(["evaluate", str(folder), "data=folder", f"data.root={root}", *words]) == 0
        return {place.name: json.loads((place / "metrics.json").read_text())["images"] for place in results.iterdir()}

    assert evaluate("a/test") == {"folder-test-all": 24}
    first = evaluate("b/test")
    (other,) = set(first) - {"folder-test-all"}
    assert first == {"folder-test-all": 24, other: 22}
    assert f"results: {results / other}" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path / "b")
    assert evaluate("test") == evaluate(tmp_path / "a" / "test") == first
    assert evaluate("test", "--name", "folder-test-all") == first | {"folder-test-all": 22}  # as the user says


def test_images_that_were_trained_on_are_counted(run):
    folder, _ = run
    own, trained = data_for([], folder), trained_on(data_node(folder), folder)
    assert count_trained_on(ask(load(folder), own), trained) == 0
    assert count_trained_on(ask(load(folder), own, "all"), trained) == len(own.listing().splits["train"])


def test_classes_in_another_order_are_matched_by_name(tmp_path, photos, write_run):
    write_run(tmp_path / "run", photos, classes=["x, y", "verde ñ", "rojo", "azul"])
    loaded = load(tmp_path / "run")
    answers = ask(loaded, data_for([], tmp_path / "run"), "all")
    for (part, row), label in zip(answers.rows, answers.labels, strict=True):
        assert answers.loaders.names(part, [row])[0].split("/")[-2] == loaded.classes[label]


def test_other_classes_are_named(run, photos):
    folder, _ = run
    (photos / "rojo").rename(photos / "morado")
    with pytest.raises(BadInput) as error:
        ask(load(folder), data_for([], folder))
    text = str(error.value)
    assert "only in the data: morado" in text
    assert "only in the run: rojo" in text
    assert cli.main(["evaluate", str(folder), "data=mnist5k"]) == 2


def test_words_about_data_are_checked(run):
    folder, _ = run
    assert data_for(["data.batch_size=3"], folder).batch_size == 3
    assert data_for(["data=mnist5k", "data.batch_size=3"], folder).batch_size == 3
    for word, said in [
        ("optimizer.lr=1", "only data="),
        ("data.batch_siz=3", "batch_size"),
        ("data.batch_size=0", "batch_size"),
        ("data.batch_size=[", "cannot be read"),
        ("data._target_=os.system", "chosen by data="),
        ("data=foldr", "folder"),
    ]:
        with pytest.raises(BadInput, match=said):
            data_for([word], folder)
    assert name_for(["data=folder", "data.root=/a/Año (1)"], "test") == "folder-ano-1-test"
    assert name_for(["data.split_seed=1"], "all") == "split_seed-1-all"
