"""A worker: ask, run, tell, until enough trials are done. More workers are the same command again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import optuna
from optuna.trial import TrialState

from artesano.sweep import study as studies
from artesano.sweep.space import Space
from artesano.sweep.trial import Outcome, run_trial

WAIT = 1.0  # seconds until one looks again whether others have finished or died
FAILURES = 10  # in a row: then something is wrong with all of them


def work(
    study: optuna.Study,
    folder: Path,
    space: Space,
    words: list[str],
    *,
    n_trials: int,
    until: float | None,
    env: dict[str, str],
    say: Callable[[str], None],
) -> None:
    """Until `n_trials` are complete or pruned, or the time is over.

    Args:
        words: of every trial, besides the space's own.
        until: seconds since the epoch after which none begins; None = no such time.
        env: of the processes: threads, GPUs.
    """
    failures = 0
    while until is None or time.time() < until:
        with studies.turn(folder):
            for number in studies.bury(study, folder):
                say(f"trial {number:04d} was killed; its values are tried again")
            if studies.counted(study) >= n_trials:
                return
            room = studies.counted(study) + studies.running(study) < n_trials
            if room:
                trial = study.ask(space.distributions())
                lock = studies.hold(folder, trial.number)
        if not room:  # the last ones run elsewhere; should one die, it will be tried again here
            time.sleep(WAIT)
            continue
        with lock:
            chosen = [f"{key}={text(value)}" for key, value in trial.params.items()]
            place = folder / f"{trial.number:04d}"
            own = [f"name={folder.name}-{trial.number:04d}"]
            asked = [*space.words, *words, *chosen, *own]
            outcome = run_trial(asked, place, trial, space.objectives, space.pruner is not None, env)
            tell(study, trial, outcome)
        say(f"trial {trial.number:04d} {sentence(outcome, space)}  {' '.join(chosen)}")
        failures = failures + 1 if outcome.state == "failed" else 0
        if failures >= FAILURES:
            say(f"{FAILURES} trials have failed in a row; the reason of the last: {outcome.reason}")
            return


def tell(study: optuna.Study, trial: optuna.Trial, outcome: Outcome) -> None:
    trial.set_user_attr("steps", outcome.steps)
    if outcome.reason:
        trial.set_user_attr("reason", outcome.reason)
    states = {"pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    if outcome.values is not None:
        study.tell(trial, outcome.values)
    else:
        study.tell(trial, state=states[outcome.state])


def text(value: object) -> str:
    """A value as Hydra reads it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def sentence(outcome: Outcome, space: Space) -> str:
    if outcome.values is not None:
        pairs = zip(space.objectives, outcome.values, strict=True)
        return "  ".join(f"{name}={value:.4g}" for name, value in pairs)
    if outcome.state == "pruned":
        return f"pruned at step {outcome.steps}"
    return f"failed: {outcome.reason}"


def share_of_gpu(number: int) -> dict[str, str]:
    """CUDA_VISIBLE_DEVICES of worker `number`, where several are visible."""
    visible = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return {"CUDA_VISIBLE_DEVICES": visible[number % len(visible)]} if visible else {}
