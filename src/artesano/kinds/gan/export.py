"""`artesano export` of a GAN from noise: z in, images out."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.kinds import onnx
from artesano.kinds.gan.generator import LoadedGan
from artesano.kinds.gan.load import load_gan
from artesano.next_steps import next_steps, quoted


def command(run: str, inputs: list[str], arguments: Namespace) -> int:
    """Write the files and compare on z that are drawn; exit code 1 when they differ too much."""
    if inputs:
        raise BadInput(
            f"{inputs[0]}: images are not used here, as the generator is compared on random z; leave them out."
        )
    gan = load_gan(run)
    place = onnx.target(arguments.output, gan.folder)
    path = export_generator(gan, place)
    takes = "takes z and labels, any batch size" if gan.conditional else "takes z, any batch size"
    low, high = gan.pixels.ends
    if not onnx.report(path, takes, f"over 4 images, of pixels from {low:g} to {high:g}", difference(gan, path)):
        return 1
    where = quoted(gan.folder)
    next_steps(
        f"artesano sample {where}",
        f"artesano sample {where} --count 1000 --to samples.npz",
        f"artesano evaluate {where}",
    )
    return 0


def export_generator(gan: LoadedGan, place: Path) -> Path:
    """Write model.onnx and model.json into a folder, or by the name `place`; returns the path of the graph.

    The graph takes `z` float32 [batch, D] and, of a conditional generator, `labels` int64 [batch]; it gives `images`
    float32 [batch, C, S, S] in the range that model.json names. The batch may have any size.

    Raises:
        BadInput: the generator is random in itself, so that no graph could be compared with it.
    """
    gan.refuse_random("gives no z the same image twice")
    inputs = inputs_of(gan, 2)
    with torch.no_grad():
        gan.generator.cpu()(*inputs.values())  # a reference batch shows itself in the first pass
    low, high = gan.pixels.ends
    about: dict[str, Any] = {
        "gan": gan.record["model"]["gan"],
        "classes": gan.classes if gan.conditional else [],
        "latent": {**asdict(gan.latent), "dim": gan.latent.dim, "order": "noise, discrete codes (one-hot), continuous"},
        "input": "z: float32 [batch, dim]" + ("; labels: int64 [batch]" if gan.conditional else ""),
        "output": f"images: float32 [batch, {', '.join(map(str, gan.shape))}]",
        "pixel_range": {"black": low, "white": high},
    }
    return onnx.write(gan.generator, inputs, "images", place, about)


def difference(gan: LoadedGan, path: Path) -> float:
    """Largest absolute difference of ONNX Runtime to torch on batches of 1 and 3, in units of the pixel range (2 from
    black to white where images are in [-1, 1]); NaN if either gives NaN."""
    return onnx.difference(onnx.outputs(gan.generator, path, (inputs_of(gan, count) for count in (1, 3))))


def inputs_of(gan: LoadedGan, count: int) -> dict[str, Tensor]:
    """Inputs of the graph, by name."""
    z, labels = gan.draw(count, "parity", count)
    return {"z": z, "labels": labels} if gan.conditional else {"z": z}
