"""LPIPS and DISTS with their learned weights, where the ImageNet networks below them are on this machine.

torchmetrics brings the learned weights of both comparisons (a few kB), not those of AlexNet and VGG-16. These are never
downloaded here and never random: what is missing is a note of the table.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import dists as torchmetrics_dists
from torchmetrics.functional.image.lpips import _LPIPS
from torchvision.models import AlexNet_Weights, VGG16_Weights

from artesano.backbones.weights import read_weights
from artesano.errors import BadInput
from artesano.evaluation.dists import Dists
from artesano.file_names import expanded

SMALLEST = 32  # px of a side that the networks' layers need


@dataclass(frozen=True)
class PerceptualMeasure:
    """One of them.

    Attributes:
        name: of its column in tables.
        key: of `evaluation`; that of its file ends in `_file`.
        url: of the weights of its network, as torchvision has them.
        make: state dict of that network -> pairs of images in [0, 1] to distances [N].
    """

    name: str
    key: str
    url: str
    make: Callable[[dict[str, Tensor]], nn.Module]

    def path(self, file: str | None) -> Path:
        """`file`, or where torch keeps its downloads."""
        if file is not None:
            return expanded(file)
        return Path(os.path.expanduser(torch.hub.get_dir())) / "checkpoints" / self.url.rpartition("/")[2]

    def missing(self, file: str | None) -> str | None:
        """The note of a table without it, which names the missing file; None if it can be measured."""
        path = self.path(file)
        if path.is_file():
            return None
        folder = str(path.parent).replace(str(Path.home()), "~", 1)  # the note goes into bundles: no user's name
        return f"not measured: weights missing: {path.name} in {folder}; they are at {self.url}"

    def check(self, file: str | None) -> None:
        """Raises BadInput: the file that was given is not there, or holds no such weights."""
        if file is None:
            return
        if self.missing(file):
            raise BadInput(f"evaluation.{self.key}_file={file}: no such file. Fetch {self.url}, and give its place.")
        self.load(file)

    def load(self, file: str | None, device: torch.device | str = "cpu") -> Compared:
        """The network with its weights.

        Raises:
            BadInput: the file cannot be read, or holds other weights.
        """
        path = self.path(file)
        try:
            network = self.make(read_weights(path, "file"))
        except (RuntimeError, KeyError) as error:
            raise BadInput(
                f"evaluation.{self.key}_file: {path} does not hold the weights of {self.url.rpartition('/')[2]} "
                f"({str(error).splitlines()[0]})"
            ) from error
        return Compared(network.eval().requires_grad_(False).to(device))


@dataclass(frozen=True)
class Compared:
    """Compares images of any number of channels and any size."""

    network: nn.Module

    @torch.no_grad()
    def __call__(self, fake: Tensor, real: Tensor) -> Tensor:
        """Distances float [N], 0 for equal images; NaN for images of less than 32 px.

        Args:
            fake, real: float [N, C, H, W] in [0, 1]; one or two channels are repeated, of more than three the first
                three are taken.
        """
        if min(fake.shape[-2:]) < SMALLEST:
            return fake.new_full((len(fake),), math.nan)
        bands = [band % min(fake.shape[1], 3) for band in range(3)]
        return self.network(fake[:, bands].float(), real[:, bands].float()).flatten()


class Lpips(nn.Module):
    """Perceptual distance with AlexNet (Zhang et al. 2018, arXiv 1801.03924), by torchmetrics.

    Args:
        alexnet: state dict of torchvision's AlexNet.
    """

    def __init__(self, alexnet: dict[str, Tensor]):
        super().__init__()
        self.network = _LPIPS(pretrained=True, net="alex", pnet_rand=True)
        layers = self.network.net.state_dict()  # slice2.3.weight is features.3.weight
        self.network.net.load_state_dict({name: alexnet[f"features.{name.partition('.')[2]}"] for name in layers})

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        return self.network(fake, real, normalize=True)


def dists(vgg16: dict[str, Tensor]) -> Dists:
    """DISTS with the learned weights that torchmetrics brings."""
    learned = torch.load(torchmetrics_dists._PATH_WEIGHT_DISTS, weights_only=True)
    return Dists(vgg16, learned["alpha"], learned["beta"])


LPIPS = PerceptualMeasure("lpips_alex", "lpips", AlexNet_Weights.IMAGENET1K_V1.url, Lpips)
DISTS = PerceptualMeasure("dists_vgg16", "dists", VGG16_Weights.IMAGENET1K_V1.url, dists)
MEASURES = (LPIPS, DISTS)


def perceptual_measures(
    wanted: dict[str, str | None], device: torch.device | str
) -> tuple[dict[str, Compared], dict[str, str]]:
    """Those that are wanted and can be measured, by name; and for the others the notes of a table.

    Args:
        wanted: the file of `lpips` and of `dists`, where they are wanted; None = torch's cache.
    """
    measures: dict[str, Compared] = {}
    notes: dict[str, str] = {}
    for measure in MEASURES:
        if measure.key not in wanted:
            continue
        file = wanted[measure.key]
        if reason := measure.missing(file):
            notes[measure.name] = reason
            continue
        try:
            measures[measure.name] = measure.load(file, device)
        except BadInput as error:  # a download that was cut short must not cost the run its other numbers
            notes[measure.name] = f"not measured: {error.problems[0]}"
    return measures, notes
