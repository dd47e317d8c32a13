"""A grid of runs: every job is checked before the first starts, then each runs in a process of its own.

`-m seed=0,1 strategy=freeze,full` makes four jobs, and so does an experiment file with `hydra.mode: MULTIRUN` and
`hydra.sweeper.params`. Processes, because W&B, memory and a crash of one job must not reach the next; one after the
other, because each uses the whole machine. Imports no torch.
"""

from __future__ import annotations

import itertools
import re
import shlex
import signal
import subprocess
import sys
from types import FrameType
from typing import Any

import hydra
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from artesano.errors import BadInput
from artesano.experiment import configs
from artesano.experiment.check_keys import accepted, one_line
from artesano.experiment.overrides import is_path, key, normalise, value

FLAGS = {"-m", "--multirun"}


def asked_for(overrides: list[str]) -> bool:
    """True when the words themselves, or the experiment they choose, ask for a grid."""
    if FLAGS & set(overrides):
        return True
    if not any(key(word) in ("experiment", "hydra.mode") for word in overrides):
        return False
    with configs.opened() as loader:
        return sweep_of(overrides, loader) is not None


def expand(overrides: list[str]) -> list[list[str]]:
    """The words of each job, the last word varying fastest, as Hydra's basic sweeper does it.

    A path cannot hold a sweep (`a,b.jpg` is a file): `data.root=choice(a, b)` lists several.

    Raises:
        BadInput: a value that cannot be read, or a sweep that has no list of values.
    """
    words = [word for word in overrides if word not in FLAGS]
    with configs.opened() as loader:
        params = sweep_of(words, loader) or {}
        given = {key(word) for word in words}
        words = [*(f"{name}={values}" for name, values in params.items() if name not in given), *words]
        words = [word for word in words if key(word) != "hydra.mode" and not key(word).startswith("hydra.sweeper")]
        lists, problems = [], []
        for word in words:
            try:
                lists.append(values_of(word, loader))
            except HydraException as error:
                problems.append(f"{word}: {one_line(error)}")
    if problems:
        raise BadInput(*problems)
    # A job is one run, whatever the experiment file says.
    mode = ["hydra.mode=RUN"] if params else []
    return [normalise([*job, *mode]) for job in itertools.product(*lists)]


def values_of(word: str, loader: ConfigLoader) -> list[str]:
    """`seed=0,1` -> ["seed=0", "seed=1"]; a word without a sweep as it is."""
    name = word.partition("=")[0]
    if is_path(word):
        several = re.fullmatch(r"\s*choice\((.*)\)\s*", value(word))
        return [f"{name}={part.strip()}" for part in several[1].split(",")] if several else [word]
    if "=" not in word:
        return [word]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides([word])[0]
    if not parsed.is_sweep_override():
        return [word]
    return [f"{name}={text}" for text in parsed.sweep_string_iterator()]


def sweep_of(words: list[str], loader: ConfigLoader) -> dict[str, Any] | None:
    """`hydra.sweeper.params` of the experiment when it asks for a grid; None when it does not.

    Only the words without a sweep are composed, and what is wrong with them is said later, for each job.
    """
    plain = []
    for word in words:
        try:
            if word not in FLAGS and len(values_of(word, loader)) == 1:
                plain.append(word)
        except HydraException:
            continue
    try:
        node = hydra.compose("train", accepted(normalise(plain), loader), return_hydra_config=True).hydra
    except (BadInput, HydraException, OmegaConfBaseException):
        return None
    multirun = node.mode is not None and node.mode.name == "MULTIRUN"
    return dict(node.sweeper.params or {}) if multirun else None


def check(jobs: list[list[str]]) -> None:
    """Keys, types, data and weights of every job.

    Raises:
        BadInput: all problems of all jobs, each once.
    """
    from artesano.experiment.compose import compose

    problems: dict[str, None] = {}
    composed = []
    for job in jobs:
        try:
            composed.append(compose(job))
        except BadInput as error:
            problems |= dict.fromkeys(error.problems)
    if not problems:
        from artesano.experiment.schema import check_types
        from artesano.experiment.tasks import load_task

        for one in composed:
            try:
                check_types(one.resolved)
                load_task(one.resolved).check()
            except BadInput as error:
                problems |= dict.fromkeys(error.problems)
    if problems:
        raise BadInput(*problems)


def launch(overrides: list[str]) -> int:
    """Check all jobs, then run them one after the other; a failure does not stop the rest.

    Returns:
        0 when all finished; 1 when any failed, 2 when all that failed were refused; 130 or 143 when stopped.
    """
    if any(key(word) == "hydra/launcher" for word in overrides):
        raise BadInput("hydra/launcher: the jobs of a grid run one after the other, each in its own process.")
    jobs = expand(overrides)
    check(jobs)
    codes: list[int] = []
    for number, job in enumerate(jobs, start=1):
        print(f"[{number}/{len(jobs)}] artesano train {shlex.join(job)}", flush=True)
        code = run_job(job)
        if code in (130, 143):
            print(f"stopped in job {number} of {len(jobs)}", file=sys.stderr)
            return code
        codes.append(code)
    failed = [number for number, code in enumerate(codes, start=1) if code]
    print(f"{len(jobs) - len(failed)} of {len(jobs)} jobs finished" + (f"; failed: {failed}" if failed else ""))
    return 0 if not failed else 2 if all(code in (0, 2) for code in codes) else 1


def run_job(job: list[str]) -> int:
    """One `artesano train` in a process of its own; returns its exit code.

    It has its own session, so that Ctrl-C and SIGTERM reach it once, from here, whoever sent them.
    """
    process = subprocess.Popen([sys.executable, "-m", "artesano", "train", *job], start_new_session=True)
    stopped: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        stopped.append(number)
        process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 + stopped[0] if stopped else code
