"""A run that goes on needs no weights but its checkpoint's; one that is repeated starts from those it began with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artesano.errors import BadInput
from artesano.kinds.kind import Experiment

NAMING = ("run", "file", "back_file", "discriminator_file")  # keys of `weights` that say where from


def keep_start(experiment: Experiment, known: Mapping[str, Any]) -> None:
    """Of a run with a checkpoint: files of weights that it began with may be gone or replaced.

    Args:
        known: its record.
    """
    if hasattr(experiment, "go_on"):
        experiment.go_on(known)


def same_start(experiment: Experiment, run: Path, known: Mapping[str, Any]) -> None:
    """Compare the weights that the experiment, once checked, starts from with those that `run` has recorded.

    Raises:
        BadInput: they are others.
    """
    start: Any = getattr(experiment, "start", None)
    then = (known.get("start") or {}).get("weights")
    if start is None or then is None or (now := start.facts()["weights"]) == then:
        return
    weights = getattr(experiment.options, "weights", None)
    named = [f"weights.{key}={value}" for key in NAMING if (value := getattr(weights, key, None)) is not None]
    raise BadInput(
        f"{', '.join(named)}: holds other weights than those that {run} began with (fingerprint {then}, now {now}); "
        "put the former ones back, or train a new run with artesano train."
    )
