"""Names of tensors in checkpoints of earlier versions, and their successors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")
NAMES = [
    (r"^(network|ema\.module)\.forth\.", r"\1.a2b."),
    (r"^(network|ema\.module)\.back\.", r"\1.b2a."),
    (r"^(network(?:\.a2b|\.b2a)?)\.view\.p$", r"\1.discriminator_input.p"),
    (r"^(network(?:\.a2b|\.b2a)?)\.view\.memory$", r"\1.discriminator_input.pool.images"),
    (r"^(network(?:\.a2b|\.b2a)?)\.view\.filled$", r"\1.discriminator_input.pool.filled"),
]


def current_names(tensors: Mapping[str, T]) -> dict[str, T]:
    """A state dict by the present names of its tensors."""
    return {current_name(name): tensor for name, tensor in tensors.items()}


def current_name(name: str) -> str:
    for former, current in NAMES:
        name = re.sub(former, current, name)
    return name
