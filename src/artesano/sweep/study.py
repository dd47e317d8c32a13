"""The study of a sweep: where it is stored, whether it is still the same search, which trials are dead."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from artesano.errors import BadInput
from artesano.sweep.space import Space

COUNTED = (TrialState.COMPLETE, TrialState.PRUNED)


def open_study(folder: Path, space: Space, words: list[str], storage: str) -> optuna.Study:
    """The study of this sweep folder, made if it is not there.

    Args:
        words: what every trial is given besides.
        storage: `journal`, `sqlite` (files in the folder), or a database's URL.

    Raises:
        BadInput: the storage cannot be reached, or the search is another one than the folder's.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    directions: list[StudyDirection] = [
        StudyDirection.MAXIMIZE if way == "max" else StudyDirection.MINIMIZE for way in space.objectives.values()
    ]
    try:
        study = optuna.create_study(
            storage=opened(folder, storage),
            study_name=folder.name,
            directions=directions,
            pruner=space.made_pruner(),
            load_if_exists=True,
        )
        known = study.user_attrs.get("search")
    except Exception as error:  # drivers of databases raise their own kinds
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"storage={storage}: cannot be used ({type(error).__name__}: {reason})") from None
    search = json.loads(json.dumps({**space.model_dump(), "words": [*space.words, *words]}))
    if known is None:
        study.set_user_attr("search", search)
    elif known != search:
        told = f"{folder}: holds another search; give another name=, or what it was:"
        raise BadInput(told, *difference(known, search))
    return study


def difference(known: dict, given: dict, key: str = "") -> list[str]:
    """`space.optimizer.lr.high: was 0.1, is 0.01`."""
    lines = []
    for name in dict.fromkeys([*known, *given]):
        old, new, where = known.get(name), given.get(name), f"{key}{name}"
        if isinstance(old, dict) and isinstance(new, dict):
            lines += difference(old, new, f"{where}.")
        elif old != new:
            lines.append(f"  {where}: was {old}, is {new}")
    return lines


def opened(folder: Path, storage: str) -> BaseStorage:
    """Files lie in the folder of the sweep."""
    if storage == "journal":
        path = str(folder / "study.journal")
        return JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))
    url = f"sqlite:///{folder / 'study.db'}" if storage == "sqlite" else storage
    return RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 60}} if url.startswith("sqlite") else None)


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """One worker at a time may count and ask, so that no trial too many begins."""
    with (folder / ".turn").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def hold(folder: Path, number: int) -> IO:
    """A lock that the system lets go of however this process ends: whoever gets it knows that the worker is gone."""
    stream = lock_of(folder, number).open("w")
    fcntl.flock(stream, fcntl.LOCK_EX)
    return stream


def dead(folder: Path, trial: FrozenTrial) -> bool:
    """Nobody holds a trial that is said to be running."""
    try:
        with lock_of(folder, trial.number).open() as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def lock_of(folder: Path, number: int) -> Path:
    (folder / ".trials").mkdir(exist_ok=True)
    return folder / ".trials" / f"{number:04d}"


def bury(study: optuna.Study, folder: Path) -> list[int]:
    """Tell the study of killed trials and queue the same values again; their numbers."""
    gone = [trial for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)) if dead(folder, trial)]
    for trial in gone:
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params, user_attrs={"again": trial.number})
    return [trial.number for trial in gone]


def counted(study: optuna.Study) -> int:
    """Trials that are done: complete and pruned, not failed or killed ones."""
    return len(study.get_trials(deepcopy=False, states=COUNTED))


def running(study: optuna.Study) -> int:
    return len(study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)))


def threads(workers: int) -> str:
    """The share of one of several workers on this machine."""
    return str(max(1, (os.cpu_count() or 1) // workers))
