"""Run folders -> records; those that cannot be read are reported and left out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from artesano.compare.remember import until_changed
from artesano.config.overrides import key as key_of
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.kinds import registry
from artesano.own_folders import outputs_root
from artesano.runs import record as records
from artesano.runs.bundle import is_bundle
from artesano.runs.find import find_run
from artesano.runs.folder import alive

DEPTH = 3  # runs lie in a task's folder, in outputs/, or in outputs/ below its sweeps
FIELDS = {"name": str, "task": str, "status": str, "config": dict, "choices": dict, "overrides": list}
KEPT = 1 << 16  # records


@dataclass(frozen=True, eq=False)
class Run:
    """One run folder."""

    folder: Path
    record: dict[str, Any]

    @cached_property
    def kind(self) -> str:
        """The name of its kind, within which metrics can be compared; the task where the kind's package is missing."""
        try:
            return registry.of_record(self.record).name
        except BadInput:
            return self.record.get("kind") or self.record["task"]

    @property
    def title(self) -> str:
        """The folder's name; that of a trial with its sweep."""
        name = self.folder.name
        return f"{self.folder.parent.name}/{name}" if name.isdigit() else name

    @cached_property
    def values(self) -> dict[str, Any]:
        """Values for `--where` and columns: config, choices, status, seed, ..., metrics of the best checkpoint."""
        record = self.record
        about = {name: record.get(name) for name in ("name", "task", "status", "seed", "seconds", "started")}
        about |= {f"parameters.{name}": value for name, value in (record.get("parameters") or {}).items()}
        about |= {f"speed.{name}": value for name, value in (record.get("speed") or {}).items()}
        about |= {"health": self.health[0]} if self.health else {}
        about |= {"branch_of": self.origin} if self.origin else {}
        about |= {"soup": self.soup} if self.soup else {}
        about |= {"ended_by": ended["key"]} if (ended := record.get("ended_by")) else {}
        return {
            **record["config"],
            **self.choices,
            **about,
            "kind": self.kind,
            "run": self.folder.name,
            **self.metrics,
        }

    @cached_property
    def choices(self) -> dict[str, Any]:
        """Group -> option. A GAN from images that began with published files has their names as its networks."""
        files = (self.record.get("start") or {}).get("files") or {}
        networks = {"generator": files.get("generator_a2b"), "discriminator": files.get("discriminator")}
        return self.record["choices"] | {group: file for group, file in networks.items() if file}

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Finite metrics of the best checkpoint."""
        return {name: value for name, value in record_metrics(self.record).items() if value is not None}

    @cached_property
    def overridden(self) -> list[str]:
        """Keys of the run's overrides, in their order."""
        keys = [key_of(word).lstrip("+~") for word in self.record["overrides"]]
        own = [*(["branch_of"] if self.origin else []), *(["soup"] if self.soup else [])]
        return list(dict.fromkeys([*keys, *own]))

    @property
    def origin(self) -> str | None:
        """`0007-rings-toy-points at step 500` of a run that `artesano branch` began; None of all others."""
        branch = self.record.get("branch_of")
        return f"{Path(branch['run']).name} at step {branch['at']}" if branch else None

    @property
    def soup(self) -> str | None:
        """`3 of 5 runs` of an average; None of all others."""
        rows = self.record.get("soup") or []
        return f"{sum(row['kept'] for row in rows)} of {len(rows)} runs" if rows else None

    @property
    def health(self) -> tuple[str, str, str] | None:
        """Verdict on a GAN, the sentence that explains it, what to try."""
        health = self.record.get("health") or {}
        verdict = (health.get("verdict"), health.get("sentence"), ", ".join(health.get("advice") or ()))
        return tuple(str(text or "") for text in verdict) if verdict[0] else None  # type: ignore[return-value]

    @property
    def state(self) -> str:
        """finished, failed, interrupted, running, killed: `running` without a process, or pruned: a sweep's trial."""
        status = self.record["status"]
        if status != "finished" and (self.record.get("error") or {}).get("type") == "Pruned":
            return "pruned"
        return "killed" if status == "running" and not alive(self.folder) else status

    @property
    def trouble(self) -> str | None:
        """Why there is no result; None for a finished run and for one that is running."""
        if self.state in ("finished", "running"):
            return None
        error = self.record.get("error") or {}
        first = (str(error.get("message") or "").splitlines() or [""])[0]
        if first.endswith(":"):  # a list would follow
            first = first.rpartition(". ")[0] or first
        step = f" at step {error['step']}" if error.get("step") is not None else ""
        kind = None if error.get("type") in ("Interrupted", "Pruned") else error.get("type")
        return ": ".join(filter(None, (f"{self.state}{step}", kind, first)))


def record_metrics(record: dict[str, Any]) -> dict[str, Any]:
    """Of the best checkpoint, else of the last."""
    metrics = record.get("metrics") or {}
    return metrics.get("best") or metrics.get("last") or {}


def gather(places: Sequence[str]) -> tuple[list[Run], list[str]]:
    """All runs in these places, by folder, and a line for each folder that cannot be read.

    A bundle that was unpacked to be used is no run of its own: it counts only where it is named.

    Args:
        places: folders of runs, run folders, numbers, `last`, bundles; none = the outputs folder.

    Raises:
        BadInput: a place that is neither a folder nor a run.
    """
    runs: dict[Path, Run] = {}
    problems: list[str] = []
    for folder, named in folders(places):
        try:
            run = runs.get(folder) or read(folder / "run.json")
        except BadInput as error:
            problems += error.problems
            continue
        if named or not is_bundle(run.record):
            runs[folder] = run
    return list(runs.values()), problems


@until_changed(KEPT)
def read(path: Path) -> Run:
    """The run of a record.

    Raises:
        BadInput: no record, or none of a run.
    """
    record = records.read(path.parent)
    wrong = [name for name, kind in FIELDS.items() if not isinstance(record.get(name), kind)]
    if wrong:
        raise BadInput(f"{path}: without {', '.join(wrong)}")
    return Run(path.parent, record)


def folders(places: Sequence[str]) -> Iterator[tuple[Path, bool]]:
    """Run folders, and whether each is named itself; half-written ones included, that have a config but no record."""
    for place in places or [str(outputs_root())]:
        path = expanded(place).absolute()
        if not path.is_dir() or (path / "run.json").is_file():
            yield find_run(place), True
        else:
            yield from ((folder, False) for folder in below(path, DEPTH))


def below(place: Path, depth: int) -> Iterator[Path]:
    """Run folders by name, never one inside of another."""
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    except OSError:  # gone meanwhile
        return
    for entry in entries:
        if entry.name.startswith(".") or not entry.is_dir():
            continue
        folder = Path(entry.path)
        if (folder / "run.json").is_file() or (folder / "config.yaml").is_file():
            yield folder
        elif depth > 1:
            yield from below(folder, depth - 1)
