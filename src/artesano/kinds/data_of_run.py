"""`data=… data.<option>=…` after the name of a run: which data set is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from artesano.config.compose import Composed, compose
from artesano.config.overrides import is_path, key, normalise, value
from artesano.config.schema import check_node
from artesano.config.targets import instantiate, load_plain, selected
from artesano.data.dataset import ImageData
from artesano.errors import BadInput
from artesano.kinds import split_of_run
from artesano.runs.folder import FILES, slug

PLACES = {f"data.{name}" for name in ("root", "file", "lr_root", "source_root", "target_root")}
KEPT = {  # what a run's files were read and cut with
    f"data.{name}"
    for name in (
        "split_seed", "val_fraction", "test_fraction", "classes", "min_images",
        "path_column", "label_column", "split_column", "layout", "direction",
    )
}  # fmt: skip


def data_for(words: list[str], run: Path | None, split: str = "test") -> ImageData:
    """With `data=<option>` that data set; without it the run's own, its options changed by `words`.

    The run's own keep their split, also where `words` say that they lie elsewhere; what is not as it was is printed.

    Args:
        split: what is to be used of it; `new`: the images that the run has never seen, which become the part `test`.

    Raises:
        BadInput: a word about something else, an unknown option, a wrong type; other classes than the run's, nothing
            left of the split.
    """
    strange = [word for word in words if key(word) != "data" and not key(word).startswith("data.")]
    if strange:
        raise BadInput(
            *(f"{word}: only data=<option> and data.<option>=<value> can be given here." for word in strange)
        )
    if run is None or any(key(word) == "data" for word in words):
        if split == "new":
            raise BadInput("--split new: of the run's own data only; leave data=... out, or --split.")
        return measured(data_of(compose(words)), words)
    node = _changed(data_node(run), normalise(words))
    data = checked(node)
    if kept(data, node, run, words, split):
        return data
    if split == "new":
        listed = (run / FILES).is_file()
        why = (
            "these are other images; leave --split out"
            if listed
            else "it has no list of its files, so none is known as new"
        )
        raise BadInput(f"--split new: of the own data of {run} only, and {why}.")
    return measured(data, words) if words else data


def measured(data: Any, words: list[str]) -> Any:
    """The same data for measuring: classes of one image count too, unless `words` have data.min_images."""
    if isinstance(data, ImageData) and not any(key(word) == "data.min_images" for word in words):
        data.min_images = 1
    return data


def data_node(run: Path) -> dict[str, Any]:
    """The node `data` of a run's config."""
    return selected(load_plain(run / "config.yaml"), "data")


def data_of(composed: Composed) -> Any:
    """The data set of a config."""
    return checked(composed.resolved["data"])


def checked(node: dict[str, Any]) -> Any:
    """The data set of a node whose keys and types are checked."""
    if problems := check_node("data", node):
        raise BadInput(*problems)
    return instantiate(node)


def kept(data: Any, node: dict[str, Any], run: Path, words: list[str], split: str) -> bool:
    """Let the data take the split of the run, if they are its own; say what is not as it was."""
    files = split_of_run.read_listing(run, data)
    if files is None:
        return False
    if any(key(word) in PLACES for word in words) and not split_of_run.most_are_there(files):
        return False  # other images
    if wrong := [word for word in words if key(word) in KEPT]:
        raise BadInput(
            *(f"{word}: a run keeps its split and its labels ({run / FILES})." for word in wrong),
            "  Leave it out, or read the data as others: data=<option> data.<option>=<value>.",
        )
    changes = split_of_run.changes_since(files, node, run)
    for line in split_of_run.keep_for_use(data, files, changes, run, split):
        print(line)
    return True


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
