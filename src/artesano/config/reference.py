"""The config of the options alone, without values: what every override is looked up in. Imports no torch."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import hydra
from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig, OmegaConf

from artesano.config import search_path
from artesano.config.hydra_private import branch, group_without_place
from artesano.config.short_forms import short
from artesano.errors import nearest


@dataclass(frozen=True)
class Reference:
    """A config of options, with what all that are checked against it ask for.

    Attributes:
        config: read-only, with Hydra's own node.
        choices: the options that it was composed of.
        misplaced: a line for each option of a group that the task does not have.
    """

    config: DictConfig
    choices: tuple[str, ...]
    misplaced: tuple[str, ...]

    @cached_property
    def chosen(self) -> DictConfig:
        """{group: its option}, also of groups that nobody chose."""
        return self.config.hydra.runtime.choices

    @cached_property
    def keys(self) -> list[str]:
        """All dotted keys, branches too, without Hydra's own."""
        return keys_of(self.config)

    @cached_property
    def missing(self) -> frozenset[str]:
        """Keys that stand as ??? in the YAML.

        Raises:
            InterpolationKeyError: a value is that of a key which the config does not have.
        """
        return frozenset(key for key in OmegaConf.missing_keys(self.config) if not key.startswith("hydra."))


@lru_cache(64)  # the jobs of a grid, the trials of a sweep and the runs of a notebook share it
def compose_reference(chosen: tuple[str, ...], files: Hashable) -> Reference:
    """The config of the options alone; those of groups that the task does not have are dropped, with a line each.

    Args:
        chosen: the options.
        files: the state of the YAML that is read.
    """
    choices, problems = list(chosen), list[str]()
    while True:
        try:
            reference = hydra.compose("train", choices, return_hydra_config=True)
            OmegaConf.set_readonly(reference, True)
            return Reference(reference, tuple(choices), tuple(problems))
        except ConfigCompositionException as error:
            name = group_without_place(error)
            misplaced = [choice for choice in choices if choice.lstrip("~").partition("=")[0] == name]
            if not misplaced:
                raise
        reference = hydra.compose(
            "train", [c for c in choices if c.startswith(("task=", "gan=", "experiment="))], return_hydra_config=True
        )
        groups = [short(group) for group in reference.hydra.runtime.choices if not group.startswith("hydra/")]
        for choice in misplaced:
            choices.remove(choice)
            group = choice.lstrip("~").partition("=")[0]
            task = reference.get("task")
            problems.append(
                f"{choice}: task={task} has no group '{group}'; it has {', '.join(sorted(groups))}."
                f"{belongs_to(group) or nearest(group, groups)}"
            )


def belongs_to(group: str) -> str:
    """` It belongs to task=gan.`, from the defaults lists of the tasks; of the GANs where no task has it."""
    for kind in ("task", "gan"):
        files = [file for root in search_path.roots() for file in sorted((root / kind).glob("*.yaml"))]
        owners = [
            f"{kind}={file.stem}"
            for file in files
            if re.search(rf" /{group}(@[\w.]+)?:", file.read_text(encoding="utf-8"))
        ]
        if owners:
            return f" It belongs to {' and '.join(dict.fromkeys(owners))}."
    return ""


def keys_of(config: DictConfig) -> list[str]:
    """All dotted keys, branches too, without Hydra's own."""
    keys: list[str] = []

    def walk(node: DictConfig, prefix: str) -> None:
        for name in map(str, node):
            if not prefix and name == "hydra":
                continue
            keys.append(f"{prefix}{name}")
            if (child := branch(node, name)) is not None:
                walk(child, f"{prefix}{name}.")

    walk(config, "")
    return keys


def names_in(keys: list[str], parent: str) -> list[str]:
    """The last segments of the keys right under `parent`, without `_target_` and its like."""
    names = [key.rpartition(".")[2] for key in keys if key.rpartition(".")[0] == parent]
    return [name for name in names if not name.startswith("_")]
