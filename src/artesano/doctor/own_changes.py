"""What a run was told to do otherwise than by default, and how to take it back: often the cause of what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from artesano.config.compose import compose
from artesano.config.overrides import key
from artesano.errors import BadInput
from artesano.experiment.may_change import recorded
from artesano.runs import record

#: beginnings of keys that make the game between the networks; not data, steps or the size of the generator
GAME = re.compile(r"(hacks|loss|terms|tricks|discriminator|discriminator_input|optimizer|schedule|critic_steps)($|\.)")


def taken_back(known: Mapping[str, Any]) -> list[str]:
    """For each override of a run that changes the game, one that gives its key the value of a run without it."""
    own, words = recorded(known), []
    for word in known["overrides"]:
        name = key(word)
        if not GAME.match(name):
            continue
        try:
            without = compose([one for one in own if one != word])
        except BadInput:  # the other overrides need it
            continue
        values = without.choices if name in known["choices"] else record.flat(without.resolved)
        value = values.get(name)
        if name in values and value != known["choices"].get(name, known["config"].get(name)):
            words.append(f"{name}={value if isinstance(value, str) else json.dumps(value, separators=(',', ':'))}")
    return words
