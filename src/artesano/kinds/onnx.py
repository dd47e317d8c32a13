"""A network as ONNX: a file that runs without torch, compared with torch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from artesano.extras import require
from artesano.kinds.places import file_to_write, folder_to_fill, names_file

OPSET = 18  # the exporter's own: no version conversion comes after it, and ONNX Runtime reads it since 1.14
NAME = "model.onnx"
TOLERANCE = 1e-4  # of a logit or a pixel
ONE_FILE = 1_500_000_000  # bytes; protobuf ends at 2 GiB, so weights beyond this go into a second file


def check_extra() -> None:
    """Raise BadInput when the packages of the extra `onnx` are missing."""
    require("onnx", "export", "onnx", "onnxruntime", "onnxscript")


def target(output: str | None, folder: Path) -> Path:
    """The file of the graph: `--output`, or model.onnx in that folder; without it <run>/export/model.onnx.

    Raises:
        BadInput: the name of a file that does not end in .onnx, or a place where nothing can be written.
    """
    if output is None:
        return file_to_write(str(folder / "export" / NAME), option="")
    return file_to_write(output, (".onnx",)) if names_file(output) else folder_to_fill(output) / NAME


def write(
    network: nn.Module,
    inputs: dict[str, Tensor],
    output: str,
    place: Path,
    about: dict[str, Any],
    shapes: Sequence[dict[int, Any]] | None = None,
) -> Path:
    """Write a graph that takes any batch size, and a JSON file beside it; returns the path of the graph.

    Args:
        network: is traced, on the CPU.
        inputs: an example of each, by the name it gets; a batch of two.
        output: the name of the result.
        place: a name that ends in .onnx, or a folder for model.onnx and model.json.
        about: what the JSON says besides the opset.
        shapes: for each input the axes of any length, as `torch.export.Dim`; None = the batch alone.
    """
    path = place if place.suffix == ".onnx" else place / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    size = sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's advice to its own developers
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            network.cpu(),
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
    text = json.dumps(about | {"opset": OPSET}, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(text, encoding="utf-8", errors="backslashreplace")
    return path


def outputs(
    network: nn.Module, path: Path, batches: Iterable[dict[str, Tensor]]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What torch and ONNX Runtime, both on the CPU, compute for each batch of inputs by name."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    network = network.cpu()
    for inputs in batches:
        with torch.no_grad():
            ours = network(*inputs.values()).numpy()
        yield ours, session.run(None, {name: value.numpy() for name, value in inputs.items()})[0]


def difference(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """The largest absolute difference; NaN if either side has one."""
    return float(np.max([np.abs(ours - theirs).max() for ours, theirs in pairs]))  # Python's max would lose a NaN


def report(path: Path, takes: str, compared: str, largest: float) -> bool:
    """Print what was written and how far it is from torch; returns True when it is close enough to be shipped.

    Args:
        takes: which inputs.
        compared: on what, and in which unit: "over 4 images, of a logit".
    """
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB, opset {OPSET}, {takes})")
    print(f"largest difference to torch {compared}: {largest:.2e}")
    if largest <= TOLERANCE:
        return True
    print(f"The outputs differ by more than {TOLERANCE:g}: do not use this file.")
    return False
