"""Locks in files, which the system releases however their process ends; by filelock, so on Windows too.

A process that is forked does not inherit them, and neither does a program that is started.
"""

from __future__ import annotations

import time
from pathlib import Path

from filelock import lock_descriptor

LOOKS = (0.0, 0.005, 0.02)  # seconds before each try: two processes that check at once hold the lock for an instant


def held(path: Path) -> bool:
    """True while a process holds this lock. Only reads, so it works in read-only folders too.

    Returns:
        False where there is no such file, or it cannot be read.
    """
    try:
        with path.open() as stream:
            for pause in LOOKS:
                time.sleep(pause)
                if lock_descriptor(stream.fileno(), blocking=False):
                    return False
            return True
    except OSError:
        return False
