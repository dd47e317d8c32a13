"""Whole commands as processes of their own, with real pids, signals and exit codes, at a third of a cold start's price.

`artesano("train", "seed=1")` is `python -m artesano train seed=1`, forked from a server that has done the imports.
"""

import os
import tempfile
import time
from pathlib import Path

import pytest

from artesano.experiment import start as starting
from artesano.runs.metrics import read_rows


class Command:
    """`python -m <module> <words>` in this folder; `env` comes on top of this process's variables."""

    def __init__(self, *words, module="artesano", **env):
        descriptor, name = tempfile.mkstemp(".txt", dir=os.environ["ARTESANO_TESTS"])
        os.close(descriptor)
        self.log = Path(name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(starting, "MODULE", module)
            self.job = starting.start(list(words), os.environ | env, self.log)

    def ended(self, code=0):
        """Wait for this exit code; returns all that it has printed."""
        ended = self.job.wait(300)
        printed = self.log.read_text(errors="replace")
        assert ended == code, printed[-4000:]
        return printed

    def stopped_after(self, step, folder, number):
        """Send the signal when a run below `folder` has logged this step; returns the exit code."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.job.poll() is None:
            if any(row[0] >= step for file in folder.glob("*/metrics.csv") for row in read_rows(file)):
                break
            time.sleep(0.01)
        self.job.send_signal(number)
        return self.job.wait(60)


def stopped_at(step, number, *words):
    """The exit code of an `artesano` command that gets this signal when it has logged this step."""
    return Command(*words, module="signalled", STEP=str(step), NUMBER=str(int(number))).job.wait(300)


def start(*words, **env):
    """An `artesano` command."""
    return Command(*words, **env)


def artesano(*words, **env):
    """What an `artesano` command has printed, which must end well."""
    return Command(*words, **env).ended()
