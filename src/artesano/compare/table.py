"""Runs -> a table: the config columns that differ, metrics, seeds grouped to mean and spread."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artesano.compare.runs import Run
from artesano.errors import BadInput, nearest

# set for one run, and no cause of its result
APART = (
    "name", "seed", "resume", "dry_run", "run", "task", "log_every", "samples_every", "checkpoint_every",
    "keep_checkpoints",
)  # fmt: skip
APART_BEGINNINGS = ("logger", "trainer.accelerator", "trainer.devices", "wandb")
# keys of `data` that leave the images as they are
SAME_IMAGES = {"batch_size", "balance", "augment", "flip", "mixup", "cutmix", "erase", "in_memory", "workers", "strict"}
SAME_IMAGES |= {"memory_limit_gb", "judged"}
FIRST = (
    "accuracy", "map", "macro_f1", "psnr_rgb", "l1", "hole_l1", "fd_", "fid_", "features_", "modes_", "kl_",
    "coverage_", "ssim",
)  # fmt: skip
LOWER = re.compile(
    r"(^|/)(nll|ece|aurc|loss|l1|hole_l1|fd_|fid_|kid_|kl_|mse|error|lpips|dists|niqe|features_|colour_shift|seconds|discriminator|generator)"
)
MOST = 4  # metrics of a table where none is named
SECONDS = "seconds"


@dataclass
class Row:
    """Runs that differ only in their seed.

    Attributes:
        about: what distinguishes them from other rows, by key.
        runs: finished ones, unless others were requested.
    """

    about: dict[str, Any]
    runs: list[Run] = field(default_factory=list)

    def numbers(self, metric: str) -> list[float]:
        """One for each run that has it."""
        values = (run.values.get(metric) for run in self.runs)
        return [float(value) for value in values if isinstance(value, int | float)]

    def mean(self, metric: str) -> float | None:
        numbers = self.numbers(metric)
        return statistics.fmean(numbers) if numbers else None

    def spread(self, metric: str) -> float | None:
        """Standard deviation of two runs or more (n - 1)."""
        numbers = self.numbers(metric)
        return statistics.stdev(numbers) if len(numbers) > 1 else None


@dataclass
class Comparison:
    """The table of runs of one kind.

    Attributes:
        columns: config keys that differ.
        metrics: names, at least one.
        rows: the best by the first metric first.
        best: metric -> places of its best row and of those that tie with it.
        without: runs that have no result.
        notes: sentences about what the table does not say by itself.
    """

    kind: str
    columns: list[str]
    metrics: list[str]
    rows: list[Row]
    best: dict[str, list[int]]
    without: list[Run]
    notes: list[str] = field(default_factory=list)


def compare(
    runs: Sequence[Run],
    metrics: Sequence[str] = (),
    group_by: Sequence[str] | None = None,
    every_key: bool = False,
    unfinished: bool = False,
) -> Comparison:
    """One table of runs of one kind.

    Args:
        metrics: which, the first decides the order; none = those that most runs have.
        group_by: keys whose equality makes one row; None = all that differ but the seed.
        every_key: all resolved keys that differ, not only those that somebody has set or chosen.
        unfinished: rows also for runs without a result, which come last.

    Raises:
        BadInput: a metric or a key that no run has.
    """
    runs, copies = without_copies(runs)
    done = [run for run in runs if run.metrics or run.record["status"] == "finished"]
    names = chosen_metrics(done or list(runs), metrics)
    shown = list(runs) if unfinished else done
    columns = list(group_by) if group_by is not None else differing(shown, every_key)
    known = {key for run in runs for key in run.values}
    if strange := [key for key in columns if key not in known]:
        raise BadInput(*(f"--group-by {key}: no run has the key.{nearest(key, known)}" for key in strange))
    ordered = rows_by(shown, columns, names)
    return Comparison(
        runs[0].kind if runs else "",
        columns,
        names,
        ordered,
        {name: places for name in names if (places := best_places(ordered, name))},
        [run for run in runs if run.state != "finished"],
        notes(done, copies),
    )


def rows_by(runs: Sequence[Run], columns: Sequence[str], metrics: Sequence[str]) -> list[Row]:
    """A row for all runs with equal values in the columns; the best by the first metric first."""
    rows: dict[tuple, Row] = {}
    for run in runs:
        about = {key: run.values.get(key) for key in columns}
        rows.setdefault(tuple(map(repr, about.values())), Row(about)).runs.append(run)
    return sorted(rows.values(), key=lambda row: order(row, metrics))


def choice_of_images(run: Run) -> tuple[str, ...]:
    """The run's data set and the options that decide which images it has; `data.shots` does, a batch size does not."""
    chosen = [
        f"{key}={value}"
        for key, value in sorted(run.record["config"].items())
        if key == "image_size" or (key.startswith("data.") and key.removeprefix("data.") not in SAME_IMAGES)
    ]
    return str(run.record["choices"].get("data")), *chosen


def place_of_images(run: Run) -> str:
    """The run's data set, with its folder or file where the user has given one."""
    config = run.record["config"]
    given = [config.get(f"data.{key}") for key in ("root", "file", "source_root", "target_root", "lr_root")]
    return " ".join([str(run.record["choices"].get("data")), *(str(place) for place in given if place)])


def compare_each_kind(
    runs: Sequence[Run], metrics: Sequence[str], group_by: Sequence[str] | None, every_key: bool
) -> list[Comparison]:
    """A table for each kind of runs, whose metrics cannot be compared with each other's."""
    kinds = sorted({run.kind for run in runs})
    return [compare([run for run in runs if run.kind == kind], metrics, group_by, every_key) for kind in kinds]


def without_copies(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """The runs, and those left out because they repeat one of them with the same seed, by `artesano rerun` or by the
    same command.

    A rerun is no second sample: counted as one, it would halve the spread over seeds.
    """
    kept: list[Run] = []
    copies: list[Run] = []
    places = {run.folder.parts[-2:] for run in runs}  # trials of several sweeps have the same numbers
    outcomes = set[str]()
    for run in runs:
        original, outcome = Path(run.record.get("rerun_of") or "").parts[-2:], outcome_of(run)
        if (original and original in places) or outcome in outcomes:
            copies.append(run)
        else:
            kept.append(run)
            places.add(original)
            outcomes |= {outcome} if run.metrics else set()
    return kept, copies


def outcome_of(run: Run) -> str:
    """The config with its seed, the data, and all metrics but times: where all are the same, so is the run."""
    config = {key: value for key, value in run.record["config"].items() if key == "seed" or key not in APART}
    metrics = {key: value for key, value in run.metrics.items() if not re.search("seconds|per_second", key)}
    fingerprint = (run.record.get("data") or {}).get("fingerprint")
    return repr([sorted(config.items()), sorted(run.choices.items()), fingerprint, metrics])


def notes(runs: Sequence[Run], copies: Sequence[Run]) -> list[str]:
    """What a reader of the table must know besides: reruns left out, results on different data."""
    lines = []
    if copies:
        lines.append(f"{len(copies)} rerun{'s' * (len(copies) > 1)} left out: the same config and seed as another run")
    fingerprints: dict[tuple[str, ...], set[str]] = {}  # of the same choice of images
    places: dict[str, set[str]] = {}  # of each data set
    for run in runs:
        if fingerprint := (run.record.get("data") or {}).get("fingerprint"):
            fingerprints.setdefault(choice_of_images(run), set()).add(fingerprint)
            places.setdefault(place_of_images(run), set()).add(fingerprint)
    data = sorted(places)
    changed = sorted({choice[0] for choice, some in fingerprints.items() if len(some) > 1})
    lines += [f"data={name}: the files changed between runs of the same options" for name in changed]
    if len(data) > 1 and len(set().union(*places.values())) > 1:
        lines.append(f"the runs were measured on different data: {', '.join(data)}")
    return lines


def differences(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Key of the resolved config whose values differ among these runs -> the value of each, in their order."""
    whole = [{**run.record["config"], **run.choices} for run in runs]
    keys = sorted({key for values in whole for key in values} - set(APART))
    columns = {key: [values.get(key) for values in whole] for key in keys}
    return {key: values for key, values in columns.items() if len(set(map(repr, values))) > 1}


def order(row: Row, names: Sequence[str]) -> tuple[bool, float]:
    """Rows without the first metric last."""
    mean = row.mean(names[0]) if names else None
    return (mean is None, 0.0 if mean is None else mean if lower_is_better(names[0]) else -mean)


def best_places(rows: list[Row], metric: str) -> list[int]:
    """The rows with the best mean, several where they tie; none where all do, or where fewer than two have one."""
    means = {place: mean for place, row in enumerate(rows) if (mean := row.mean(metric)) is not None}
    best = (min if lower_is_better(metric) else max)(means.values(), default=0.0)
    places = [place for place, mean in means.items() if math.isclose(mean, best, rel_tol=1e-9)]
    return places if len(places) < len(means) else []


def lower_is_better(metric: str) -> bool:
    """Losses, distances and times; a gain is no loss."""
    return bool(LOWER.search(metric)) and "_gain" not in metric


def differing(runs: Sequence[Run], every_key: bool) -> list[str]:
    """Keys whose values differ: of the overridden ones, or of all choices and keys of the config."""
    whole = lambda run: (*run.record["choices"], *run.record["config"])  # noqa: E731
    keys = list(dict.fromkeys(key for run in runs for key in (whole(run) if every_key else run.overridden)))
    keys = [key for key in keys if key not in APART and not key.startswith(APART_BEGINNINGS)]
    return [key for key in keys if len({repr(run.values.get(key)) for run in runs}) > 1]


def usual(rows: Sequence[Row]) -> dict[str, Any]:
    """The commonest value of each column."""
    commonest = {}
    for key in rows[0].about if rows else ():
        values = {repr(row.about[key]): row.about[key] for row in rows}
        counts = Counter(repr(row.about[key]) for row in rows)
        commonest[key] = values[max(counts, key=lambda one: (counts[one], one == "None"))]
    return commonest


def chosen_metrics(runs: Sequence[Run], requested: Sequence[str]) -> list[str]:
    """The requested metrics, `accuracy` standing for test/accuracy; by default a few that most runs have."""
    counts: dict[str, int] = {}
    for name in (name for run in runs for name in run.metrics):
        counts[name] = counts.get(name, 0) + 1
    if not requested:
        tests = [name for name in counts if name.startswith("test/")] or list(counts)
        first = [next((name for name in tests if name.startswith(f"test/{word}")), None) for word in FIRST]
        shown = list(dict.fromkeys([*(name for name in first if name), *sorted(tests, key=lambda name: -counts[name])]))
        return [*shown[:MOST], SECONDS]
    names, problems = [], []
    for name in requested:
        match = next(
            (full for full in (name, f"test/{name}", f"val/{name}") if full in counts or full == SECONDS), None
        )
        if match is None:
            problems.append(f"--metric {name}: no run has it.{nearest(name, counts)}")
        else:
            names.append(match)
    if problems:
        raise BadInput(*problems)
    return names
