"""A run as ONNX: a file that runs without torch, checked to say the same."""

from __future__ import annotations

import importlib.util
import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from artesano import seeding
from artesano.data.io.stream import stream
from artesano.errors import BadInput
from artesano.kinds.transfer.load import Loaded

OPSET = 18  # the exporter's own: no version conversion comes after it, and ONNX Runtime reads it since 1.14
TOLERANCE = 1e-4  # of a logit
ONE_FILE = 1_500_000_000  # bytes; protobuf ends at 2 GiB, so weights beyond this go into a second file


@dataclass(frozen=True)
class Parity:
    """How far ONNX Runtime and torch are apart.

    Attributes:
        difference: largest absolute difference of a logit.
        images: how many were compared.
        same: how many got the same class.
    """

    difference: float
    images: int
    same: int

    @property
    def close(self) -> bool:
        return self.difference <= TOLERANCE


def check_extra() -> None:
    """Raise BadInput when the packages of the extra `onnx` are missing."""
    missing = [name for name in ("onnx", "onnxruntime", "onnxscript") if importlib.util.find_spec(name) is None]
    if missing:
        raise BadInput(f"export needs {', '.join(missing)}: pip install 'artesano[onnx]'")


def export(loaded: Loaded, folder: Path) -> Path:
    """Write model.onnx and model.json; returns the path of model.onnx.

    The graph takes `images` float32 [batch, C, size, size], normalised as model.json says, and gives `logits`
    float32 [batch, K]; the batch may have any size.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network, preprocessing = loaded.network.cpu(), loaded.preprocessing
    example = torch.zeros(2, preprocessing.channels, preprocessing.size, preprocessing.size)
    path = folder / "model.onnx"
    write_onnx(network, {"images": example}, "logits", path)
    about = {
        "classes": loaded.classes,
        "preprocessing": preprocessing.to_dict(),
        "input": "images: float32 [batch, channels, size, size], RGB / 255, minus mean, over std",
        "output": "logits: float32 [batch, classes], before softmax",
        "backbone": loaded.record["model"]["backbone"],
        "opset": OPSET,
    }
    (folder / "model.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def write_onnx(
    network: nn.Module,
    inputs: dict[str, Tensor],
    output: str,
    path: Path,
    shapes: Sequence[dict[int, Any]] | None = None,
) -> None:
    """Trace the network, on the CPU, into a graph that takes any batch size.

    Args:
        inputs: an example of each, by the name it gets; a batch of two.
        output: the name of the result.
        shapes: for each input the axes of any length, as `torch.export.Dim`; None = the batch alone.
    """
    size = sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's advice to its own developers
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            path,
            dynamo=True,
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=[output],
            dynamic_shapes=tuple(shapes or [{0: batch} for _ in inputs]),
            external_data=size > ONE_FILE,
            verbose=False,
        )


def parity(loaded: Loaded, path: Path, files: Sequence[str] = ()) -> Parity:
    """Compare on batches of 1 and 3 images of noise, and on all of `files`."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    shape = (loaded.preprocessing.channels, loaded.preprocessing.size, loaded.preprocessing.size)
    draw = seeding.generator(0, "parity")
    batches = [torch.randint(0, 256, (count, *shape), generator=draw, dtype=torch.uint8) for count in (1, 3)]
    batches += [batch.images for batch in stream(files, loaded.preprocessing, 8) if len(batch.images)]
    differences, same = [], 0
    for images in batches:
        ours = loaded(images).numpy()
        theirs = session.run(["logits"], {"images": _normalised(loaded, images)})[0]
        differences.append(float(np.abs(ours - theirs).max()))
        same += int((ours.argmax(1) == theirs.argmax(1)).sum())
    # NaN must not pass for close
    difference = float(np.max(differences))
    return Parity(difference, sum(map(len, batches)), same)


def _normalised(loaded: Loaded, images: Tensor) -> np.ndarray:
    return loaded.preprocessing.normalise(images).numpy()
