"""`data=… data.<option>=…` after the name of a run: which data set is meant."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from artesano.config.compose import Composed, compose
from artesano.config.overrides import is_path, key, normalise, value
from artesano.config.schema import check_node
from artesano.config.targets import instantiate, load_plain, selected
from artesano.data.dataset import ImageData
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.kinds import split_of_run
from artesano.runs.folder import FILES, slug

PLACES = {f"data.{name}" for name in ("root", "file", "lr_root", "source_root", "target_root")}
KEPT = {  # what a run's files were read and cut with
    f"data.{name}"
    for name in (
        "split_seed", "val_fraction", "test_fraction", "classes", "min_images",
        "path_column", "label_column", "label_separator", "label_columns", "split_column", "layout", "direction",
    )
}  # fmt: skip


def data_for(overrides: list[str], run: Path | None, split: str = "test") -> ImageData:
    """With `data=<option>` that data set; without it the run's own, its options changed by `overrides`.

    The run's own keep their split, also where `overrides` say that they lie elsewhere; what is not as it was is
    printed.

    Args:
        split: what is to be used of it; `new`: the images that the run has never seen, which become the part `test`.

    Raises:
        BadInput: an override of something else, an unknown option, a wrong type; other classes than the run's,
            nothing left of the split.
    """
    strange = [override for override in overrides if key(override) != "data" and not key(override).startswith("data.")]
    if strange:
        raise BadInput(
            *(f"{override}: only data=<option> and data.<option>=<value> can be given here." for override in strange)
        )
    if run is None or any(key(override) == "data" for override in overrides):
        if split == "new":
            raise BadInput("--split new: of the run's own data only; leave data=... out, or --split.")
        return measured(data_of(compose(overrides)), overrides)
    node = _changed(data_node(run), normalise(overrides))
    data = checked(node)
    if kept(data, node, run, overrides, split):
        return data
    if split == "new":
        listed = (run / FILES).is_file()
        why = (
            "these are other images; leave --split out"
            if listed
            else "it has no list of its files, so none is known as new"
        )
        raise BadInput(f"--split new: of the own data of {run} only, and {why}.")
    return measured(data, overrides) if overrides else data


def measured(data: Any, overrides: list[str]) -> Any:
    """The same data for measuring: classes of one image count too, unless `overrides` have data.min_images."""
    if isinstance(data, ImageData) and not any(key(override) == "data.min_images" for override in overrides):
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


def kept(data: Any, node: dict[str, Any], run: Path, overrides: list[str], split: str) -> bool:
    """Let the data take the split of the run, if they are its own; say what is not as it was."""
    files = split_of_run.read_listing(run, data)
    if files is None:
        return False
    if any(key(override) in PLACES for override in overrides) and not split_of_run.most_are_there(files):
        return False  # other images
    if wrong := [override for override in overrides if key(override) in KEPT]:
        raise BadInput(
            *(f"{override}: a run keeps its split and its labels ({run / FILES})." for override in wrong),
            "  Leave it out, or read the data as others: data=<option> data.<option>=<value>.",
        )
    changes = split_of_run.changes_since(files, node, run)
    for line in split_of_run.keep_for_use(data, files, changes, run, split):
        print(line)
    return True


def name_for(overrides: list[str], split: str) -> str:
    """A folder name for results on these data: `test`, `rendered_digits-test`, `folder-photos-all`."""
    parts = [
        Path(value(override)).name
        if key(override) == "data" or is_path(override)
        else f"{key(override)[5:]} {value(override)}"
        for override in overrides
    ]
    return slug(" ".join([*parts, split]))


def results_folder(run: Path, name: str | None, automatic: str, overrides: list[str]) -> Path:
    """The folder <run>/evaluations/<name>, made; see `folder_of_data`.

    Args:
        name: the user's own; its folder is used whatever it holds.
        overrides: the words that chose the data; none = the run's own.
    """
    return folder_of_data(run / "evaluations", automatic, normalise(overrides), name)


def folder_of_data(home: Path, automatic: str, words: list[str], name: str | None = None) -> Path:
    """The folder <home>/<automatic>, made, with a data.json that says which data its results are of.

    Where it has results of other data, of a folder with the same last name for example, the name gets an ending that is
    always the same for these data.

    Args:
        words: what chose the data, whatever the current folder: overrides, or paths of images.
        name: in the place of `automatic`, whatever its folder holds.
    """
    folder = home / (name or automatic)
    with contextlib.suppress(OSError, ValueError):  # results of older versions do not say what they are of
        known = json.loads((folder / "data.json").read_text(encoding="utf-8"))["overrides"]
        if name is None and known != words:
            digest = hashlib.blake2b(repr(words).encode("utf-8", "backslashreplace"), digest_size=3)
            folder = folder.with_name(f"{automatic}-{digest.hexdigest()}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.json").write_text(json.dumps({"overrides": words}), encoding="utf-8")
    return folder


def folder_of_images(home: Path, inputs: Sequence[str], prefix: str = "") -> Path:
    """The same for images that are named on a command line; their folder or file gives the name, after `prefix`."""
    paths = [os.path.abspath(expanded(place)) for place in inputs]
    return folder_of_data(home, slug(f"{prefix} {Path(paths[0]).resolve().name}"), paths)


def _changed(node: dict[str, Any], overrides: list[str]) -> dict[str, Any]:
    changed = dict(node)
    for override in overrides:
        name = key(override).removeprefix("data.")
        if name.startswith("_"):
            raise BadInput(f"{override}: another data set is chosen by data=<option>.")
        text = value(override)
        try:  # a path is text as it stands; everything else is read as YAML
            changed[name] = text if is_path(override) else yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise BadInput(f"{override}: cannot be read as a value ({str(error).splitlines()[0]}).") from error
    return changed
