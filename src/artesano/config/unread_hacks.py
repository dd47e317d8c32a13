"""The check of unused hacks: a flag differs from off, and nothing in the composed config uses it.

Flags reach their objects by interpolation only (`output: ${hacks.output}`), so the YAML files show which options use
which flag, and no list of combinations is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from artesano.config import search_path

#: flags that have an effect only together with one of others
TOGETHER = {
    "dropout_at_test": ("generator_dropout",),
    "penalty_interval": ("gradient_penalty", "r1", "r2"),
    "instance_noise_until": ("instance_noise",),
    "ada": ("diffaugment",),
}
READS = re.compile(r"\$\{hacks\.(\w+)\}")


def unread_hacks(overridden: dict[str, Any], reference: DictConfig) -> list[str]:
    """A line for each.

    Args:
        overridden: the values of the command line by key.
        reference: the config of the group choices, not resolved.
    """
    if "hacks" not in reference:
        return []
    off = OmegaConf.to_container(OmegaConf.load(search_path.first_file("hacks/none.yaml")))
    config = {key: value for key, value in OmegaConf.to_container(reference, resolve=False).items() if key != "hydra"}  # type: ignore[union-attr]
    read = set(readings({key: value for key, value in config.items() if key != "hacks"}))
    values = {name: overridden.get(f"hacks.{name}", preset) for name, preset in config["hacks"].items()}
    problems = [
        f"hacks.{name}={values[name]}: it has an effect only with {' or '.join(f'hacks.{other}' for other in others)}, "
        "which is off here."
        for name, others in TOGETHER.items()
        if values.get(name) != off.get(name) and not any(values.get(other) for other in others)  # type: ignore[union-attr]
    ]
    for name, value in values.items():
        if name not in read and value != off.get(name):  # type: ignore[union-attr]
            problems.append(
                f"hacks.{name}={value}: not used by gan={config['gan']['name']}"
                f"{ignoring(name, reference)}; leave it at {off.get(name)}"  # type: ignore[union-attr]
                + (
                    "."
                    if f"hacks.{name}" in overridden
                    else f" (it comes from hacks={reference.hydra.runtime.choices.hacks})."
                )
            )
    return problems


def readings(value: Any) -> Iterator[str]:
    """Names of the hacks that a config interpolates."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from readings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from readings(inner)
    elif isinstance(value, str):
        yield from READS.findall(value)


def ignoring(name: str, reference: DictConfig) -> str:
    """` (loss=wasserstein does not use it; used by loss=bce, least_squares)`: from the YAML of the groups."""
    readers: dict[str, list[str]] = {}
    for root in search_path.roots():
        for file in sorted(root.glob("*/*.yaml")):
            if file.parent.name not in ("gan", "experiment", "ablate", "hacks") and name in READS.findall(
                file.read_text()
            ):
                readers.setdefault(file.parent.name, []).append(file.stem)
    chosen = reference.hydra.runtime.choices
    parts = [
        f"{group}={chosen[group]} does not use it; used by {group}={', '.join(dict.fromkeys(options))}"
        for group, options in readers.items()
        if group in chosen
    ]
    return f" ({'; '.join(parts)})" if parts else ""
