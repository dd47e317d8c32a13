"""A trick that cannot act in the chosen composition: it differs from off, and nothing that was composed reads it.

Flags reach their objects by interpolation only (`output: ${hacks.output}`), so who reads what stands in the YAML, and
no list of combinations is kept anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from artesano.config import search_path

#: flags that act only together with one of others
TOGETHER = {
    "dropout_at_test": ("generator_dropout",),
    "penalty_interval": ("gradient_penalty", "r1", "r2"),
    "instance_noise_until": ("instance_noise",),
    "ada": ("diffaugment",),
}
READS = re.compile(r"\$\{hacks\.(\w+)\}")


def unread_hacks(given: dict[str, Any], reference: DictConfig) -> list[str]:
    """A line for each.

    Args:
        given: the values of the command line by key.
        reference: the config of the group choices, not resolved.
    """
    if "hacks" not in reference:
        return []
    off = OmegaConf.to_container(OmegaConf.load(found("hacks/none.yaml")))
    config = {key: value for key, value in OmegaConf.to_container(reference, resolve=False).items() if key != "hydra"}  # type: ignore[union-attr]
    read = set(readings({key: value for key, value in config.items() if key != "hacks"}))
    values = {name: given.get(f"hacks.{name}", preset) for name, preset in config["hacks"].items()}
    problems = [
        f"hacks.{name}={values[name]}: it acts only with {' or '.join(f'hacks.{other}' for other in others)}, off here."
        for name, others in TOGETHER.items()
        if values.get(name) != off.get(name) and not any(values.get(other) for other in others)  # type: ignore[union-attr]
    ]
    for name, value in values.items():
        if name not in read and value != off.get(name):  # type: ignore[union-attr]
            problems.append(
                f"hacks.{name}={value}: nothing reads it in gan={config['gan']['name']}"
                f"{ignoring(name, reference)}; leave it at {off.get(name)}"  # type: ignore[union-attr]
                + (
                    "."
                    if f"hacks.{name}" in given
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
    """` (loss=wasserstein ignores it; loss=bce, least_squares read it)`: from the YAML of the groups."""
    readers: dict[str, list[str]] = {}
    for root in roots():
        for file in sorted(root.glob("*/*.yaml")):
            if file.parent.name not in ("gan", "experiment", "ablate", "hacks") and name in READS.findall(
                file.read_text()
            ):
                readers.setdefault(file.parent.name, []).append(file.stem)
    chosen = reference.hydra.runtime.choices
    parts = [
        f"{group}={chosen[group]} ignores it, {group}={', '.join(dict.fromkeys(options))} would not"
        for group, options in readers.items()
        if group in chosen
    ]
    return f" ({'; '.join(parts)})" if parts else ""


def roots() -> list[Path]:
    """The folders that hold YAML, the user's own first."""
    return [root for root in (search_path.own(), search_path.shipped()) if root is not None]


def found(name: str) -> Path:
    """The file of that name that Hydra would take."""
    return next(root / name for root in roots() if (root / name).is_file())
