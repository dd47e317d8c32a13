"""The words of a command line before Hydra sees them: a path never meets Hydra's grammar.

`data.root=Año (1) = ñ` is not valid in that grammar and `a,b.jpg` would be a sweep, so values of path keys are
quoted here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.types import Quote, QuotedString

from artesano.config.former_names import current_override
from artesano.errors import BadInput

PATH_WORDS = {"root", "file", "folder", "path"}  # a key's last word: data.root, data.lr_root
RUN_KEYS = {"resume", "weights.run", "phases.run"}  # a folder, but also `last`, a run's number, or a bundle
RUN_VALUES = ("evaluation.extractor", "run:")  # a key whose values may be a run, and what these begin with
PLAIN_KEYS = {"name"}  # free text
WORDS = {"", "null", "???"}


def normalise(overrides: list[str]) -> list[str]:
    """The same words, independent of the current folder: what run.json keeps and a rerun can be given.

    `~` is expanded, relative paths become absolute, and `gan=` brings its task with it.
    """
    words = [absolute(current_override(word)) for word in overrides]
    keys = {key(word) for word in words}
    if "gan" in keys and "task" not in keys:
        words.insert(0, "task=gan")
    return words


def quote(overrides: list[str]) -> list[str]:
    """The same words for Hydra: values of path keys quoted."""
    return [f"{word.partition('=')[0]}={quoted(value(word))}" if is_path(word) else word for word in overrides]


def key(word: str) -> str:
    """`+data.root=x` -> `data.root`."""
    return word.partition("=")[0].strip().lstrip("+~")


def value(word: str) -> str:
    """All that follows the first `=`."""
    return word.partition("=")[2]


def is_path(word: str) -> bool:
    """True when the value is taken as it stands: folders, files, runs and names."""
    name = key(word)
    listed = name in RUN_KEYS | PLAIN_KEYS or ("." in name and re.split(r"[._]", name)[-1] in PATH_WORDS)
    extractor = name == RUN_VALUES[0] and value(word).startswith(RUN_VALUES[1]) and "," not in value(word)
    return "=" in word and not word.startswith(("~", "hydra.")) and (listed or extractor) and value(word) not in WORDS


def absolute(word: str) -> str:
    """A path value with `~` expanded and made absolute; `last`, run numbers and names stay words."""
    if not is_path(word) or key(word) in PLAIN_KEYS:
        return word
    before, _, path = word.partition("=")
    prefix = RUN_VALUES[1] if path.startswith(RUN_VALUES[1]) and key(word) == RUN_VALUES[0] else ""
    path = os.path.expanduser(path.removeprefix(prefix))
    if (prefix or key(word) in RUN_KEYS) and not os.path.exists(path) and not path.startswith("."):
        return f"{before}={prefix}{path}"
    return f"{before}={prefix}{os.path.abspath(path)}"


def quoted(text: str) -> str:
    """Text as one string of Hydra's grammar in which nothing is interpolated."""
    inert = re.sub(r"(\\*)\$\{", lambda match: match[1] * 2 + r"\${", text)
    return QuotedString(inert, Quote.single).with_quotes()


def data_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """`data=...` and `data.<option>=...` among the words, and the rest: images.

    Raises:
        BadInput: both.
    """
    data = [word for word in words if word.startswith(("data=", "data.")) and "=" in word and not Path(word).exists()]
    rest = [word for word in words if word not in data]
    if data and rest:
        raise BadInput(f"{data[0]} and {rest[0]}: give data words or images, not both.")
    return data, rest
