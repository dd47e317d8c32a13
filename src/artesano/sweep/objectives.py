"""Objectives that the trials have: images with several labels have no accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artesano.errors import BadInput
from artesano.sweep.space import Space

INSTEAD = {"val/accuracy": "val/map", "test/accuracy": "test/map"}
OF_ONE_LABEL = ("accuracy", "accuracy_top5", "ece", "ece_calibrated")


def fitting(space: Space, config: Mapping[str, Any]) -> Space:
    """The same space; where images have several labels, mean average precision is searched for instead of accuracy.

    Args:
        config: of a trial, resolved.

    Raises:
        BadInput: another objective that only images with one label have.
    """
    data = config.get("data") or {}
    if not (data.get("label_separator") or data.get("label_columns")):
        return space
    objectives = {INSTEAD.get(name, name): way for name, way in space.objectives.items()}
    if wrong := [name for name in objectives if name.partition("/")[2] in OF_ONE_LABEL]:
        raise BadInput(
            *(
                f"objectives.{name}: not measured where images have several labels; give val/map, val/micro_f1, "
                "val/macro_f1 or val/nll."
                for name in wrong
            )
        )
    return space.model_copy(update={"objectives": objectives})
