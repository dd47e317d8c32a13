"""A grid of runs: every job is checked before the first starts, then each runs in a process of its own.

`-m seed=0,1 strategy=freeze,full` makes four jobs, and so does an experiment file with `hydra.mode: MULTIRUN` and
`hydra.sweeper.params`. They run one after the other, because each uses the whole machine; small ones may share it
(`hydra/launcher=joblib`). Imports no torch.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from artesano.config import search_path
from artesano.config.check_keys import checked, one_line
from artesano.config.overrides import is_path, key, normalise, value
from artesano.errors import BadInput
from artesano.experiment import launcher
from artesano.experiment.pinned import pin_overrides
from artesano.experiment.start import prepare
from artesano.progress_bars import load_torch
from artesano.runs.folder import new_run_folder, outputs_root, slug
from artesano.runs.record import read

FLAGS = {"-m", "--multirun"}
LOOKED_INTO = 4  # refused jobs of which all problems are told together, a second or more each


def is_grid(overrides: list[str]) -> bool:
    """True when the overrides, or the experiment that they choose, define a grid.

    Raises:
        BadInput: a launcher without a grid.
    """
    about_launcher, rest = launcher.chosen(overrides)
    multirun = bool(FLAGS & set(rest))
    if not multirun and any(key(override) in ("experiment", "hydra.mode") for override in rest):
        with search_path.opened() as loader:
            multirun = sweep_of(rest, loader) is not None
    if about_launcher and not multirun:
        raise BadInput(f"{about_launcher[0]}: a launcher is for a grid of runs; add -m, or leave it out.")
    return multirun


def expand(overrides: list[str]) -> list[list[str]]:
    """The overrides of each job, the last one varying fastest, as in Hydra's basic sweeper.

    A path cannot hold a sweep (`a,b.jpg` is a file): `data.root=choice(a, b)` lists several.

    Raises:
        BadInput: a value that cannot be read, or a sweep that has no list of values.
    """
    base = [override for override in launcher.chosen(overrides)[1] if override not in FLAGS]
    with search_path.opened() as loader:
        params = sweep_of(base, loader) or {}
        overridden = {key(override) for override in base}
        base = [*(f"{name}={values}" for name, values in params.items() if name not in overridden), *base]
        base = [
            override
            for override in base
            if key(override) != "hydra.mode" and not key(override).startswith("hydra.sweeper")
        ]
        lists, problems = [], []
        for override in base:
            try:
                lists.append(values_of(override, loader))
            except HydraException as error:
                problems.append(f"{override}: {one_line(error)}")
    if problems:
        raise BadInput(*problems)
    # A job is one run, whatever the experiment file says.
    mode = ["hydra.mode=RUN"] if params else []
    return [normalise([*job, *mode]) for job in itertools.product(*lists)]


def values_of(override: str, loader: ConfigLoader) -> list[str]:
    """`seed=0,1` -> ["seed=0", "seed=1"]; an override without a sweep as it is."""
    name = override.partition("=")[0]
    if is_path(override):
        several = re.fullmatch(r"\s*choice\((.*)\)\s*", value(override))
        return [f"{name}={part.strip()}" for part in several[1].split(",")] if several else [override]
    if "=" not in override:
        return [override]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides([override])[0]
    if not parsed.is_sweep_override():
        return [override]
    return [f"{name}={text}" for text in parsed.sweep_string_iterator()]


def sweep_of(overrides: list[str], loader: ConfigLoader) -> dict[str, Any] | None:
    """`hydra.sweeper.params` of the experiment when it asks for a grid; None when it does not.

    Only the overrides without a sweep are composed; their problems are reported later, for each job.
    """
    plain = []
    for override in overrides:
        try:
            if override not in FLAGS and len(values_of(override, loader)) == 1:
                plain.append(override)
        except HydraException:
            continue
    try:
        node = checked(normalise(plain), loader).hydra
    except (BadInput, HydraException, OmegaConfBaseException):
        return None
    multirun = node.mode is not None and node.mode.name == "MULTIRUN"
    return dict(node.sweeper.params or {}) if multirun else None


def check(jobs: list[list[str]]) -> None:
    """Keys, types, data and weights of every job.

    Raises:
        BadInput: all problems of all jobs, each once.
    """
    from artesano.config.compose import compose

    load_torch()
    from artesano.kinds.all_problems import checks_of, further

    problems: dict[str, None] = {}
    for number, job in enumerate(jobs):
        try:
            check_of_job = checks_of(compose(job))
        except BadInput as error:
            problems |= dict.fromkeys(error.problems)
            if number < LOOKED_INTO:
                problems |= dict.fromkeys(further(job, error.problems))
            continue
        try:
            check_of_job()
        except BadInput as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise BadInput(*problems)


def launch(overrides: list[str], then: Callable[[list[Path]], None] | None = None) -> int:
    """Check all jobs, then run them; a failure does not stop the rest.

    Args:
        then: gets the run folders of the jobs, when all have ended.

    Returns:
        0 when all finished; 1 when any failed, 2 when all that failed were refused; 130 or 143 when stopped.

    Raises:
        BadInput: what is wrong with any job, or a launcher that is none.
    """
    about_launcher, _ = launcher.chosen(overrides)
    at_once, fresh = launcher.at_once(about_launcher), launcher.fresh(about_launcher)
    jobs = [pin_overrides(job) for job in expand(overrides)]
    prepare(fresh)
    check(jobs)
    chosen = launcher_of(jobs, min(at_once, len(jobs)), fresh)
    before = run_folders()
    codes = chosen.run(jobs)
    failed = [number for number, code in enumerate(codes, start=1) if code]
    if chosen.stopped:
        print(f"stopped; {codes.count(0)} of {len(jobs)} jobs had finished", file=sys.stderr)
        return chosen.stopped
    print(f"{codes.count(0)} of {len(jobs)} jobs finished" + (f"; failed: {failed}" if failed else ""))
    if then:
        then([folder for folder in sorted(run_folders() - before) if read(folder).get("overrides") in jobs])
    return 0 if not failed else 2 if all(code in (0, 2) for code in codes) else 1


def run_folders() -> set[Path]:
    """All that there are."""
    return {file.parent for file in outputs_root().glob("*/*/run.json")}


def launcher_of(jobs: list[list[str]], at_once: int, fresh: bool) -> launcher.Launcher:
    """Jobs that share the machine share its cores, and write what they say into files."""
    from artesano.experiment.wandb_run import grouped

    name = grid_name(jobs)
    env = grouped(name, "grid")
    if at_once == 1:
        return launcher.Launcher(env=env, fresh=fresh)
    env["OMP_NUM_THREADS"] = threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, launcher.cores() // at_once))
    logs = new_run_folder("multirun", name)
    print(f"{at_once} jobs at a time, OMP_NUM_THREADS={threads}; logs: {logs}", flush=True)
    return launcher.Launcher(at_once, env, logs, fresh)


def grid_name(jobs: list[list[str]]) -> str:
    """`strategy-seed-3f2a`: the keys that vary, and a hash of all overrides; the same grid has the same name."""
    varied = [key(values[0]) for values in zip(*jobs, strict=True) if len(set(values)) > 1]
    return f"{slug('-'.join(varied) or 'grid')[:48]}-{hashlib.sha256(repr(jobs).encode()).hexdigest()[:4]}"
