"""The first pass of validation: keys, group options and contradictions, all problems at once. Imports no torch.

Hydra stops at the first mistake and does not check keys added by `+`. So the options of groups are composed to a
reference config, and the key of every other override is looked up in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError, OmegaConfBaseException

from artesano.config import search_path
from artesano.config.contradictions import contradictions
from artesano.config.former_names import hint
from artesano.config.hydra_private import set_values
from artesano.config.overrides import normalise, quote
from artesano.config.reference import Reference, compose_reference, names_in
from artesano.config.short_forms import short
from artesano.config.unknown_key import is_open, of_variants, unknown_key
from artesano.config.uses import options_that
from artesano.errors import BadInput, nearest


def check_keys(overrides: list[str]) -> None:
    """Raise BadInput with every unknown key, unknown option, syntax error and contradiction."""
    with search_path.opened() as loader:
        checked(normalise(overrides), loader)


def checked(overrides: list[str], loader: ConfigLoader) -> DictConfig:
    """The config that Hydra composes of the overrides, with its `hydra` node.

    Values do not change options, so they are set on a copy of the reference, as Hydra would at the end of a second
    composition. Paths are quoted first, and `+` put where a foreign class takes further arguments.

    Raises:
        BadInput: all problems.
    """
    parsed, problems = parse(quote(overrides))
    chosen = [override for override in parsed if search_path.options(loader, override.key_or_group)]
    values = [override for override in parsed if override not in chosen]
    meant, wrong = check_options(chosen, loader)
    problems += wrong
    reference = compose_reference(tuple(meant), search_path.state())
    problems += reference.misplaced
    for override in chosen:
        if override.value() is None and not override.is_delete() and reference.chosen.get(override.key_or_group):
            known = ", ".join(search_path.options(loader, override.key_or_group))
            problems.append(f"{override.input_line}: this group needs an option; accepted: {known}.")
    lines = []
    for override in values:
        line, wrong = check_value(override, reference, loader)
        lines.append(line)
        problems += wrong
    names = {override.key_or_group for override in values}
    try:
        problems += [f"{key}: required; give {key}=..." for key in sorted(reference.missing - names)]
    except InterpolationKeyError as error:
        raise BadInput(*problems, not_there(error, reference.chosen)) from error
    if not problems:
        problems += contradictions({override.key_or_group: override.value() for override in values}, reference.config)
    if problems:
        raise BadInput(*dict.fromkeys(problems))
    config = reference.config.copy()
    OmegaConf.set_readonly(config, None)
    set_values(config, lines)
    return config


def parse(overrides: list[str]) -> tuple[list[Override], list[str]]:
    """The overrides that Hydra's grammar can read, and a line for each that it cannot."""
    parser, parsed, problems = OverridesParser.create(), [], []
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals and not override.startswith("~"):
            problems.append(without_value(override))
            continue
        try:
            parsed_override = parser.parse_override(override)
        except HydraException:
            problems.append(
                f"{override}: cannot be read; put text with spaces or signs in quotes: {name}='{text}' "
                "(and the whole word in double quotes for the shell)."
            )
            continue
        if parsed_override.is_sweep_override():
            problems.append(
                f"{override}: several values make a grid, which needs -m; for a list write {name}=[{text}]."
            )
        else:
            parsed.append(parsed_override)
    return parsed, problems


def without_value(word: str) -> str:
    """What is wrong with a word without `=`: a file of no use, a folder that is not there, or a key alone."""
    if Path(os.path.expanduser(word)).is_file():
        return f"{word}: a file; give the folder of the images (for classes with a subfolder each), or a .csv."
    near = near_folder(word)
    if near or os.sep in word or "/" in word:
        return f"{word}: no such folder.{near}"
    return f"{word}: give key=value."


def near_folder(place: str) -> str:
    """` Did you mean 'photos/'?`, of the folders beside one that is not there."""
    path = Path(os.path.expanduser(place))
    return nearest(f"{path}/", [f"{folder}/" for folder in path.parent.glob("[!.]*/")])


def check_options(chosen: list[Override], loader: ConfigLoader) -> tuple[list[str], list[str]]:
    """The options for Hydra, a wrong one replaced by the most similar name, and a line for each wrong one."""
    choices, problems = [], []
    for override in chosen:
        group, value = override.key_or_group, override.value()
        target = group if override.package is None else f"{group}@{override.package}"
        if override.is_delete():
            choices.append(str(override.input_line))
            continue
        known = search_path.options(loader, group)
        if isinstance(value, dict):
            problems.append(
                f"{override.input_line}: {group} takes the name of an option ({', '.join(known)}); set its values one "
                "by "
                f"one, {target}.{next(iter(value), 'key')}=..."
            )
            continue
        if value is None:  # Hydra has no such choice; right only where nothing is chosen anyway (experiment=null)
            continue
        wanted = value if isinstance(value, list) else [value]
        wrong = [str(name) for name in wanted if not is_option(loader, group, name)]
        there_are = f"no such option; accepted: {', '.join(known)}."
        folder = near_folder if group == "data" else lambda _: ""
        place = short(target)
        problems += [f"{place}={name}: {there_are}{nearest(name, known) or folder(name)}" for name in wrong]
        # The likely option is used in the reference, so that its keys are not reported as unknown.
        meant = nearest(wrong[0], known) if wrong else ""
        guess = re.search(r"'(.+?)'", meant)
        if not wrong:
            choices.append(f"{target}={override.get_value_element_as_str()}")
        elif guess:
            choices.append(f"{target}={guess[1]}")
    return choices, problems


def is_option(loader: ConfigLoader, group: str, name: Any) -> bool:
    """True for the names listed and for those in subfolders (`data=mine/cats`)."""
    *folders, last = str(name).split("/")
    return last in search_path.options(loader, "/".join([group, *folders]))


def check_value(override: Override, reference: Reference, loader: ConfigLoader) -> tuple[str, list[str]]:
    """One `key=value` for Hydra, and what is wrong with it."""
    line, key = str(override.input_line), override.key_or_group
    if key.startswith("hydra.") or "/" in key:
        return line, []
    plain = line.lstrip("+")
    if key in reference.keys:
        inner = override.value()
        listed = names_in(reference.keys, key)  # none of a mapping whose keys are the user's: data.parts
        nested = flat(key, inner) if isinstance(inner, dict) and listed and not is_open(reference, f"{key}.x") else []
        wrong = [name for name in nested if name not in reference.keys]
        return plain, [unknown_key(name, line, reference, loader) for name in wrong]
    if override.is_delete():
        return line, [unknown_key(key, line, reference, loader)]
    if is_open(reference, key):
        return f"++{plain}", []
    return plain, [unknown_key(key, line, reference, loader)]


def flat(key: str, value: dict[Any, Any]) -> list[str]:
    """`weights`, {source: hub} -> ["weights.source"]."""
    names = []
    for name, inner in value.items():
        path = f"{key}.{name}"
        names += flat(path, inner) if isinstance(inner, dict) and inner else [path]
    return names


def one_line(error: Exception) -> str:
    """What Hydra, OmegaConf or YAML had to say, on one line, with its cause."""
    text = " ".join(str(error).split())
    cause = error.__cause__
    if isinstance(cause, HydraException | OmegaConfBaseException) and str(cause) not in text:
        text += f" ({' '.join(str(cause).split())})"
    return text + hint(text)


def not_there(error: InterpolationKeyError, choices: Mapping[str, str | None]) -> str:
    """`terms=mutual_information: needs latent.categorical, which latent=none does not have.`"""
    match = re.search(r"Interpolation key '([\w.]+)' not found", str(error))
    if match is None:
        return one_line(error)
    key = error.full_key or ""
    reader, owner = key.partition(".")[0], match[1].partition(".")[0]
    said = f"{reader}={choices[reader]}" if reader in choices else key
    if owner in choices:
        return f"{said}: needs {match[1]}, which {owner}={choices[owner]} does not have."
    said += f": needs {match[1]}, which the config does not have"
    if owners := of_variants(match[1]):
        said += f" ({owners[0]} has it)"
    if reader in choices and (others := options_that(reader, lambda node: f"${{{match[1]}}}" not in str(node))):
        said += f"; without it there are {reader}={', '.join(others)}"
    return f"{said}."
