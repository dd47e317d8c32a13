"""The command that uses a generator of images, as it is printed to be copied."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any


def predict_command(place: str, model: Mapping[str, Any], images: str = "<images>") -> str:
    """`artesano predict`, with the first label where the generator takes labels and predicts nothing without one.

    Args:
        place: of the run, quoted for a shell.
        model: as in run.json.
    """
    label = f" --label {shlex.quote(model['classes'][0])}" if model.get("conditional") else ""
    return f"artesano predict {place} {images}{label}"
