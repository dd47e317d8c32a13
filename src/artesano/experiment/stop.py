"""Ctrl-C and SIGTERM: a flag while training, read at the batch's end; an exception everywhere else."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from artesano.errors import Interrupted
from artesano.experiment.ranks import is_main_process

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


class StopSignals:
    """Context manager around a run; `patient` is set while a batch's end will look at `exit_code`.

    A second signal never waits.
    """

    def __init__(self) -> None:
        self.exit_code: int | None = None
        self.patient = False
        self.before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():  # elsewhere Python gives no signals
            self.before = {number: signal.getsignal(number) for number in EXIT_CODES}
            self.listen()
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def listen(self) -> None:
        """Take the signals; again after Lightning has put its own handler in front."""
        for number in self.before:
            signal.signal(number, self.receive)

    def receive(self, number: int, frame: FrameType | None) -> None:
        again = self.exit_code is not None
        self.exit_code = EXIT_CODES[signal.Signals(number)]
        if again or not self.patient:
            raise Interrupted(self.exit_code)
        if is_main_process():
            print("\nStopping after this batch (press again to stop immediately) ...", flush=True)
