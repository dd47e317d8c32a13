"""`artesano export` of a GAN from images, for any height and width."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from artesano import seeding
from artesano.errors import BadInput
from artesano.kinds import onnx
from artesano.kinds.image_gan import export_published
from artesano.kinds.image_gan.load import LoadedImageGan, load_image_gan
from artesano.kinds.image_gan.next_command import predict_command
from artesano.next_steps import next_steps, quoted

LONGEST = 2**14  # px of a side that the graph is made for


def command(run: str, inputs: list[str], arguments: Namespace) -> int:
    """Write the files and compare on noise of two sizes; exit code 1 when they differ too much."""
    if inputs:
        raise BadInput(
            f"{inputs[0]}: images are not used here, as the generator is compared on noise of two sizes; leave "
            "them out."
        )
    if arguments.format in ("basicsr", "pix2pix"):
        return export_published.command(run, arguments.format, arguments.output)
    gan = load_image_gan(run)
    place = onnx.target(arguments.output, gan.folder)
    path = export_generator(gan, place)
    sides = "any height and width" if gan.multiple == 1 else f"heights and widths that are multiples of {gan.multiple}"
    low, high = gan.pixels.ends
    if not onnx.report(path, sides, f"over two sizes, of pixels from {low:g} to {high:g}", difference(gan, path)):
        return 1
    where = quoted(gan.folder)
    next_steps(predict_command(where, gan.record["model"]), f"artesano sample {where}", f"artesano evaluate {where}")
    return 0


def export_generator(gan: LoadedImageGan, place: Path) -> Path:
    """Write model.onnx and model.json into a folder, or by the name `place`; returns the path of the graph.

    The graph takes `source` float32 [batch, Cin, h, w] and, of a conditional generator, `labels` int64 [batch]; it
    gives `images` float32 [batch, Cout, scale * h, scale * w]. The pixel range, and the number that h and w must be
    multiples of, stand in model.json.

    Raises:
        BadInput: the generator is random in itself, so that no graph could be compared with it.
    """
    gan.refuse_random("makes no image the same twice")
    steps = {axis: torch.export.Dim(axis, min=2, max=LONGEST // gan.multiple) for axis in ("rows", "columns")}
    batch = torch.export.Dim("batch")
    sides = {0: batch} | {at: gan.multiple * step for at, step in enumerate(steps.values(), 2)}
    inputs = inputs_of(gan, 2, *sizes(gan)[0])
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
    }
    if gan.fills_holes:
        about["mask"] = "the last channel of the source: white where pixels are missing, which have the others' mean"
    return onnx.write(gan.generator, inputs, "images", place, about, [sides, {0: batch}][: len(inputs)])


def difference(gan: LoadedImageGan, path: Path) -> float:
    """Largest absolute difference of ONNX Runtime to torch on two sizes, in units of the pixel range (2 from black to
    white where images are in [-1, 1]); NaN if either gives NaN."""
    batches = (inputs_of(gan, count, *size) for count, size in zip((1, 3), sizes(gan)[1:], strict=True))
    return onnx.difference(onnx.outputs(gan.generator, path, batches))


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
