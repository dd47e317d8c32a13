"""Overrides before Hydra parses them: values that are paths are quoted.

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
from artesano.config.short_forms import full
from artesano.errors import BadInput

PATH_WORDS = {"root", "file", "folder", "path"}  # a key's last word: data.root, data.lr_root
RUN_KEYS = {"resume", "weights.run", "phases.run"}  # a folder, but also `last`, a run's number, or a bundle
RUN_VALUES = ("evaluation.extractor", "run:")  # a key whose values may be a run, and what these begin with
PLAIN_KEYS = {"name", "data.label_separator"}  # free text
WORDS = {"", "null", "???"}


def normalise(overrides: list[str]) -> list[str]:
    """The same overrides, independent of the current folder, as run.json keeps them.

    Short forms are written in full, `~` is expanded, relative paths become absolute, and `gan=` brings its task.
    """
    normalised = [absolute(current_override(override)) for override in full(overrides)]
    keys = {key(override) for override in normalised}
    if "gan" in keys and "task" not in keys:
        normalised.insert(0, "task=gan")
    return normalised


def quote(overrides: list[str]) -> list[str]:
    """The same overrides for Hydra: values of path keys quoted."""
    return [
        f"{override.partition('=')[0]}={quoted(value(override))}" if is_path(override) else quoted_elements(override)
        for override in overrides
    ]


def key(override: str) -> str:
    """`+data.root=x` -> `data.root`."""
    return override.partition("=")[0].strip().lstrip("+~")


def value(override: str) -> str:
    """All that follows the first `=`."""
    return override.partition("=")[2]


def is_path(override: str) -> bool:
    """True when the value is taken as it stands: folders, files, runs and names."""
    name = key(override)
    listed = name in RUN_KEYS | PLAIN_KEYS or ("." in name and re.split(r"[._]", name)[-1] in PATH_WORDS)
    extractor = name == RUN_VALUES[0] and value(override).startswith(RUN_VALUES[1]) and "," not in value(override)
    return (
        "=" in override
        and not override.startswith(("~", "hydra."))
        and (listed or extractor)
        and value(override) not in WORDS
    )


def absolute(override: str) -> str:
    """A path value with `~` expanded and made absolute; `last`, run numbers and names stay as they are."""
    if not is_path(override) or key(override) in PLAIN_KEYS:
        return override
    before, _, path = override.partition("=")
    prefix = RUN_VALUES[1] if path.startswith(RUN_VALUES[1]) and key(override) == RUN_VALUES[0] else ""
    path = os.path.expanduser(path.removeprefix(prefix))
    if (prefix or key(override) in RUN_KEYS) and not os.path.exists(path) and not path.startswith("."):
        return f"{before}={prefix}{path}"
    return f"{before}={prefix}{os.path.abspath(path)}"


def quoted_elements(override: str) -> str:
    """`data.classes=[Árbol,playa]` with its elements quoted: Hydra's grammar has no letters with accents."""
    before, sign, listed = override.partition("=")
    plain = re.fullmatch(r"\[([^\[\]{}'\"$]*)\]", listed)
    if plain is None or listed.isascii():
        return override
    return f"{before}{sign}[{','.join(quoted(element.strip()) for element in plain[1].split(','))}]"


def quoted(text: str) -> str:
    """Text as one string of Hydra's grammar in which nothing is interpolated."""
    inert = re.sub(r"(\\*)\$\{", lambda match: match[1] * 2 + r"\${", text)
    return QuotedString(inert, Quote.single).with_quotes()


def data_overrides(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """The overrides `data=...` and `data.<option>=...`, and the rest: images.

    Raises:
        BadInput: both.
    """
    data = [
        override
        for override in overrides
        if override.startswith(("data=", "data.")) and "=" in override and not Path(override).exists()
    ]
    rest = [override for override in overrides if override not in data]
    if data and rest:
        raise BadInput(f"{data[0]} and {rest[0]}: give data overrides or images, not both.")
    return data, rest
