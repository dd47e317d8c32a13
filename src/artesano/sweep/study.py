"""The study of a sweep: checks that the search space is the same, counts trials, and queues killed ones again."""

from __future__ import annotations

import json

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from artesano.config.former_names import current_override
from artesano.errors import BadInput
from artesano.sweep.alive import Watch
from artesano.sweep.sampling import sampler
from artesano.sweep.space import Space
from artesano.sweep.storage import Storage

COUNTED = (TrialState.COMPLETE, TrialState.PRUNED)
TRIES = 3  # tries of the values of one trial


def open_study(storage: Storage, space: Space, overrides: list[str]) -> optuna.Study:
    """The study of this sweep, made if it is not there.

    Args:
        overrides: of every trial, besides the space's own.

    Raises:
        BadInput: the storage cannot be used, or the search is another one than the study's.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    directions: list[StudyDirection] = [
        StudyDirection.MAXIMIZE if way == "max" else StudyDirection.MINIMIZE for way in space.objectives.values()
    ]
    name = storage.folder.name
    storage.check()
    with storage.usable(), storage.turn():  # of two that start at the same instant, one makes it
        study = optuna.create_study(
            storage=storage.opened(),
            study_name=name,
            directions=directions,
            sampler=sampler(space),
            load_if_exists=True,
        )
        known = study.user_attrs.get("search")
        if known is not None and "words" in known:  # as earlier versions called it
            known["overrides"] = [current_override(word, warn=False) for word in known.pop("words")]
        search = json.loads(json.dumps({**space.model_dump(), "overrides": [*space.overrides, *overrides]}))
        if known is None:
            study.set_user_attr("search", search)
    if known not in (None, search):
        problem = f"{storage.folder}: holds a different sweep; give another name=, or the values of that sweep:"
        raise BadInput(problem, *difference(known, search))
    return study


def difference(known: dict, search: dict, key: str = "") -> list[str]:
    """`space.optimizer.lr.high: was 0.1, is 0.01`."""
    lines = []
    for name in dict.fromkeys([*known, *search]):
        old, new, where = known.get(name), search.get(name), f"{key}{name}"
        if isinstance(old, dict) and isinstance(new, dict):
            lines += difference(old, new, f"{where}.")
        elif old != new:
            lines.append(f"  {where}: was {old}, is {new}")
    return lines


def bury(study: optuna.Study, trials: list[FrozenTrial], watch: Watch) -> list[str]:
    """End the trials whose worker is gone in the study; a line on each."""
    running = [trial for trial in trials if trial.state == TrialState.RUNNING]
    return [line for trial in running if watch.dead(trial) and (line := again(study, trial, "was killed"))]


def again(study: optuna.Study, trial: FrozenTrial | optuna.Trial, what: str, blame: bool = True) -> str:
    """End a killed trial and queue its values again, under a new number; what happened, or nothing if it is over.

    Args:
        blame: count this try against the values; False where the worker was stopped by a signal.
    """
    tries = trial.user_attrs.get("tries", 1)
    try:
        study.tell(trial.number, state=TrialState.FAIL)
    except (ValueError, UpdateFinishedTrialError):  # another worker has ended it already
        return ""
    if blame and tries >= TRIES:
        return f"trial {trial.number:04d} {what}, as {TRIES - 1} before it; no more tries with these values"
    if not trial.params:  # killed before it had values
        return f"trial {trial.number:04d} {what}"
    study.enqueue_trial(trial.params, user_attrs={"again": trial.number, "tries": tries + blame})
    return f"trial {trial.number:04d} {what}; its values are tried again"


def counted(study: optuna.Study) -> int:
    """Trials that are done: complete and pruned, not failed or killed ones."""
    return len(study.get_trials(deepcopy=False, states=COUNTED))
