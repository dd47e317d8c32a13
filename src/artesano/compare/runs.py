"""Run folders -> records, however many there are; what cannot be read is told and left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from artesano.errors import BadInput
from artesano.experiment import record as records
from artesano.experiment.folder import alive, outputs_root
from artesano.experiment.overrides import key as key_of

DEPTHS = ("*/run.json", "*/*/run.json", "*/*/*/run.json")  # a task's folder, outputs/, outputs/ with its sweeps


@dataclass(frozen=True)
class Run:
    """One run folder."""

    folder: Path
    record: dict[str, Any]

    @property
    def kind(self) -> str:
        """transfer, gan or image: what its metrics can be compared with."""
        return (self.record.get("model") or {}).get("kind") or self.record["task"]

    @cached_property
    def values(self) -> dict[str, Any]:
        """All that can be asked about: config, choices, task, status, seed, ..., and metrics of the best checkpoint."""
        record = self.record
        about = {name: record.get(name) for name in ("name", "task", "status", "seed", "seconds", "started")}
        about |= {f"parameters.{name}": value for name, value in (record.get("parameters") or {}).items()}
        about |= {f"speed.{name}": value for name, value in (record.get("speed") or {}).items()}
        health = (record.get("health") or {}).get("verdict")
        about |= {"health": health} if health else {}
        return {
            **record["config"],
            **record["choices"],
            **about,
            "kind": self.kind,
            "run": self.folder.name,
            **self.metrics,
        }

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Those of the best checkpoint; what is not finite is left out."""
        return {name: value for name, value in record_metrics(self.record).items() if value is not None}

    @cached_property
    def words(self) -> list[str]:
        """Keys that somebody has set for this run, in the order given."""
        return list(dict.fromkeys(key_of(word).lstrip("+~") for word in self.record["overrides"]))

    @property
    def state(self) -> str:
        """finished, failed, interrupted, running, or killed: `running` without a process."""
        status = self.record["status"]
        return "killed" if status == "running" and not alive(self.folder) else status

    @property
    def trouble(self) -> str | None:
        """Why there is no result; None for a finished run and for one that is running."""
        if self.state in ("finished", "running"):
            return None
        error = self.record.get("error") or {}
        first = (str(error.get("message") or "").splitlines() or [""])[0]
        reason = f": {error['type']}: {first}" if error.get("type") else ""
        step = f" at step {error['step']}" if error.get("step") is not None else ""
        return f"{self.state}{step}{reason}"


def record_metrics(record: dict[str, Any]) -> dict[str, Any]:
    """Of the best checkpoint, else of the last."""
    metrics = record.get("metrics") or {}
    return metrics.get("best") or metrics.get("last") or {}


def gather(places: Sequence[str]) -> tuple[list[Run], list[str]]:
    """All runs in these places, by folder, and a line for each folder that cannot be read.

    Args:
        places: folders of runs, run folders, numbers, `last`; none = the outputs folder.

    Raises:
        BadInput: a place that is neither a folder nor a run.
    """
    runs, problems = {}, []
    for folder in folders(places):
        if folder in runs:
            continue
        try:
            found = records.read(folder)
            missing = [name for name in ("task", "config", "choices", "overrides", "status") if name not in found]
            if missing:
                raise BadInput(f"{folder / 'run.json'}: without {', '.join(missing)}")
            runs[folder] = Run(folder, found)
        except BadInput as error:
            problems += error.problems
    return list(runs.values()), problems


def folders(places: Sequence[str]) -> Iterator[Path]:
    """Run folders, half-written ones included: those that have checkpoints or a config but no record."""
    for place in places or [str(outputs_root())]:
        path = Path(place).expanduser().absolute()
        if not path.is_dir() or (path / "run.json").is_file():
            yield records.find(place)
            continue
        found = {file.parent for depth in DEPTHS for file in path.glob(depth)}
        found |= {file.parent for depth in DEPTHS for file in path.glob(depth.replace("run.json", "config.yaml"))}
        yield from sorted(found)
