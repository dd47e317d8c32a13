"""The tensors of a GAN's checkpoint for a GAN with other terms and other tricks at the discriminator's input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

Item = TypeVar("Item")

TERM = re.compile(r"(.*\bterms\.)(\d+)(\..*)")  # `network.terms.1.means`


def carried(tensors: Mapping[str, Item], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Item]:
    """The tensors under the names that they have in the config `now`, without those that are to begin anew.

    Terms are numbered by their place among those in use, so one that is switched on renumbers those behind it. ADA's
    probability, which is 1 where ADA is off, and an image pool of another size begin anew.
    """
    then, here = terms_in_use(before), terms_in_use(now)
    inputs = [config.get("discriminator_input", {}) for config in (before, now)]
    anew = [r"discriminator_input\.p$"] if inputs[0].get("ada") is None else []
    anew += [r"discriminator_input\.pool\."] if inputs[0].get("replay") != inputs[1].get("replay") else []
    taken: dict[str, Item] = {}
    for name, tensor in tensors.items():
        if any(re.search(place, name) for place in anew):
            continue
        match = TERM.fullmatch(name)
        if match is None:
            taken[name] = tensor
        elif (term := then[int(match[2])]) in here:
            taken[f"{match[1]}{here.index(term)}{match[3]}"] = tensor
    return taken


def terms_in_use(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(group, name) of each term whose weight is not 0, in the order in which the networks have them."""
    groups = ("terms", "tricks")
    return [(group, name) for group in groups for name, node in config[group].items() if node.get("weight", 1)]
