"""`artesano export` of a GAN on points: z in, points out."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.kinds import onnx
from artesano.kinds.gan.export import inputs_of
from artesano.kinds.points.generator import LoadedPointGan
from artesano.kinds.points.load import load_point_gan
from artesano.next_steps import next_steps, quoted


class PointsOut(nn.Module):
    """(z, labels) -> points float [N, 2] in the units of the data."""

    def __init__(self, gan: LoadedPointGan):
        super().__init__()
        self.generator, self.scale = gan.generator, gan.pixels

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.scale.to_points(self.generator(z, labels))


def command(run: str, inputs: list[str], arguments: Namespace) -> int:
    """Write the files and compare on z that are drawn; exit code 1 when they differ too much."""
    if inputs:
        raise BadInput(f"{inputs[0]}: the generator is compared on random z; leave it out.")
    gan = load_point_gan(run)
    gan.refuse_random("gives no z the same point twice")
    network = PointsOut(gan).eval().cpu()
    path = export_generator(gan, network, onnx.target(arguments.output, gan.folder))
    results = onnx.outputs(network, path, (inputs_of(gan, count) for count in (1, 3)))
    takes = "takes z and labels, any batch size" if gan.conditional else "takes z, any batch size"
    if not onnx.report(path, takes, "over 4 points, in the units of the data", onnx.difference(results)):
        return 1
    where = quoted(gan.folder)
    next_steps(f"artesano sample {where} --count 10000 --to samples.csv", f"artesano evaluate {where}")
    return 0


def export_generator(gan: LoadedPointGan, network: PointsOut, place: Path) -> Path:
    """Write model.onnx and model.json into a folder, or by the name `place`; returns the path of the graph.

    The graph takes `z` float32 [batch, D] and, of a conditional generator, `labels` int64 [batch]; it gives `points`
    float32 [batch, 2] in the units of the data.
    """
    inputs = inputs_of(gan, 2)
    with torch.no_grad():
        network(*inputs.values())
    about: dict[str, Any] = {
        "gan": gan.record["model"]["gan"],
        "classes": gan.classes if gan.conditional else [],
        "latent": {**asdict(gan.latent), "dim": gan.latent.dim, "order": "noise, discrete codes (one-hot), continuous"},
        "input": "z: float32 [batch, dim]" + ("; labels: int64 [batch]" if gan.conditional else ""),
        "output": "points: float32 [batch, 2]",
    }
    return onnx.write(network, inputs, "points", place, about)
