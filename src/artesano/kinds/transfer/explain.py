"""`artesano predict --explain`: heatmaps of what spoke for the predicted classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from artesano.data.io.stream import stream
from artesano.errors import BadInput
from artesano.figures.heatmaps import heatmap_pairs, places
from artesano.file_names import expanded
from artesano.kinds.data_of_run import folder_of_images
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.labelling import Cuts
from artesano.own_folders import outputs_root
from artesano.progress_bars import progress
from artesano.transfer.grad_cam import grad_cam
from artesano.transfer.network import Classifier
from artesano.transfer.test_time import Averaged

AT_ONCE = 8  # images
ON_A_SHEET = 48


@dataclass(frozen=True)
class Explained:
    """An image as the network sees it, uint8 [C, S, S], its map float [h, w], and a caption."""

    path: str
    image: np.ndarray
    heat: np.ndarray
    caption: str


def command(
    loaded: LoadedClassifier, inputs: Sequence[str], paths: Sequence[str], place: str, cuts: Cuts = None
) -> str:
    """Draw the maps of `paths`; returns a line that says where they are.

    Args:
        inputs: what the user has named, for the name of the folder.
        cuts: of several labels, the probabilities from which one is given, for the captions.
        place: a .png for one sheet, a folder for a picture of each, or nothing for a folder in the run's own.

    Raises:
        BadInput: a backbone without places; a place that is one of the images, or among them.
    """
    target = checked(place, paths)
    if target is not None and target.suffix.lower() == ".png":
        some = list(explained(loaded, paths[:ON_A_SHEET], cuts))
        if not some:
            return f"heatmaps: none, as the first {ON_A_SHEET} images cannot be read"
        target.parent.mkdir(parents=True, exist_ok=True)
        title = f"Grad-CAM, {places(some[0].heat)}, one scale for all"
        columns = ([one.image for one in some], [one.heat for one in some], [one.caption for one in some])
        heatmap_pairs(*columns, target, title)
        part = f", the first {ON_A_SHEET} of {len(paths)} images" if len(paths) > ON_A_SHEET else ""
        return f"heatmaps of {places(some[0].heat)}: {target}{part}"
    home = (loaded.folder or outputs_root()) / "explanations"
    folder = target or folder_of_images(home, inputs)
    folder.mkdir(parents=True, exist_ok=True)
    # The scale is known when all maps are, and only these fit in memory: the images are read once more.
    some = [replace(one, image=np.empty(0)) for one in explained(loaded, paths, cuts)]
    highest, digits = max(float(one.heat.max()) for one in some), len(str(len(paths)))
    images = (image for batch in stream([one.path for one in some], loaded.preprocessing) for image in batch.images)
    for number, (one, image) in enumerate(zip(some, images, strict=True), start=1):
        file = folder / f"{number:0{digits}}-{Path(one.path).stem}.png"
        heatmap_pairs([image.numpy()], [one.heat], [one.caption], file, highest=highest)
    return f"heatmaps of {places(some[0].heat)}, one scale for all, 0 to {highest:.2g}: {folder}"


def check(loaded: LoadedClassifier, place: str, paths: Sequence[str]) -> None:
    """Raise BadInput for what `command` would refuse, before anything is computed."""
    checked(place, paths)
    blank = torch.zeros(1, loaded.preprocessing.channels, *2 * [loaded.preprocessing.size], dtype=torch.uint8)
    heatmaps(loaded.network, loaded.network_input(blank))


def checked(place: str, paths: Sequence[str]) -> Path | None:
    """Where the pictures go; None = into the run's folder.

    Raises:
        BadInput: another ending than .png, one of the images, or a folder that holds one.
    """
    if not place:
        return None
    target = expanded(place)
    if target.suffix and target.suffix.lower() != ".png" and not target.is_dir():
        raise BadInput(f"--explain {place}: the name of a .png, for one sheet, or of a folder.")
    images = {Path(path).resolve() for path in paths}
    if target.resolve() in images:
        raise BadInput(f"--explain {place} is one of the images; originals are never written to.")
    if any(target.resolve() in image.parents for image in images):
        raise BadInput(f"--explain {place}: the images are in this folder; give another one.")
    return target


def explained(loaded: LoadedClassifier, paths: Sequence[str], cuts: Cuts = None) -> Iterator[Explained]:
    """Maps of all images that can be read, in their order."""
    batches = stream(paths, loaded.preprocessing, AT_ONCE)
    for batch in progress(batches, -(-len(paths) // AT_ONCE), "explaining"):
        if not len(batch.images):
            continue
        logits = loaded(batch.images)
        predictions = loaded.answers(logits, cuts)
        maps = heatmaps(loaded.network, loaded.network_input(batch.images), logits.argmax(1)).float().numpy()
        readable = [str(path) for path, error in zip(batch.sources, batch.errors, strict=True) if error is None]
        for path, image, heat, prediction in zip(readable, batch.images.numpy(), maps, predictions, strict=True):
            yield Explained(path, image, heat, replace(prediction, path=path).caption())


def heatmaps(network: nn.Module, images: Tensor, classes: Tensor | None = None) -> Tensor:
    """Maps float [N, h, w] on the CPU; see `artesano.transfer.grad_cam.grad_cam`.

    Args:
        network: a classifier of ours, or a timm model with its own.
        images: normalised, on the network's device.
        classes: int64 [N], of which the maps are; None = those that the network answers.
    """
    parts, starts = parts_of(network), range(0, len(images), AT_ONCE)
    chosen = [None if classes is None else classes[at : at + AT_ONCE] for at in starts]
    return torch.cat([grad_cam(*parts, *some) for some in zip(images.split(AT_ONCE), chosen, strict=True)]).cpu()


def parts_of(network: nn.Module) -> tuple[nn.Module, nn.Module]:
    """Backbone and head; of a timm model with its own classifier all of it, and nothing."""
    network = network.network if isinstance(network, Averaged) else network
    return (network.backbone, network.head) if isinstance(network, Classifier) else (network, nn.Identity())
