"""The exceptions of the package, and the suggestion of a similar name in messages."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence

DATA_OF_SWEEP = "the data have changed since the sweep began"  # what its worker reads in the log of a trial


class BadInput(Exception):
    """The user's input cannot be used: shown without a traceback, exit code 2.

    Args:
        problems: one line each. A pass of validation collects all of its problems before it raises.
    """

    def __init__(self, *problems: str):
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def all_of(*checks: Callable[[], object]) -> None:
    """Call every check, then raise one BadInput with the problems of all."""
    problems: list[str] = []
    for check in checks:
        try:
            check()
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(*problems)


class RunFailed(Exception):
    """A run failed for a reason that a sentence explains: shown without a traceback, exit code 1."""


class NotFinite(RunFailed):
    """The loss became NaN or infinite; `step` says when, `names` on which images."""

    def __init__(self, step: int, names: Sequence[str] = (), advice: str = "a lower optimizer.lr"):
        files = "".join(f"\n  {name}" for name in names)
        super().__init__(
            f"the loss is not finite at step {step}; the last checkpoint is from before. Try {advice}."
            + (f" The batch was:{files}" if files else "")
        )
        self.step = step


class Interrupted(Exception):
    """SIGINT (exit code 130) or SIGTERM (143) arrived and the run was saved."""

    def __init__(self, exit_code: int):
        super().__init__({130: "stopped by Ctrl-C", 143: "stopped by SIGTERM"}.get(exit_code, "stopped"))
        self.exit_code = exit_code


def pipe_closed(error: BaseException) -> bool:
    """True where the reader of what is printed has gone, as in `artesano options | head`; rich then exits."""
    by_rich = isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError)
    return by_rich or isinstance(error, BrokenPipeError)


def nearest(name: str, accepted: Iterable[str]) -> str:
    """` Did you mean 'freeze'?`, or the empty string when nothing is near enough; capitals do not count."""
    as_written = {one.lower(): one for one in accepted}
    matches = [as_written[one] for one in difflib.get_close_matches(name.lower(), list(as_written), n=3, cutoff=0.6)]
    if not matches:
        return ""
    return " Did you mean " + " or ".join(f"'{match}'" for match in matches) + "?"
