"""What every loaded run has in common: the record is checked, tensors are read without running code, and they fit."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from artesano.config.targets import check_targets, load_plain
from artesano.errors import BadInput
from artesano.runs import record as records
from artesano.runs.bundle import SUFFIX
from artesano.runs.find import find_run
from artesano.training.memory_format import memory_format

KINDS = {
    "transfer": "a classifier (task=transfer)",
    "gan": "a GAN (task=gan) that makes images from noise",
    "image_gan": "a GAN from images (task=gan gan=srgan, pix2pix, ...)",
}
INSTEAD = {
    "transfer": "To label images with this classifier: artesano predict",
    "gan": "For images of this GAN: artesano sample",
    "image_gan": "To make images of yours with this one: artesano predict",
}


def kind_of(record: dict[str, Any]) -> str:
    """`transfer`, `gan` (images from noise) or `image_gan` (images from images), of a run that may have no network."""
    from_images = "image" in (record["model"].get("kind"), record["config"].get("gan.kind"))
    return "image_gan" if from_images else record["task"]


def kind_of_run(run: str | Path) -> str:
    """The kind of a run, by its folder, its number or `last`.

    Raises:
        BadInput: no such run.
    """
    return kind_of(records.read(find_run(run)))


def open_run(run: str | Path, kind: str) -> tuple[Path, dict[str, Any]]:
    """Folder and record of a run that came far enough to have a network.

    Args:
        run: its folder, its number or `last`.
        kind: what it must be: `transfer`, `gan` or `image_gan`.

    Raises:
        BadInput: no such run, a run of another kind, one without network, or one whose config names a class that is
            not allowed (nothing of it is run).
    """
    folder = find_run(run)
    record = records.read(folder)
    if (given := kind_of(record)) != kind:
        raise BadInput(f"{folder}: the run of {KINDS[given]}; {KINDS[kind]} is needed here. {INSTEAD[given]} {folder}.")
    if (folder / "config.yaml").exists():
        check_targets(load_plain(folder / "config.yaml"))
    if not record["model"]:
        raise BadInput(f"{folder}: the run ended ({record['status']}) before it had a network.")
    return folder, record


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The `state_dict` of a checkpoint, on the CPU; of a bundle, all its tensors.

    Raises:
        BadInput: no file, one that would run code, or one that is cut short.
    """
    bundled = path.with_suffix(SUFFIX)
    try:
        if path == bundled or (not path.exists() and bundled.exists()):
            return load_file(bundled)
        return torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    except FileNotFoundError:
        raise BadInput(f"{path}: no checkpoint there; the run has not come to its first validation.") from None
    except pickle.UnpicklingError:
        raise BadInput(f"{path} is refused: loading it could run code. Nothing of it was run.") from None
    except (SafetensorError, RuntimeError, EOFError, OSError, KeyError) as error:
        raise BadInput(f"{path} cannot be read as a checkpoint (truncated?): {str(error).split(chr(10))[0]}") from None


def below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): tensors[name] for name in tensors if name.startswith(prefix)}


def filled(network: nn.Module, tensors: dict[str, Tensor], path: Path) -> nn.Module:
    """The network with these weights: in eval mode, without gradients, on the accelerator if there is one.

    Raises:
        BadInput: the tensors are those of another network.
    """
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        first = [line.strip() for line in str(error).splitlines()[1:4]]
        raise BadInput(f"{path} does not fit the network that run.json describes: {' '.join(first)}") from None
    return ready(network)


def ready(network: nn.Module) -> nn.Module:
    """In eval mode, without gradients, in its memory format, on the accelerator if there is one."""
    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    network = network.eval().requires_grad_(False).to(device or "cpu")
    return network.to(memory_format=memory_format(network, "auto"))
