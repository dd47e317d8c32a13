"""Prints the next useful commands at the end of a command."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

NO_TEXT = ("true", "false", "null", "nan", "inf")


def next_steps(*commands: str) -> None:
    """Print `Next:` and the commands, one a line; nothing where there are none."""
    if not commands:
        return
    print("\nNext:")
    for command in commands:
        print(f"  {command}")


def listed(name: str) -> str:
    """A name as it stands in a list or mapping of an override: in quotes where it would be read as something else."""
    plain = re.fullmatch(r"[a-z_][\w-]*", name, re.ASCII | re.IGNORECASE) and name.lower() not in NO_TEXT
    if plain:
        return name
    inside = re.sub(r'(\\*)("|$)', lambda end: end[1] * 2 + (r"\"" if end[2] else ""), name)  # as Hydra reads them
    return f'"{inside}"'


def quoted(path: object) -> str:
    """The path as a shell takes it, from the current folder where it lies below."""
    return shlex.quote(shortest(path))


def shortest(path: object) -> str:
    """The path from the current folder where it lies below, else as it is."""
    here = f"{Path.cwd()}{os.sep}"
    return str(path).removeprefix(here) or str(path)
