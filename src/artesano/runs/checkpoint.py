"""Reads checkpoints and bundles; no code in a file is run. The rest of `runs` imports no torch.

A run that keeps a moving average of its weights (EMA) saves it beside the trained ones. The rule for every consumer of
a trained run (evaluate, predict, sample, embed, export, bundle, `weights.run`, `phases.run`, `artesano.load`,
`evaluation.extractor=run:`): the averaged weights where the file has them, else the trained ones; `raw` means the
trained ones. Only `resume` needs both.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from artesano.errors import BadInput, nearest
from artesano.runs.bundle import SUFFIX
from artesano.training.former_names import current_names
from artesano.training.low_rank import merged
from artesano.training.memory_format import memory_format

AVERAGE = "ema.module."
BEST_OF_PHASE = "_best.ckpt"


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a checkpoint or a bundle, on the CPU.

    Attributes:
        path: the file.
        tensors: by the names of the Lightning module: `network.…`, and `ema.module.…` of the average.
    """

    path: Path
    tensors: dict[str, Tensor]

    @property
    def averaged(self) -> bool:
        """True when `weights` gives averaged weights."""
        return any(name.startswith(AVERAGE) for name in self.tensors)

    def weights(self, trained: str, averaged: str = "") -> dict[str, Tensor]:
        """The weights of one network under its own names, low-rank updates merged; empty where the file has none of it.

        Args:
            trained: what the names of its trained weights begin with, such as `network.generator.`.
            averaged: the same of its averaged weights, without `ema.module.`.
        """
        return merged(below(AVERAGE + averaged, self.tensors) or below(trained, self.tensors))

    def shipped(self, trained: Sequence[str], further: Sequence[str] = ()) -> dict[str, Tensor]:
        """What a bundle holds, under the names of the file: the average alone, else what begins with `trained`; and
        what begins with `further`."""
        names = ((AVERAGE,) if self.averaged else tuple(trained)) + tuple(further)
        return {name: tensor for name, tensor in self.tensors.items() if name.startswith(names)}


def read_checkpoint(folder: Path, which: str = "best") -> Checkpoint:
    """A checkpoint of a run folder.

    Args:
        which: see `checkpoint_path`.

    Raises:
        BadInput: no such checkpoint, one that is cut short, or one that would run code.
    """
    path = checkpoint_path(folder, which)
    checkpoint = read_file(path)
    if which != "raw":
        return checkpoint
    trained = {name: tensor for name, tensor in checkpoint.tensors.items() if not name.startswith(AVERAGE)}
    if path.suffix == SUFFIX and checkpoint.averaged:
        raise BadInput(f"--which raw: {path} is from a bundle, which holds the averaged weights only.")
    return Checkpoint(path, trained)


def checkpoint_path(folder: Path, which: str = "best") -> Path:
    """The file of a checkpoint; of a bundle's folder, checkpoints/best.safetensors.

    Args:
        which: `best`, `last`, `raw` (the best, without the average), or the name of a phase: the best of that phase.

    Raises:
        BadInput: no such checkpoint.
    """
    home = folder / "checkpoints"
    files = {"best": "best.ckpt", "raw": "best.ckpt", "last": "last.ckpt"}
    files |= {phase: f"{phase}{BEST_OF_PHASE}" for phase in phases(folder)}
    if which not in files:
        raise BadInput(f"--which {which}: there are {', '.join(files)}.{nearest(which, files)}")
    path, bundled = home / files[which], home / f"best{SUFFIX}"
    if path.is_file():
        return path
    if bundled.is_file():
        if path.stem == bundled.stem:
            return bundled
        raise BadInput(f"--which {which}: {folder} is from a bundle, which holds the best checkpoint only.")
    if (home / "last.ckpt").is_file():
        raise BadInput(f"{path}: no such checkpoint yet; use --which last.")
    raise BadInput(f"{path}: no such checkpoint; the run ended before its first validation.")


def phases(folder: Path) -> list[str]:
    """The phases of a run that have a best checkpoint of their own."""
    return sorted(file.name.removesuffix(BEST_OF_PHASE) for file in (folder / "checkpoints").glob(f"*{BEST_OF_PHASE}"))


def read_file(path: Path) -> Checkpoint:
    """The tensors of a .ckpt or .safetensors file. They are memory-mapped, so reading names and shapes is cheap.

    Raises:
        BadInput: a file that would run code, or one that is cut short.
    """
    try:
        tensors = load_file(path) if path.suffix == SUFFIX else whole_state(path)["state_dict"]
        return Checkpoint(path, current_names(tensors))
    except (SafetensorError, OSError, KeyError) as error:
        raise BadInput(f"{path} cannot be read as a checkpoint (truncated?): {first_line(error)}") from None


def saved_step(path: Path) -> int:
    """The step of a .ckpt file.

    Raises:
        BadInput: it cannot be read, or it is no checkpoint of ours.
    """
    try:
        return int(whole_state(path)["step"])
    except KeyError:
        raise BadInput(f"{path}: not a checkpoint of Artesano (it holds no step).") from None


def whole_state(path: Path) -> dict[str, Any]:
    """All that a .ckpt file holds: what `resume` and `branch` go on from; tensors are memory-mapped.

    Raises:
        BadInput: it would run code, or it is cut short.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError:
        raise BadInput(f"{path} is refused: loading it could run code. Nothing in it was run.") from None
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as a checkpoint (truncated?): {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """The first line of an error's message, else its type."""
    return (str(error) or type(error).__name__).splitlines()[0]


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def fill(network: nn.Module, weights: Mapping[str, Tensor], path: Path) -> nn.Module:
    """The network with these weights.

    Args:
        path: their file, for the error.

    Raises:
        BadInput: they are those of another network.
    """
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        first = [line.strip() for line in str(error).splitlines()[1:4]]
        raise BadInput(f"{path} does not fit the network that run.json describes: {' '.join(first)}") from None
    return network


def ready(network: nn.Module) -> nn.Module:
    """In eval mode, without gradients, in its memory format, on the accelerator if there is one."""
    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    network = network.eval().requires_grad_(False).to(device or "cpu")
    return network.to(memory_format=memory_format(network, "auto"))
