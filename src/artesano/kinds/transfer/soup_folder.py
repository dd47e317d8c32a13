"""The run folder of an average of runs: what evaluate, predict, export, bundle and compare need of a run."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from artesano.config.targets import load_plain
from artesano.data.loaders import Loaders
from artesano.kinds.transfer.calibration import Calibration
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.evaluate import Answers, answer, report
from artesano.runs import record as records
from artesano.runs.folder import FILES, locked, new_run_folder

MEASURED = ("calibration", "thresholds")  # of a run's `model` in its record: what is chosen on val


def write(
    first: Path,
    known: dict[str, Any],
    average: LoadedClassifier,
    parts: Mapping[str, Loaders],
    ingredients: list[dict[str, Any]],
    name: str | None,
) -> Path:
    """A new run folder with the average as its best checkpoint, measured as a run is.

    Args:
        first: the folder of the best ingredient, whose config, data and split are those of the average.
        known: its record.
        parts: its images of `val` and `test`.
        ingredients: for the record's `soup`.
    """
    began, name = time.perf_counter(), name or f"soup-{known['name']}"
    chosen, metrics = on_val(average, parts["val"])  # the average's own, not those of its first ingredient
    model = {key: value for key, value in known["model"].items() if key not in MEASURED} | chosen
    answers = answer(with_model(average, model), parts["test"], "test")  # what cannot be measured leaves no folder
    folder = new_run_folder("transfer", name)
    about = {key: known[key] for key in ("seed", "overrides", "choices")}
    fields = records.new(name=name, task="transfer", kind="transfer", config={}, **about)
    fields |= {key: known[key] for key in ("config", "data", "parameters", "monitor")} | {"model": model}
    with locked(folder):
        records.write(folder, fields | {"soup": ingredients})
        records.write_config(folder, load_plain(first / "config.yaml"))
        if (first / FILES).is_file():
            shutil.copyfile(first / FILES, folder / FILES)
        save(average.network, folder / "checkpoints")
        metrics |= of_test(answers, folder)
        records.update(
            folder,
            status="finished",
            ended=records.now(),
            seconds=round(time.perf_counter() - began, 2),
            metrics={"last": metrics, "best": metrics},
            checkpoints={"best": "checkpoints/best.ckpt", "last": None},
            images=sorted(f"plots/{picture.name}" for picture in (folder / "plots").glob("*.png")),
        )
    return folder


def save(network: nn.Module, home: Path) -> None:
    """best.ckpt, written whole. There is no last.ckpt: an average has no optimiser state to go on with."""
    home.mkdir()
    draft = home / f"draft-{os.getpid()}.ckpt"
    torch.save({"state_dict": {f"network.{name}": tensor for name, tensor in network.state_dict().items()}}, draft)
    os.replace(draft, home / "best.ckpt")


def of_test(answers: Answers, folder: Path) -> dict[str, float]:
    """Metrics of the test part, with the pictures and the table of classes that a run has."""
    plots = folder / "plots"
    values = report(answers, plots, [])
    os.replace(plots / "per_class.csv", folder / "per_class.csv")
    (plots / "metrics.json").unlink()  # they are in the record
    return {f"test/{name}": value for name, value in values.items()}


def on_val(classifier: LoadedClassifier, loaders: Loaders) -> tuple[dict[str, Any], dict[str, float]]:
    """What its answers on val choose, for `model` in the record, and {`val/accuracy`: ...}."""
    answers = plain_answers(classifier, loaders, "val")
    metrics = answers.labelling.metrics(answers.logits, answers.labels)
    chosen = answers.labelling.tuned(answers.logits, answers.labels).facts()
    return chosen, {f"val/{name}": value for name, value in metrics.items()}


def metrics_on(classifier: LoadedClassifier, loaders: Loaders, part: str) -> dict[str, float]:
    """{`accuracy`: ...} of a part, with nothing that was chosen on val."""
    answers = plain_answers(classifier, loaders, part)
    return answers.labelling.metrics(answers.logits, answers.labels)


def plain_answers(classifier: LoadedClassifier, loaders: Loaders, part: str) -> Answers:
    """Without what was chosen on val for the weights that it had when it was loaded."""
    plain = {key: value for key, value in classifier.record["model"].items() if key not in MEASURED}
    return answer(with_model(classifier, plain), loaders, part)


def with_model(classifier: LoadedClassifier, model: dict[str, Any]) -> LoadedClassifier:
    """The same network with another `model` in its record."""
    own = Calibration.from_dict(model["calibration"]) if "calibration" in model else None
    return replace(classifier, record=classifier.record | {"model": model}, calibration=own)
