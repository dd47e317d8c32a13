"""Repeat a run from its record and compare the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artesano.config.short_forms import full
from artesano.config.targets import check_targets, load_plain
from artesano.errors import BadInput
from artesano.experiment.pinned import pin_config
from artesano.experiment.process import keep_freed_memory
from artesano.experiment.resume import extended
from artesano.experiment.run import Run, begin
from artesano.experiment.same_data import keep_split
from artesano.experiment.same_start import same_start
from artesano.kinds.registry import experiment_of, refuse_bundle
from artesano.next_steps import quoted
from artesano.runs import record
from artesano.runs.find import find_run
from artesano.runs.folder import FILES

TIMED = ("seconds", "per_second")  # parts of the names of what is never equal


@dataclass(frozen=True)
class Repetition:
    """A run and the one that it repeats.

    Attributes:
        different: `best/test/accuracy` -> (then, now) of the metrics that are not bit for bit the same.
        curves: metrics.csv is the same, byte for byte.
    """

    run: Run
    of: Path
    different: dict[str, tuple[Any, Any]]
    curves: bool

    @property
    def identical(self) -> bool:
        return self.curves and not self.different


def changes(known: dict[str, Any]) -> list[str]:
    """What has changed since the run began: versions, commit, uncommitted changes, its own length."""
    now = record.versions()
    lines = [
        f"{package} was {version}, is {now.get(package)}"
        for package, version in known["versions"].items()
        if now.get(package) != version
    ]
    then, git = known["git"], record.git_state()
    if then["commit"] and git["commit"] and then["commit"] != git["commit"]:
        lines.append(f"the code was commit {then['commit'][:9]}, is {git['commit'][:9]}")
    if then["dirty"]:
        lines.append("the run was made with uncommitted changes, which are not recorded")
    if git["dirty"]:
        lines.append("there are uncommitted changes now")
    return lines + lengthened(known)


def lengthened(known: dict[str, Any]) -> list[str]:
    """Why a run that was made longer, or whose minutes were over, may come out otherwise when it is trained again."""
    ended = known.get("ended_by") or {}
    over = [*known.get("time_was_over", []), *([ended["step"]] if ended.get("key") == "max_minutes" else [])]
    return [
        f"resume made the run longer: up to step {one['at']} its learning rate, stages and validations were those of "
        f"{one['planned']} steps; in one piece all of them follow {known['steps']} steps"
        for one in known.get("lengthened", [])
    ] + [
        f"max_minutes ended the run at step {step}, where it was validated once more; how far a rerun comes in that "
        "time depends on the machine"
        for step in over
    ]


def rerun(run: str, overrides: list[str]) -> Repetition:
    """Run the config of `run` again, in a folder of its own.

    Args:
        run: a folder, a number or `last`.
        overrides: trainer.* and logger.*, which leave it the same run.

    Raises:
        BadInput: no such run, a branch, one that has not finished, other overrides, a forbidden target in its config;
            files that are missing or replaced, with which the same numbers cannot come out. Files that were added go
            nowhere.
    """
    keep_freed_memory()
    overrides = full(overrides)
    folder = find_run(run)
    known = record.read(folder)
    refuse_bundle(run, known, "rerun")
    if origin := known.get("branch_of"):
        words = " ".join([f"artesano branch {quoted(origin['run'])} --at {origin['at']}", *origin["changes"]])
        raise BadInput(f"{folder}: a branch is not repeated from step 0; branch it off again: {words}")
    if known["status"] != "finished":
        raise BadInput(
            f"{folder}: {known['status']}, so it has no final metrics to compare with; finish it with artesano "
            f"resume {folder}"
        )
    if wrong := [word for word in overrides if not word.startswith(("trainer.", "logger."))]:
        raise BadInput(
            *(
                f"{word}: rerun accepts only trainer.* and logger.*; to change other keys use artesano train"
                for word in wrong
            )
        )
    config = pin_config(extended(load_plain(folder / "config.yaml"), overrides))
    check_targets(config)
    experiment = experiment_of(config)
    for line in keep_split(experiment, folder, known):
        print(line)
    experiment.check()
    same_start(experiment, folder, known)
    again = begin(experiment, known["name"], known["overrides"], known["choices"], rerun_of=str(folder))
    assert again.folder is not None
    now = record.read(again.folder)  # as it was written: what is not a number is null there
    return Repetition(
        again, folder, differences(known, now, (folder / FILES).is_file()), same_curves(folder, again.folder)
    )


def differences(then: dict[str, Any], now: dict[str, Any], listed: bool = False) -> dict[str, tuple[Any, Any]]:
    """Metrics that differ in any bit, and the fingerprint of the data if it does.

    Args:
        listed: the content of the files has been compared; the fingerprint also depends on their paths and times.
    """
    changed: dict[str, tuple[Any, Any]] = {}
    for state in ("last", "best"):
        old, new = then["metrics"][state], now["metrics"][state]
        for name in old:  # what an older version did not measure is no difference
            if old.get(name) != new.get(name) and not any(word in name for word in TIMED):
                changed[f"{state}/{name}"] = (old.get(name), new.get(name))
    if then["data"]["fingerprint"] != now["data"]["fingerprint"] and not listed:
        changed["data.fingerprint"] = (then["data"]["fingerprint"], now["data"]["fingerprint"])
    return changed


def same_curves(one: Path, other: Path) -> bool:
    """True when metrics.csv is the same, except for measured times."""
    files = [folder / "metrics.csv" for folder in (one, other)]
    return all(file.is_file() for file in files) and files[0].read_bytes() == files[1].read_bytes()
