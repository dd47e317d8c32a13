"""The own words of a sweep, checked; all others go to its trials."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artesano.config.overrides import key, value
from artesano.errors import BadInput, nearest
from artesano.runs.folder import outputs_root, slug
from artesano.sweep.alive import GRACE
from artesano.sweep.storage import STORAGE, Storage

NUMBERS = {"n_trials": int, "workers": int, "hours": float, "grace": float}
OWN = {*NUMBERS, "sweep", "name", "storage", "sampler", "pruner", "launcher", "fresh"}
LAUNCHERS = ("local", "ray", "slurm")
OPTIONS: dict[str, type] = {
    "cpus": int, "gpus": int, "minutes": int, "memory": float, "partition": str, "account": str, "qos": str,
    "cluster": str,
}  # fmt: skip
OF = {"local": (), "ray": ("cpus", "gpus"), "slurm": tuple(OPTIONS)}  # which launcher takes which


@dataclass(frozen=True)
class SweepOptions:
    """What was asked for.

    Attributes:
        words: of every trial.
        again: the words of this command but `storage`, whose password nobody should read in a list of processes.
        hours: from now on in which trials may begin.
        grace: seconds of silence after which a trial of another machine counts as killed.
        fresh: each trial is a cold interpreter, and not forked from one that has done the imports.
        options: of the launcher: `cpus`, `gpus`, `minutes` ...
    """

    sweep: str
    words: list[str]
    name: str
    n_trials: int = 40
    workers: int = 1
    hours: float | None = None
    grace: float = GRACE
    storage: str = "journal"
    changes: dict[str, Any] = field(default_factory=dict)
    launcher: str = "local"
    fresh: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    again: tuple[str, ...] = ()

    @property
    def place(self) -> Storage:
        """The study's, and with it the folder."""
        return Storage(self.storage, outputs_root() / "sweeps" / self.name)

    @classmethod
    def of(cls, words: list[str]) -> SweepOptions:
        """Raises BadInput: no space; numbers that are none; options that the launcher does not have."""
        named = [(own_key(word), value(word), word) for word in words]
        given = {name: what for name, what, _ in named if name in OWN}
        if "sweep" not in given:
            raise BadInput("which search space? sweep=transfer, gan, hacks, sr or a YAML file of yours.")
        options = {name.partition(".")[2]: what for name, what, _ in named if name.startswith("launcher.")}
        launcher = given.get("launcher", "local")
        problems: list[str] = []
        numbers = {name: number(name, given[name], kind, problems) for name, kind in NUMBERS.items() if name in given}
        checked = checked_options(launcher, options, problems)
        fresh = given.get("fresh", "false")
        if fresh not in ("true", "false"):
            problems.append(f"fresh={fresh}: give true or false.")
        if problems:
            raise BadInput(*problems)
        return cls(
            sweep=given["sweep"],
            words=[word for name, _, word in named if name not in OWN and not name.startswith("launcher.")],
            name=slug(given.get("name") or Path(given["sweep"]).stem),
            **numbers,
            storage=given.get("storage") or os.environ.get(STORAGE) or "journal",
            changes={
                name: None if given[name] == "null" else given[name] for name in ("sampler", "pruner") if name in given
            },
            launcher=launcher,
            fresh=fresh == "true",
            options=checked,
            again=tuple(word for name, _, word in named if name != "storage"),
        )


def own_key(word: str) -> str:
    """`sweep.launcher=ray` is `launcher=ray`."""
    return key(word).removeprefix("sweep.")


def number(name: str, given: str, kind: type, problems: list[str], least: float = 0) -> Any:
    """A number above 0 (`least=-1`: or 0), or one problem more."""
    try:
        if kind(given) > least:
            return kind(given)
    except ValueError:
        pass
    problems.append(f"{name}={given}: give a {'whole ' * (kind is int)}number {'above' if least == 0 else 'from'} 0.")
    return None


def checked_options(launcher: str, given: dict[str, str], problems: list[str]) -> dict[str, Any]:
    if launcher not in LAUNCHERS:
        there = ", ".join(LAUNCHERS)
        problems.append(f"launcher={launcher}: there is no such launcher, but {there}.{nearest(launcher, LAUNCHERS)}")
        return {}
    for name in given:
        if name not in OF[launcher]:
            there = ", ".join(OF[launcher]) or "none: its workers share this machine"
            problems.append(f"launcher.{name}: launcher={launcher} takes {there}.{nearest(name, OF[launcher])}")
    if launcher == "slurm" and "minutes" not in given:
        problems.append("launcher.minutes: say how long a Slurm job may run; what it does not finish is tried again.")
    if given.get("cluster", "local") not in ("local", "slurm"):
        problems.append(f"launcher.cluster={given['cluster']}: slurm, or local to try it out without Slurm.")
    kinds = {name: OPTIONS[name] for name in given if name in OF[launcher]}
    return {
        name: given[name] if kind is str else number(f"launcher.{name}", given[name], kind, problems, -(name == "gpus"))
        for name, kind in kinds.items()
    }
