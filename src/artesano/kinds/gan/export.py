"""A generator as ONNX: z in, images out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.gan.networks.disturbances import DropoutAtTest
from artesano.kinds.gan.load import LoadedGan
from artesano.kinds.transfer.export import OPSET, write_onnx


def export_generator(gan: LoadedGan, folder: Path) -> Path:
    """Write model.onnx and model.json; returns the path of model.onnx.

    The graph takes `z` float32 [batch, D] and, of a conditional generator, `labels` int64 [batch]; it gives `images`
    float32 [batch, C, S, S] in the range that model.json names. The batch may have any size.

    Raises:
        BadInput: the generator is random in itself, so that no graph could be compared with it.
    """
    generator = gan.generator.cpu()
    if any(isinstance(module, DropoutAtTest) and module.share for module in generator.modules()):
        raise BadInput(f"{gan.folder}: a generator with hacks.dropout_at_test=true gives no z the same image twice.")
    folder.mkdir(parents=True, exist_ok=True)
    inputs = inputs_of(gan, 2)
    with torch.no_grad():
        generator(*inputs.values())  # a reference batch shows itself in the first pass
    path = folder / "model.onnx"
    write_onnx(generator, inputs, "images", path)
    low, high = gan.pixels.ends
    about: dict[str, Any] = {
        "gan": gan.record["model"]["gan"],
        "classes": gan.classes if gan.conditional else [],
        "latent": {**asdict(gan.latent), "dim": gan.latent.dim, "order": "noise, discrete codes (one-hot), continuous"},
        "input": "z: float32 [batch, dim]" + ("; labels: int64 [batch]" if gan.conditional else ""),
        "output": f"images: float32 [batch, {', '.join(map(str, gan.shape))}]",
        "pixel_range": {"black": low, "white": high},
        "opset": OPSET,
    }
    (folder / "model.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def difference(gan: LoadedGan, path: Path) -> float:
    """Largest absolute difference of ONNX Runtime to torch on batches of 1 and 3, in units of the pixel range (2 from
    black to white where images are in [-1, 1]); NaN if either gives NaN."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    differences = []
    for count in (1, 3):
        inputs = inputs_of(gan, count)
        with torch.no_grad():
            ours = gan.generator.cpu()(*inputs.values()).numpy()
        theirs = session.run(["images"], {name: value.numpy() for name, value in inputs.items()})[0]
        differences.append(float(np.abs(ours - theirs).max()))
    return float(np.max(differences))  # unlike Python's max, it keeps a NaN


def inputs_of(gan: LoadedGan, count: int) -> dict[str, Tensor]:
    """Inputs of the graph, by name."""
    z, labels = gan.draw(count, "parity", count)
    return {"z": z, "labels": labels} if gan.conditional else {"z": z}
