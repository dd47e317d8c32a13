"""The check of an ablation that changes nothing, because the preset of the tricks has its value already."""

from __future__ import annotations

from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from artesano.config.search_path import first_file


def idle_ablation(reference: DictConfig) -> list[str]:
    """A line, or none.

    Args:
        reference: the config of the group choices, not resolved.
    """
    ablated, hacks = (OmegaConf.select(reference, f"hydra.runtime.choices.{group}") for group in ("ablate", "hacks"))
    if hacks is None or ablated in (None, "nothing"):
        return []
    said = contents(f"ablate/{ablated}.yaml")
    changes, before = said.pop("hacks", {}), preset(hacks)
    if said or not changes:  # an ablation of the user's own, of more than the tricks
        return []
    if any(before.get(name) != value for name, value in changes.items()):
        return []
    same = ", ".join(f"hacks.{name}={value}" for name, value in changes.items())
    return [
        f"ablate={ablated}: it changes nothing, since hacks={hacks} has {same} already. The ablations are made for "
        "hacks=lecture."
    ]


def preset(name: str) -> dict[str, Any]:
    """The flags of `hacks=<name>`, those that it takes from other presets included."""
    own = contents(f"hacks/{name}.yaml")
    flags: dict[str, Any] = {}
    for base in own.pop("defaults", ["_self_"]):
        flags |= own if base == "_self_" else preset(base)
    return flags


def contents(name: str) -> dict[str, Any]:
    """What a YAML file says, with nothing composed."""
    return cast(dict[str, Any], OmegaConf.to_container(OmegaConf.load(first_file(name))))
