"""Locks in files, which the system releases however their process ends; by filelock, so on Windows too.

A process that is forked does not inherit them, and neither does a program that is started.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from filelock import lock_descriptor

if sys.platform != "win32":
    import fcntl

LOOKS = (0.0, 0.005, 0.02)  # seconds before each try: who takes a lock, or looks on Windows, holds it for an instant


def free(descriptor: int) -> bool:
    """True where the lock could be had, which it then is until the file is closed.

    A shared lock where there are such: several may look at once, and none of them takes another one for a holder.
    """
    if sys.platform == "win32":
        return lock_descriptor(descriptor, blocking=False)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def held(path: Path) -> bool:
    """True while a process holds this lock. Only reads, so it works in read-only folders too.

    Returns:
        False where there is no such file, or it cannot be read.
    """
    try:
        with path.open() as stream:
            for pause in LOOKS:
                time.sleep(pause)
                if free(stream.fileno()):
                    return False
            return True
    except OSError:
        return False
