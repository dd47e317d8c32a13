"""A saved state for a module whose networks are the same, though not all else: what a branch of a run begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from artesano.errors import BadInput


def adopted(saved: Mapping[str, Tensor], fresh: Mapping[str, Tensor], networks: str) -> dict[str, Tensor]:
    """The state of a new module, `fresh`, with the tensors of `saved` in it.

    Tensors of a network are taken in turn: a layer without weights in between, such as dropout, renames all behind it.
    All others are taken by name; what has no counterpart of its shape begins anew.

    Args:
        networks: regular expression for the beginning of a name; all that begins alike is one network.

    Raises:
        BadInput: a network has other tensors than the saved one.
    """
    state = {name: other(saved.get(name), tensor) for name, tensor in fresh.items()}
    theirs = by_network(saved, networks)
    for part, names in by_network(fresh, networks).items():
        if part not in theirs:
            continue
        if shapes(saved, theirs[part]) != shapes(fresh, names):
            raise BadInput(
                f"{part.strip('.')}: with the changed keys it is another network, which cannot go on from here."
            )
        state |= {name: saved[former] for name, former in zip(names, theirs[part], strict=True)}
    return state


def shapes(tensors: Mapping[str, Tensor], names: Iterable[str]) -> list[torch.Size]:
    return [tensors[name].shape for name in names]


def other(saved: Tensor | None, fresh: Tensor) -> Tensor:
    """The saved tensor where it has the shape of the fresh one."""
    return saved if saved is not None and saved.shape == fresh.shape else fresh


def by_network(names: Iterable[str], networks: str) -> dict[str, list[str]]:
    """The names of each network's tensors, in their order; other names are left out."""
    parts: dict[str, list[str]] = {}
    for name in names:
        if match := re.match(networks, name):
            parts.setdefault(match[0], []).append(name)
    return parts


def adopted_optimizer(saved: dict[str, Any], fresh: Optimizer) -> dict[str, Any]:
    """The saved state of an optimiser with the settings (rates, betas, decay) of a new one of the same kind."""
    groups = zip(saved["param_groups"], fresh.state_dict()["param_groups"], strict=True)
    return saved | {"param_groups": [old | new | {"params": old["params"]} for old, new in groups]}
