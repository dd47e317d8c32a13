"""`data=… data.<option>=…` after the name of a run: which data set is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from artesano.config.compose import compose
from artesano.config.overrides import is_path, key, normalise, value
from artesano.config.schema import check_node
from artesano.config.targets import instantiate, load_plain, selected
from artesano.data.dataset import ImageData
from artesano.errors import BadInput
from artesano.runs.folder import slug


def data_for(words: list[str], run: Path | None) -> ImageData:
    """With `data=<option>` that data set; without it the run's own, its options changed by `words`.

    Raises:
        BadInput: a word about something else, an unknown option, a wrong type.
    """
    strange = [word for word in words if key(word) != "data" and not key(word).startswith("data.")]
    if strange:
        raise BadInput(
            *(f"{word}: only data=<option> and data.<option>=<value> can be given here." for word in strange)
        )
    if run is None or any(key(word) == "data" for word in words):
        node = compose(words).resolved["data"]
    else:
        node = _changed(selected(load_plain(run / "config.yaml"), "data"), normalise(words))
    if problems := check_node("data", node):
        raise BadInput(*problems)
    return instantiate(node)


def name_for(words: list[str], split: str) -> str:
    """A folder name for results on these data: `test`, `rendered_digits-test`, `folder-photos-all`."""
    parts = [
        Path(value(word)).name if key(word) == "data" or is_path(word) else f"{key(word)[5:]} {value(word)}"
        for word in words
    ]
    return slug(" ".join([*parts, split]))


def _changed(node: dict[str, Any], words: list[str]) -> dict[str, Any]:
    changed = dict(node)
    for word in words:
        name = key(word).removeprefix("data.")
        if name.startswith("_"):
            raise BadInput(f"{word}: another data set is chosen by data=<option>.")
        text = value(word)
        try:  # a path is text as it stands; everything else is read as YAML
            changed[name] = text if is_path(word) else yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise BadInput(f"{word}: cannot be read as a value ({str(error).splitlines()[0]}).") from error
    return changed
