"""`artesano export` of a classifier: images in, logits out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from artesano import seeding
from artesano.data.io.inputs import find_images
from artesano.data.io.stream import stream
from artesano.kinds import onnx
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.load import load
from artesano.next_steps import next_steps, quoted


def command(run: str, inputs: list[str], arguments: Namespace) -> int:
    """Write the files and compare on noise and on the images `inputs`; exit code 1 when they differ too much."""
    loaded = load(run)
    assert loaded.folder is not None
    place = onnx.target(arguments.output, loaded.folder)
    files = find_images(inputs) if inputs else []
    path = export(loaded, place)
    parity = compare(loaded, path, files)
    close = onnx.report(path, "any batch size", f"over {parity.images} images, of a logit", parity.difference)
    print(f"{loaded.labelling.same}: {parity.same} of {parity.images}")
    if not close:
        return 1
    where = quoted(loaded.folder)
    next_steps(
        f"artesano export {where} <images>   # compare on real images",
        f"artesano predict {where} <images>",
        f"artesano evaluate {where} data=<other data with the same classes>",
    )
    return 0


def export(loaded: LoadedClassifier, place: Path) -> Path:
    """Write model.onnx and model.json into a folder, or by the name `place`; returns the path of the graph.

    The graph takes `images` float32 [batch, C, size, size], normalised as model.json says, and gives `logits`
    float32 [batch, K]; the batch may have any size.
    """
    preprocessing = loaded.preprocessing
    example = torch.zeros(2, preprocessing.channels, preprocessing.size, preprocessing.size)
    about = {
        "classes": loaded.classes,
        "preprocessing": preprocessing.to_dict(),
        "input": "images: float32 [batch, channels, size, size], RGB / 255, minus mean, over std",
        "output": loaded.labelling.output,
        "backbone": loaded.record["model"]["backbone"],
        **loaded.labelling.exported(),
    }
    return onnx.write(loaded.network, {"images": example}, "logits", place, about)


@dataclass(frozen=True)
class Parity:
    """How far ONNX Runtime and torch are apart.

    Attributes:
        difference: largest absolute difference of a logit.
        images: how many were compared.
        same: how many got the same class, or the same labels.
    """

    difference: float
    images: int
    same: int


def compare(loaded: LoadedClassifier, path: Path, files: Sequence[str] = ()) -> Parity:
    """Compare on batches of 1 and 3 images of noise, and on all of `files`."""
    batches = ({"images": loaded.preprocessing.normalise(images)} for images in _images(loaded, files))
    pairs = list(onnx.outputs(loaded.network, path, batches))
    same = sum(loaded.labelling.agreement(torch.from_numpy(ours), torch.from_numpy(theirs)) for ours, theirs in pairs)
    return Parity(onnx.difference(pairs), sum(len(ours) for ours, _ in pairs), same)


def _images(loaded: LoadedClassifier, files: Sequence[str]) -> Iterator[Tensor]:
    shape = (loaded.preprocessing.channels, loaded.preprocessing.size, loaded.preprocessing.size)
    draw = seeding.generator(0, "parity")
    for count in (1, 3):
        yield torch.randint(0, 256, (count, *shape), generator=draw, dtype=torch.uint8)
    for batch in stream(files, loaded.preprocessing, 8):
        if len(batch.images):
            yield batch.images
