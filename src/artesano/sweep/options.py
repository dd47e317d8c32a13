"""The command line of a sweep: its own options, checked, and the overrides of its trials."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artesano.config.overrides import key, value
from artesano.errors import BadInput, nearest
from artesano.own_folders import outputs_root
from artesano.runs.folder import slug
from artesano.sweep.alive import GRACE
from artesano.sweep.storage import STORAGE, Storage

NUMBERS = {"n_trials": int, "workers": int, "hours": float, "grace": float}
OWN = {*NUMBERS, "sweep", "name", "storage", "sampler", "pruner", "launcher", "fresh"}
LAUNCHERS = ("local", "ray", "slurm")
OPTIONS: dict[str, type] = {
    "cpus": int, "gpus": int, "minutes": int, "memory": float, "partition": str, "account": str, "qos": str,
    "cluster": str,
}  # fmt: skip
OF = {"local": (), "ray": ("cpus", "gpus"), "slurm": tuple(OPTIONS)}  # options of each launcher


@dataclass(frozen=True)
class SweepOptions:
    """The options of one sweep.

    Attributes:
        sweep: name of a search space, or a YAML file.
        overrides: of every trial.
        hours: from now on in which trials may begin.
        grace: seconds of silence after which a trial of another machine counts as killed.
        fresh: each trial is a cold interpreter, and not forked from one that has done the imports.
        changes: `sampler` and `pruner`, where they are not those of the search space.
        launcher_options: `cpus`, `gpus`, `minutes` ...
        arguments: of this command, without `storage`, whose password must not stand in a list of processes.
    """

    sweep: str
    overrides: list[str]
    name: str
    n_trials: int = 40
    workers: int = 1
    hours: float | None = None
    grace: float = GRACE
    storage: str = "journal"
    changes: dict[str, Any] = field(default_factory=dict)
    launcher: str = "local"
    fresh: bool = False
    launcher_options: dict[str, Any] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    @property
    def place(self) -> Storage:
        """The study's storage, which knows the sweep's folder."""
        return Storage(self.storage, outputs_root() / "sweeps" / self.name)

    @classmethod
    def of(cls, arguments: list[str]) -> SweepOptions:
        """From the arguments of the command.

        Raises:
            BadInput: no search space, values that are not numbers, or options that the launcher does not have.
        """
        named = [(own_key(argument), value(argument), argument) for argument in arguments]
        own = {name: text for name, text, _ in named if name in OWN}
        if "sweep" not in own:
            raise BadInput("a search space is required: sweep=transfer, gan, hacks, sr or a YAML file of yours.")
        launcher_options = {name.partition(".")[2]: text for name, text, _ in named if name.startswith("launcher.")}
        launcher = own.get("launcher", "local")
        problems: list[str] = []
        numbers = {name: number(name, own[name], kind, problems) for name, kind in NUMBERS.items() if name in own}
        launcher_options = checked_options(launcher, launcher_options, problems)
        fresh = own.get("fresh", "false")
        if fresh not in ("true", "false"):
            problems.append(f"fresh={fresh}: give true or false.")
        if problems:
            raise BadInput(*problems)
        return cls(
            sweep=own["sweep"],
            overrides=[word for name, _, word in named if name not in OWN and not name.startswith("launcher.")],
            name=slug(own.get("name") or Path(own["sweep"]).stem),
            **numbers,
            storage=own.get("storage") or os.environ.get(STORAGE) or "journal",
            changes={name: None if own[name] == "null" else own[name] for name in ("sampler", "pruner") if name in own},
            launcher=launcher,
            fresh=fresh == "true",
            launcher_options=launcher_options,
            arguments=tuple(argument for name, _, argument in named if name != "storage"),
        )


def own_key(argument: str) -> str:
    """`sweep.launcher=ray` is `launcher=ray`."""
    return key(argument).removeprefix("sweep.")


def number(name: str, text: str, kind: type, problems: list[str], least: float = 0) -> Any:
    """The text as a number above `least`; what is none is added to the problems."""
    try:
        if kind(text) > least:
            return kind(text)
    except ValueError:
        pass
    problems.append(f"{name}={text}: give a {'whole ' * (kind is int)}number {'above' if least == 0 else 'from'} 0.")
    return None


def checked_options(launcher: str, options: dict[str, str], problems: list[str]) -> dict[str, Any]:
    """The options of a launcher with their types; what is wrong is added to the problems."""
    if launcher not in LAUNCHERS:
        there = ", ".join(LAUNCHERS)
        problems.append(f"launcher={launcher}: no such launcher; accepted: {there}.{nearest(launcher, LAUNCHERS)}")
        return {}
    for name in options:
        if name not in OF[launcher]:
            there = ", ".join(OF[launcher]) or "no options"
            problems.append(f"launcher.{name}: launcher={launcher} takes {there}.{nearest(name, OF[launcher])}")
    if launcher == "slurm" and "minutes" not in options:
        problems.append(
            "launcher.minutes: the minutes that a Slurm job may run are required; trials that it does not finish "
            "are started again."
        )
    if options.get("cluster", "local") not in ("local", "slurm"):
        problems.append(f"launcher.cluster={options['cluster']}: give slurm, or local to try it without Slurm.")
    return {
        name: text
        if OPTIONS[name] is str
        else number(f"launcher.{name}", text, OPTIONS[name], problems, -(name == "gpus"))
        for name, text in options.items()
        if name in OF[launcher]
    }
