"""A generator of images from images as ONNX, for any height and width."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano import seeding
from artesano.errors import BadInput
from artesano.gan.networks.disturbances import DropoutAtTest
from artesano.kinds.image_gan.load import LoadedImageGan
from artesano.kinds.transfer.export import OPSET, write_onnx

LONGEST = 2**14  # px of a side that the graph is made for


def export_generator(gan: LoadedImageGan, folder: Path) -> Path:
    """Write model.onnx and model.json; returns the path of model.onnx.

    The graph takes `source` float32 [batch, Cin, h, w] and, of a conditional generator, `labels` int64 [batch]; it
    gives `images` float32 [batch, Cout, scale * h, scale * w]. The pixel range, and the number that h and w must be
    multiples of, stand in model.json.

    Raises:
        BadInput: the generator is random in itself, so that no graph could be compared with it.
    """
    generator = gan.generator.cpu()
    if any(isinstance(module, DropoutAtTest) and module.share for module in generator.modules()):
        raise BadInput(f"{gan.folder}: a generator with hacks.dropout_at_test=true makes no image the same twice.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    steps = {axis: torch.export.Dim(axis, min=2, max=LONGEST // gan.multiple) for axis in ("rows", "columns")}
    batch = torch.export.Dim("batch")
    sides = {0: batch} | {at: gan.multiple * step for at, step in enumerate(steps.values(), 2)}
    inputs = inputs_of(gan, 2, *sizes(gan)[0])
    write_onnx(generator, inputs, "images", path, [sides, {0: batch}][: len(inputs)])
    low, high = gan.pixels.ends
    about: dict[str, Any] = {
        "gan": gan.record["model"]["gan"],
        "classes": gan.classes if gan.conditional else [],
        "scale": gan.scale,
        "multiple": gan.multiple,
        "halo": gan.halo,
        "input": f"source: float32 [batch, {gan.in_channels}, h, w], h and w multiples of {gan.multiple}"
        + ("; labels: int64 [batch]" if gan.conditional else ""),
        "output": f"images: float32 [batch, {gan.out_channels}, {gan.scale} * h, {gan.scale} * w]",
        "pixel_range": {"black": low, "white": high},
        "opset": OPSET,
    }
    if gan.fills_holes:
        about["mask"] = "the last channel of the source: white where pixels are missing, which have the others' mean"
    (folder / "model.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def difference(gan: LoadedImageGan, path: Path) -> float:
    """Largest absolute difference of ONNX Runtime to torch on two sizes, in units of the pixel range (2 from black to
    white where images are in [-1, 1]); NaN if either gives NaN."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    differences = []
    for count, size in zip((1, 3), sizes(gan)[1:], strict=True):
        inputs = inputs_of(gan, count, *size)
        with torch.no_grad():
            ours = gan.generator.cpu()(*inputs.values()).numpy()
        theirs = session.run(["images"], {name: value.numpy() for name, value in inputs.items()})[0]
        differences.append(float(np.abs(ours - theirs).max()))
    return float(np.max(differences))  # unlike Python's max, it keeps a NaN


def sizes(gan: LoadedImageGan) -> list[tuple[int, int]]:
    """Heights and widths: the one that the graph is made with, and the two that it is compared on."""
    side = -(-max(16, 2 * gan.multiple) // gan.multiple) * gan.multiple
    return [(side, side + gan.multiple), (side + 2 * gan.multiple, side), (2 * side, 3 * side)]


def inputs_of(gan: LoadedImageGan, count: int, height: int, width: int) -> dict[str, Tensor]:
    """Inputs of the graph, by name: noise, and labels in turn."""
    low, high = gan.pixels.ends
    noise = torch.rand(count, gan.in_channels, height, width, generator=seeding.generator("parity", count))
    source = {"source": low + (high - low) * noise}
    return source | ({"labels": torch.arange(count) % len(gan.classes)} if gan.conditional else {})
