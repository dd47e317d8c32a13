"""`artesano soup`: runs of the same network are averaged where the average is no worse on their validation images."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from torch import Tensor

from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput
from artesano.kinds.data_of_run import checked, data_for, data_node
from artesano.kinds.registry import open_run
from artesano.kinds.split_of_run import read_listing
from artesano.kinds.transfer.load import load
from artesano.kinds.transfer.soup_folder import MEASURED, metrics_on, write
from artesano.next_steps import next_steps, quoted, shortest
from artesano.runs import record as records
from artesano.runs.bundle import is_bundle
from artesano.transfer.soup import greedy


@dataclass(frozen=True)
class Ingredient:
    """A run that may go into the soup.

    Attributes:
        value: of its monitor, at its best checkpoint.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def monitor(self) -> tuple[str, str]:
        """Name and mode."""
        return self.record["monitor"]["name"], self.record["monitor"]["mode"]

    @property
    def value(self) -> float:
        return float(self.record["metrics"]["best"][self.monitor[0]])

    def images(self, part: str) -> frozenset[Any]:
        """The images of a part: their content where they are files, else their names."""
        data = checked(data_node(self.folder))
        if (files := read_listing(self.folder, data)) is not None:
            return frozenset(files.contents[row.file] for row in files.part(part))
        return frozenset(data.listing().splits[part].names)


def command(runs: list[Path], arguments: Namespace) -> int:
    """Print what went into the average and what it is worth, and write its run folder."""
    ingredients = in_order([Ingredient(*open_run(run, "transfer")) for run in dict.fromkeys(runs)])
    best = ingredients[0]
    name, sign = best.monitor[0], 1 if best.monitor[1] == "max" else -1
    parts = {part: Loaders(data_for([], best.folder, part), preprocessing(best), seed=0) for part in ("val", "test")}
    taster = load(best.folder)

    def score(state: Mapping[str, Tensor]) -> float:
        taster.network.load_state_dict(state)
        return sign * metrics_on(taster, parts["val"], "val")[name.removeprefix("val/")]

    soup = greedy([lambda one=one: weights(one) for one in ingredients], score)  # type: ignore[misc]
    taster.network.load_state_dict(soup.state)
    rows = [
        {"run": str(one.folder), "value": one.value, "with": sign * value, "kept": place in soup.kept}
        for place, (one, value) in enumerate(zip(ingredients, soup.values, strict=True))
    ]
    folder = write(best.folder, best.record, taster, parts, rows, arguments.name)
    show(ingredients, rows, folder)
    where = quoted(folder)
    next_steps(f"artesano compare {where} {quoted(best.folder)}", f"artesano predict {where} <images>")
    return 0


def preprocessing(one: Ingredient) -> Preprocessing:
    """How its images become the network's input."""
    return Preprocessing.from_dict(one.record["model"]["preprocessing"])


def weights(one: Ingredient) -> dict[str, Tensor]:
    """Of its best checkpoint: the moving average where it has one, low-rank updates merged."""
    return {key: tensor.cpu() for key, tensor in load(one.folder).network.state_dict().items()}


def in_order(runs: list[Ingredient]) -> list[Ingredient]:
    """The best first.

    Raises:
        BadInput: fewer than two, bundles, runs that have not finished, or that cannot be averaged: other networks,
            classes, monitors or validation images.
    """
    if len(runs) < 2:
        raise BadInput(f"artesano soup: {len(runs)} run; give two or more, or a folder of runs.")
    problems = [line for one in runs for line in unusable(one)]
    problems += [line for one in runs[1:] for line in differences(runs[0], one)] if not problems else []
    problems += [line for one in runs[1:] for line in other_images(runs[0], one)] if not problems else []
    if problems:
        raise BadInput(*problems)
    return sorted(runs, key=lambda one: one.value if one.monitor[1] == "min" else -one.value)


def unusable(one: Ingredient) -> list[str]:
    """Why a run cannot go into any soup."""
    if is_bundle(one.record):
        return [f"{one.folder}: a bundle, which does not say all of its run; give the run folder."]
    if not isinstance(one.record["metrics"]["best"].get(one.monitor[0]), int | float):
        return [f"{one.folder}: has no value of {one.monitor[0]}, its monitor, to be judged by."]
    return []


def differences(first: Ingredient, one: Ingredient) -> list[str]:
    """What of the network, or of what is measured, is another."""
    then, now = (
        records.flat(run.record["model"])
        | {"monitor": " ".join(run.monitor)}
        | {key: value for key, value in run.record["config"].items() if key.startswith("weights.")}
        for run in (first, one)
    )
    return [
        f"{one.folder.name}: {key} is {now.get(key)}, and {then.get(key)} in {first.folder.name}; an average needs the "
        "same network, classes, monitor and pretrained weights."
        for key in {**then, **now}
        if then.get(key) != now.get(key) and key.partition(".")[0] not in MEASURED
    ]


def other_images(first: Ingredient, one: Ingredient) -> list[str]:
    """Validation images that are not the same, and training images of one run among those of the other."""
    if (ours := first.images("val")) == (theirs := one.images("val")):
        return []
    seen = len(one.images("train") & ours) + len(first.images("train") & theirs)
    return [
        f"{one.folder.name}: its validation images are not those of {first.folder.name} ({len(ours - theirs)} of "
        f"{len(ours)} differ), and {seen} validation images of one were trained on by the other; an average can be "
        "judged only by images that no run was trained on: train with the same data and data.split_seed."
    ]


def show(ingredients: list[Ingredient], rows: list[dict[str, Any]], folder: Path) -> None:
    """A row for each ingredient, and one for the average."""
    monitor = ingredients[0].monitor[0]
    on_test = f"test/{monitor.rpartition('/')[2]}"
    table = Table("run", monitor, on_test, "average with it", "", title="soup", title_justify="left")
    for one, row in zip(ingredients, rows, strict=True):
        test = one.record["metrics"]["best"].get(on_test, float("nan"))
        numbers = (f"{value:.4f}" for value in (row["value"], test, row["with"]))
        table.add_row(one.folder.name, *numbers, "in" if row["kept"] else "left out")
    best = records.read(folder)["metrics"]["best"]
    table.add_row(folder.name, f"{best[monitor]:.4f}", f"{best[on_test]:.4f}", "", "", style="bold")
    Console().print(table)
    kept = sum(row["kept"] for row in rows)
    if kept == 1:
        print(f"no other run was any good to the average, so it is {ingredients[0].folder.name} as it stands")
    print(f"the average of {kept} of {len(rows)} runs: {shortest(folder)}")
