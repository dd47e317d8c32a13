"""`artesano evaluate` of a classifier: on its test split, or on other data with the same classes (domain change)."""

from __future__ import annotations

import json
import math
import shlex
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor

from artesano.data.dataset import ImageData
from artesano.data.loaders import Loaders
from artesano.data.whole import ALL, with_all
from artesano.errors import BadInput
from artesano.file_names import failures
from artesano.kinds.data_of_run import data_for, data_node, name_for, results_folder
from artesano.kinds.metrics_table import Metrics, metrics_table
from artesano.kinds.split_of import split_of
from artesano.kinds.split_of_run import Trained, trained_on
from artesano.kinds.transfer.averaged import averaged, described
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.labelling import Labelling
from artesano.kinds.transfer.load import load
from artesano.kinds.transfer.pictures import write_table
from artesano.next_steps import listed, next_steps, quoted
from artesano.progress_bars import progress


def command(run: str, overrides: list[str], arguments: Namespace) -> int:
    """Print metrics beside those of the run, warnings and mistakes; write the folder of results."""
    loaded = load(run)
    assert loaded.folder is not None
    data = data_for(overrides, loaded.folder, arguments.split or "test")
    split = split_of(arguments.split, "test", data, overrides, loaded.folder)
    part = "test" if split == "new" else split
    answers = ask(averaged(loaded, arguments.tta) if arguments.tta else loaded, data, part)
    plain = answer(loaded, answers.loaders, part) if arguments.tta else None
    without = plain.labelling.metrics(plain.logits, plain.labels) if plain else None
    results = results_folder(loaded.folder, arguments.name, name_for(overrides, split), overrides)
    metrics = report(answers, results, overrides, without)

    columns: dict[str, Metrics] = {results.name: metrics, **({"without --tta": without} if without else {})}
    before = {name.removeprefix("test/"): value for name, value in loaded.record["metrics"]["best"].items()}
    columns["test when trained"] = {name: before.get(name) for name in metrics}
    title = f"{len(answers.labels):,} images"
    Console().print(metrics_table(columns, results.name, metrics, {}, title))
    if without:
        gain = metrics["accuracy"] - without["accuracy"]
        print(f"test-time augmentation, {described(averaged(loaded, arguments.tta))}: accuracy {gain:+.4f}")
    if answers.missing:
        print(
            f"not in these data: {_some(answers.missing)}; {answers.labelling.over_known} over the other "
            f"{len(loaded.classes) - len(answers.missing)} classes"
        )
    for line in [*failures(answers.loaders.skipped), *answers.loaders.listing.messages()]:
        print(f"  {line}")
    if known := count_trained_on(answers, trained_on(data_node(loaded.folder), loaded.folder)):
        print(f"WARNING: {known:,} of these {len(answers.labels):,} images were trained on; this is not a test.")
    if wrong := mistakes(answers):
        print("most confident mistakes:", *(f"  {image} {mistake}" for image, mistake in wrong), sep="\n")
    print(f"results: {results}")
    where = quoted(loaded.folder)
    next_steps(f"artesano predict {where} <images>", f"artesano embed {where} <images>", f"artesano export {where}")
    return 0


@dataclass(frozen=True)
class Answers:
    """What the network said about every image of one or more splits.

    Attributes:
        labelling: of the classes that can be measured.
        classes: names of these, in the order of the run.
        logits: [N, K], of these.
        labels: int64 [N], or uint8 [N, K], likewise.
        rows: [N], the split and the row in it.
        missing: classes of the run that the data do not have.
    """

    loaders: Loaders
    labelling: Labelling
    classes: list[str]
    logits: Tensor
    labels: Tensor
    rows: list[tuple[str, int]]
    missing: list[str]


def ask(loaded: LoadedClassifier, data: ImageData, split: str = "test") -> Answers:
    """Run the network over a split, or over `all` of the data.

    Raises:
        BadInput: the data have classes that the run does not know, or no image in the split.
    """
    data.listed_later = True  # below the metrics
    return answer(loaded, Loaders(data, loaded.preprocessing, seed=0), split)


def answer(loaded: LoadedClassifier, loaders: Loaders, split: str) -> Answers:
    """As `ask`, of loaders that keep decoded images for the next call."""
    place = loaders.data.place()
    own = places(loaded.classes, loaders.classes, place)
    logits, labels, rows = [], [], []
    if split == ALL and ALL not in loaders.listing.splits:  # in a second call unreadable files have left it
        with_all(loaders.listing)
    batches = loaders.evaluate(split)
    for batch in progress(batches, len(batches), f"evaluating {split}"):
        logits.append(loaded(batch.images))
        labels.append(loaded.labelling.aligned(batch.labels, own, len(loaded.classes), place))
        rows += [(split, int(row)) for row in batch.index]
    if not rows:
        raise BadInput(f"{place}: no image in the {split} part; give more images, or --split all.")
    missing = [name for name in loaded.classes if name not in loaders.classes]
    known = loaded.labelling.without(missing, loaded.classes, torch.cat(logits), torch.cat(labels))
    return Answers(loaders, *known, rows, missing)


def report(
    answers: Answers, folder: Path, overrides: list[str], without: dict[str, float] | None = None
) -> dict[str, float]:
    """Write metrics.json, per_class.csv and pictures to `folder`; returns the metrics.

    Args:
        overrides: the words that chose the data, kept in metrics.json.
        without: metrics without test-time augmentation, kept there too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    logits, labels, classes, labelling = answers.logits, answers.labels, answers.classes, answers.labelling
    metrics = labelling.metrics(logits, labels)
    content = {
        "metrics": finite(metrics),
        **({"without_tta": finite(without)} if without else {}),
        "images": len(labels),
        "missing_classes": answers.missing,
        "overrides": overrides,
        "data": {"fingerprint": answers.loaders.listing.fingerprint, "skipped": list(answers.loaders.skipped)},
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "metrics.json").write_text(text, encoding="utf-8", errors="backslashreplace")
    write_table(labelling.per_class(logits, labels, classes), folder / "per_class.csv")
    labelling.draw(folder, logits, labels, classes, Pictures(answers))
    return metrics


def finite(metrics: dict[str, float]) -> dict[str, float | None]:
    """As JSON holds them: None for what is no number."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


@dataclass(frozen=True)
class Pictures:
    """The images behind the rows of the answers, fetched when one is drawn."""

    answers: Answers

    def __len__(self) -> int:
        return len(self.answers.rows)

    def __getitem__(self, place: int) -> np.ndarray:
        part, row = self.answers.rows[place]
        return self.answers.loaders.images(part, [row])[0].numpy()


def mistakes(answers: Answers, count: int = 3) -> list[tuple[str, str]]:
    """(name, what is wrong) of the most confident mistakes."""
    rows = []
    for place, mistake in answers.labelling.mistakes(answers.logits, answers.labels, answers.classes, count):
        part, row = answers.rows[place]
        rows.append((answers.loaders.names(part, [row])[0], mistake))
    return rows


def count_trained_on(answers: Answers, trained: Trained) -> int:
    """How many of the images the run was trained on: more than none, and this is no test."""
    return sum(answers.loaders.names(part, [row])[0] in trained for part, row in answers.rows)


def places(ours: list[str], theirs: list[str], where: str) -> list[int]:
    """For each class of the data, its place among the run's classes."""
    strange = [name for name in theirs if name not in ours]
    missing = [name for name in ours if name not in theirs]
    common = [name for name in theirs if name in ours]
    if strange:
        shown = shlex.quote(f"[{', '.join(map(listed, common))}]")
        raise BadInput(
            f"{where}: the run does not know all classes of these data.",
            f"  only in the data: {_some(strange)}",
            *([f"  only in the run: {_some(missing)}"] if missing else []),
            *([f"  data.classes={shown} measures the classes of both"] if 0 < len(common) <= 20 else []),
        )
    return [ours.index(name) for name in theirs]


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:20])
    return shown if len(names) <= 20 else f"{shown} and {len(names) - 20} more"
