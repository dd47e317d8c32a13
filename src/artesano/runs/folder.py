"""Run folders: `outputs/<task>/<NNNN>-<slug>`, numbered; a number is never reused."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from artesano.errors import BadInput
from artesano.own_folders import CLAIMS, outputs_root
from artesano.runs.locks import held

FILES = "files.csv"  # the files that the run began with
PATIENCE = 0.5  # seconds: a process that only checks the lock releases it at once
TRIAL = "ARTESANO_TRIAL"  # the folder of this process's run, where a sweep has named it


def slug(text: str) -> str:
    """`Año (1) = ñ` -> `ano-1-n`: lower-case ASCII words joined by dashes, at most 60 characters."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9_.]+", "-", ascii_text.lower()).strip("-.")[:60] or "run"


def new_run_folder(task: str, name: str) -> Path:
    """Claim the next number and make the folder.

    The claim is a file opened with O_EXCL: of many runs started at the same instant exactly one gets each number, and
    a number stays taken when its folder is deleted.

    Raises:
        BadInput: the outputs folder cannot be written.
    """
    if trial_folder := os.environ.get(TRIAL):
        Path(trial_folder).mkdir(parents=True)  # never one that is there already
        return Path(trial_folder)
    root = outputs_root() / task
    claims = root / CLAIMS
    try:
        claims.mkdir(parents=True, exist_ok=True)
        number = 1 + max((int(claim.name) for claim in claims.iterdir() if claim.name.isdigit()), default=0)
        while True:
            try:
                os.close(os.open(claims / f"{number:04d}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                break
            except FileExistsError:
                number += 1
        folder = root / f"{number:04d}-{slug(name)}"
        folder.mkdir()
    except OSError as error:
        raise BadInput(f"{root}: no run folder can be made there ({error.strerror}).") from error
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the folder while a process writes to it; the system releases the lock when the process ends.

    Raises:
        BadInput: another process holds it.
    """
    try:
        lock = FileLock(folder / ".lock").acquire(timeout=PATIENCE)
    except Timeout:
        raise BadInput(f"{folder}: another process is running in this folder.") from None
    with lock:
        yield


def alive(folder: Path) -> bool:
    """True while a process holds the folder."""
    return held(folder / ".lock")
