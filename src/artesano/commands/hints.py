"""Every command ends with the next three useful commands."""

from __future__ import annotations

import shlex
from typing import Any


def next_steps(*commands: str) -> None:
    """Print `Next:` and the commands, one a line."""
    print("\nNext:")
    for command in commands:
        print(f"  {command}")


def after_training(run: Any) -> None:
    """The next steps with a finished run (an `artesano.experiment.run.Run`): those of its kind."""
    folder = quoted(run.folder)
    after = {
        "transfer": (
            f"artesano predict {folder} <image, folder or glob>",
            f"artesano evaluate {folder} data=<other data with the same classes>",
        ),
        "gan": (f"artesano sample {folder}", f"artesano evaluate {folder}"),
        "image": (f"artesano sample {folder}   # before and after", f"artesano predict {folder} <image or folder>"),
    }
    kind = run.record.get("model", {}).get("kind", run.record["task"])
    next_steps(*after[kind], f"artesano export {folder}")


def quoted(path: object) -> str:
    """The path as a shell takes it."""
    return shlex.quote(str(path))
