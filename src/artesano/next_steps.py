"""Prints the next useful commands at the end of a command."""

from __future__ import annotations

import shlex


def next_steps(*commands: str) -> None:
    """Print `Next:` and the commands, one a line."""
    print("\nNext:")
    for command in commands:
        print(f"  {command}")


def quoted(path: object) -> str:
    """The path as a shell takes it."""
    return shlex.quote(str(path))
