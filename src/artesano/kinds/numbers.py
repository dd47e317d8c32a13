"""Numbers of the command line, checked while it is read."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable

MANY = 1_000_000  # more images than a command makes or holds at once


def whole(least: int = 1, most: int = MANY) -> Callable[[str], int]:
    """The type of an option that takes whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise ArgumentTypeError(f"{text} is not a whole number from {least:,} to {most:,}")
        return number

    return read


def positive(text: str) -> float:
    """The type of an option that takes numbers above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (number > 0 and math.isfinite(number)):
        raise ArgumentTypeError(f"{text} is not a number above 0")
    return number


def threshold(text: str) -> float | str:
    """The type of an option that takes a number from 0 to 1, or `tuned`."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if text != "tuned" and not 0 <= number <= 1:
        raise ArgumentTypeError(f"{text} is not a number from 0 to 1, or tuned")
    return text if text == "tuned" else number


def share(text: str) -> float:
    """The type of an option that takes a number above 0, at most 1."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= 1:
        raise ArgumentTypeError(f"{text} is not a number above 0 and at most 1")
    return number


def shares(text: str) -> tuple[float, ...]:
    """The type of an option that takes numbers from 0 to 1: `0,0.5,1`."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = (math.nan,)
    if not all(0 <= number <= 1 for number in numbers):
        raise ArgumentTypeError(f"{text} is not a list of numbers from 0 to 1, such as 0,0.5,1")
    return numbers
