"""The message on an unknown key: the option that has it, or the most similar key."""

from __future__ import annotations

from typing import Any

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf

from artesano.config import search_path
from artesano.config.reference import Reference, compose_reference, names_in
from artesano.config.short_forms import SHORT
from artesano.config.uses import option
from artesano.errors import nearest

OPEN_NODES = {"trainer", "backbone_args"}  # handed whole to Lightning and to timm, whose arguments we do not list

WHOLE_CONFIG = "# @package _global_"  # the first line of options whose keys are those of the run
OWNERS = 4  # options that a message names


def is_open(reference: Reference, key: str) -> bool:
    """True when `key` may be an argument that our YAML does not list: the second pass asks the class itself."""
    parts = key.split(".")[:-1]
    if parts and parts[0] in OPEN_NODES and parts[0] in reference.keys:
        return True
    for length in range(len(parts), 0, -1):
        node = ".".join(parts[:length])
        if node in reference.keys:
            target = OmegaConf.select(reference.config, f"{node}._target_")
            return isinstance(target, str) and not target.startswith("artesano.") and length == len(parts)
    return False


def unknown_key(key: str, line: str, reference: Reference, loader: ConfigLoader) -> str:
    """One line: the override, the option it belongs to or the most similar key, and the accepted keys."""
    keys = reference.keys
    parent, _, last = key.rpartition(".")
    siblings = names_in(keys, parent)
    chosen = reference.chosen
    group = group_of(parent, chosen) if parent in keys else "task"
    others = other_options(group, reference, loader) if group else {}
    accepted = f"; {group}={chosen[group]} has {', '.join(siblings)}" if group == parent and siblings else ""
    if not accepted and parent and siblings:
        accepted = f"; {parent} has {', '.join(siblings)}"
    owners = sorted((option for option, theirs in others.items() if key in theirs), key=lambda name: name != "folder")
    if owners:  # the user's own folder first: it is meant most often
        return f"{line}: {key} belongs to {group}={', '.join(owners[:OWNERS])}{accepted}."
    if not parent and (variants := of_variants(key)):
        return f"{line}: {key} belongs to {', '.join(variants[:OWNERS])}."
    hint = nearest(last, siblings)
    if not hint and parent in keys:
        near = {option: nearest(last, names_in(theirs, parent)) for option, theirs in others.items()}
        if hint := next(filter(None, near.values()), ""):
            having = [option for option, theirs in near.items() if theirs == hint]
            hint = f"{hint[:-1]} of {group}={' or '.join(having[:OWNERS])}?"
    if not hint:
        same_name = [other for other in keys if other.rpartition(".")[2] == last]
        public = [other for other in keys if "._" not in other]
        hint = nearest(same_name[0], same_name) if same_name else nearest(key, [*public, *SHORT])
    return f"{line}: no such key: {key}{accepted}.{hint}"


def of_variants(key: str) -> list[str]:
    """Options that add this key at the top of the config, e.g. `gan=srgan` of `scale`."""
    owners = []
    for root in search_path.roots():
        for file in sorted(root.glob("*/[!_]*.yaml")):
            text = file.read_text("utf-8")
            if file.parent.name not in ("task", "experiment") and WHOLE_CONFIG in text and f"\n{key}:" in text:
                owners.append(f"{file.parent.name}={file.stem}")
    return owners


def group_of(parent: str, chosen: DictConfig) -> str | None:
    """The group that fills the node `parent`: `optimizer`, or `optimizer@optimizer.generator`."""
    for group in chosen:
        package = str(group).partition("@")[2] or str(group)
        if package == parent and not package.startswith("hydra"):
            return str(group)
    return None


def other_options(group: str, reference: Reference, loader: ConfigLoader) -> dict[str, list[str]]:
    """The keys that each other option of the group would put into the config."""
    name, _, package = group.partition("@")
    others = [option for option in search_path.options(loader, name) if option != reference.chosen.get(group)]
    if group == "task":  # its options bring those of other groups, so they are composed
        return {task: compose_reference((f"task={task}",), search_path.state()).keys for task in others}
    keys = {}
    for other in others:
        whole = WHOLE_CONFIG in search_path.first_file(f"{name}/{other}.yaml").read_text("utf-8")
        keys[other] = keys_below("" if whole else f"{package or name}.", option(name, other))
    return keys


def keys_below(prefix: str, node: dict[str, Any]) -> list[str]:
    """Dotted keys of plain YAML that stands behind `prefix`, branches too."""
    keys = []
    for name, inner in node.items():
        keys += [f"{prefix}{name}", *(keys_below(f"{prefix}{name}.", inner) if isinstance(inner, dict) else [])]
    return keys
