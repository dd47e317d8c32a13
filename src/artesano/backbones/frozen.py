"""A bundle without its frozen weights: they are found again where it is used, and known by their hash."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from artesano.backbones.create import create_backbone
from artesano.backbones.weights import Weights
from artesano.errors import BadInput
from artesano.runs import record as records
from artesano.runs.bundle import RESTS_ON, SUFFIX
from artesano.training.fingerprint import fingerprint
from artesano.training.low_rank import is_update, plain_name


def learned(
    tensors: Mapping[str, Tensor], model: Mapping[str, Any], weights: Mapping[str, Any]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors that a run has changed or added, and what they rest on: names and one hash of all the others.

    No strategy is asked: what equals the pretrained tensor bit for bit is left out.

    Args:
        tensors: of the checkpoint, trained or averaged.
        model: as in run.json.
        weights: `weights.*` of the run's config.

    Raises:
        BadInput: frozen weights that nobody else has, weights that are gone, or nothing that is as it was pretrained.
    """
    source = weights.get("source")
    if "backbone" not in model or source in ("none", "run"):
        why = f"with weights.source={source} nobody else has them" if "backbone" in model else "this run has none"
        raise BadInput(f"--small: leaves out the pretrained weights that a run has not changed; {why}. Leave it out.")
    pretrained = backbone(model, weights)
    frozen = {
        name: tensor
        for name, tensor in tensors.items()
        if (first := pretrained.get(own_name(name))) is not None
        and not is_update(name)
        and first.dtype == tensor.dtype
        and torch.equal(first, tensor)
    }
    if not frozen:
        raise BadInput("--small: this run has changed every tensor of its backbone, so none can be left out.")
    rest = {"hash": fingerprint({own_name(name): tensor for name, tensor in frozen.items()}), "tensors": list(frozen)}
    return {name: tensor for name, tensor in tensors.items() if name not in frozen}, rest


def complete(folder: Path) -> None:
    """Put the frozen weights back into the folder of such a bundle; any other run folder stays as it is.

    Raises:
        BadInput: the weights are missing here, or they are others; says which are needed, and how to get them.
    """
    path = folder / "checkpoints" / f"best{SUFFIX}"
    if not path.is_file():
        return
    with safe_open(path, framework="pt") as file:
        about = dict(file.metadata() or {})
        if RESTS_ON not in about:
            return
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    rest, record = json.loads(about.pop(RESTS_ON)), records.read(folder)
    weights = {name: record["config"].get(f"weights.{name}") for name in ("source", "file", "run")}
    which = f"backbone={record['model']['backbone']} weights.source={weights['source']}"
    needed = f"{folder.name}: holds what was learned alone, without the frozen weights of {which}"
    try:
        pretrained = backbone(record["model"], weights)
    except BadInput as error:
        raise BadInput(f"{needed}, which are not here:", *(f"  {line}" for line in error.problems)) from None
    frozen = {name: pretrained[own_name(name)] for name in rest["tensors"] if own_name(name) in pretrained}
    present = fingerprint({own_name(name): tensor for name, tensor in frozen.items()})
    if present != rest["hash"]:
        raise BadInput(
            f"{needed}; those that are here are others (hash {present[:12]}, needed {rest['hash'][:12]}).",
            "  Install or fetch the version that the run was trained from, or ask for a bundle made without --small.",
        )
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    save_file({name: tensor.contiguous() for name, tensor in (tensors | frozen).items()}, draft, about)
    os.replace(draft, path)


def backbone(model: Mapping[str, Any], weights: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors of the pretrained backbone as the run began with them."""
    network = create_backbone(
        model["backbone"],
        Weights(**weights),
        in_chans=model["in_chans"],
        image_size=model["image_size"],
        **model["backbone_args"],
    )
    return network.state_dict()


def own_name(name: str) -> str:
    """The backbone's own name of a tensor of a checkpoint; "" of one that is not the backbone's."""
    return plain_name(name.partition(".backbone.")[2])
