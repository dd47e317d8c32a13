"""Short forms of overrides, and the names that other tools have for them: `photos/ epochs=5 lr=1e-4`.

A run's record holds the full keys. A short form never hides a key: each of them is no key of any config here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import yaml

from artesano.config import search_path
from artesano.errors import BadInput

SHORT = {
    "arch": "backbone",
    "architecture": "backbone",
    "model": "backbone",
    "epochs": "max_epochs",
    "num_epochs": "max_epochs",
    "steps": "max_steps",
    "img_size": "image_size",
    "imgsz": "image_size",
    "batch": "data.batch_size",
    "batch_size": "data.batch_size",
    "bs": "data.batch_size",
    "num_workers": "data.workers",
    "workers": "data.workers",
    "root": "data.root",
    "learning_rate": "lr",
    "weight_decay": "optimizer.weight_decay",
    "wd": "optimizer.weight_decay",
    "device": "trainer.accelerator",
    "precision": "trainer.precision",
}
TARGET = "adapt.data"  # a second data set, of the group `data` too
TARGET_GROUP = f"data@{TARGET}"  # Hydra's name for it
RATES = {"transfer": "optimizer.lr", "gan": "hacks.lr"}  # of each task
WHOLE = {
    "freeze=true": "strategy=freeze",
    "freeze=false": "strategy=full",
    "pretrained=true": "weights.source=package",
    "pretrained=false": "weights.source=none",
}
#: the data set of the user's files for each `image_to_image`; of all others `folder`
PAIRS = {
    "restoration": "sr_folder",
    "inpainting": "sr_folder",
    "translation": "paired_folder",
    "cycle": "unpaired_folder",
}


def full(overrides: list[str]) -> list[str]:
    """The overrides with short forms replaced; those with `+`, `++` or `~` in front stay as they are.

    A folder alone, or as the value of `data=`, is a data set of the user's files: `data=folder data.root=<folder>`,
    or that of pairs which the chosen GAN from images is trained on. A .csv file is a table of them.
    """
    given = dict(override.lstrip("+").split("=", 1) for override in overrides if "=" in override)
    experiment = given.get("experiment", "")
    places = [override for override in overrides if is_place(override)]
    if len(places) > 1:
        raise BadInput(
            f"{' and '.join(places)}: one data set at a time; put them into one folder, or list them in a CSV."
        )
    gan = given.get("gan") or chosen_by("experiment", experiment, "gan") or None
    task = given.get("task") or ("gan" if gan else chosen_by("experiment", experiment, "task"))
    return [whole for override in overrides for whole in replaced(override, gan, task)]


def replaced(override: str, gan: str | None, task: str) -> Iterator[str]:
    """One override by its full keys."""
    key, equals, value = override.partition("=")
    if not equals or key == "data" or is_folder_of_user(override):
        yield from files(override, value if key == "data" else override, gan)
        return
    if key == TARGET:
        yield from target_data(value)
        return
    if override.lower() in WHOLE:
        yield WHOLE[override.lower()]
        return
    key = SHORT.get(key, key)
    yield f"{RATES.get(task, RATES['transfer']) if key == 'lr' else key}={value}"


def files(override: str, place: str, gan: str | None) -> Iterator[str]:
    """A data set of the files at `place`; the override itself where there are none, or `data=` names a choice."""
    path = Path(os.path.expanduser(place))
    chosen = override.startswith("data=")
    if chosen and (is_choice(place) or not place):
        yield override
    elif path.is_dir():
        yield from (f"data={folders_of(gan)}", f"data.root={place}")
    elif path.is_file() and path.suffix.lower() in (".csv", ".tsv"):
        yield from ("data=csv", f"data.file={place}")
    else:
        yield override


def is_place(override: str) -> bool:
    """True for a folder or a table of the user's, given without a key."""
    plain = "=" not in override or is_folder_of_user(override)
    return plain and len(list(files(override, override, None))) > 1


def target_data(value: str) -> Iterator[str]:
    """`adapt.data=mnist5k` by Hydra's name of the group: `data@adapt.data=mnist5k`."""
    for override in files(f"data={value}", value, None):
        chosen = override.removeprefix("data=")
        yield f"{TARGET_GROUP}={chosen}" if chosen != override else f"adapt.{override}"


def short(group: str) -> str:
    """`data@adapt.data` as it is given; other groups as they are."""
    return TARGET if group == TARGET_GROUP else group


def is_folder_of_user(override: str) -> bool:
    """True for a folder whose name has a `=` in it, given with its path."""
    return os.sep in override.partition("=")[0] and os.path.isdir(os.path.expanduser(override))


def is_choice(name: str) -> bool:
    """True for an option of `data`, also in a subfolder of the user's own."""
    return any((root / "data" / f"{name}.yaml").is_file() for root in search_path.roots())


def folders_of(gan: str | None) -> str:
    """The choice of `data` for folders of the user's files."""
    return PAIRS.get(chosen_by("gan", gan, "image_to_image"), "folder") if gan else "folder"


def chosen_by(group: str, option: str, other: str) -> str:
    """The option of the group `other` which an option chooses, itself or in the one that it builds on; "" = none.

    Also "" for YAML that is broken: composing the config says where.
    """
    file = next((path for root in search_path.roots() if (path := root / group / f"{option}.yaml").is_file()), None)
    if file is None:
        return ""
    try:
        defaults = (yaml.safe_load(file.read_text("utf-8")) or {}).get("defaults") or []
    except yaml.YAMLError:
        return ""
    chosen = ""
    for default in defaults:
        if isinstance(default, str) and default != "_self_":
            chosen = chosen_by(group, default, other) or chosen
        elif isinstance(default, dict):
            for name, choice in default.items():
                if str(name).removeprefix("override ").strip() == f"/{other}":
                    chosen = str(choice)
    return chosen
