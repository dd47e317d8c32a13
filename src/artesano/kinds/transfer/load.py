"""A run folder, or the name of a pretrained backbone -> a network that is ready to be asked, and its preprocessing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from timm.data import ImageNetInfo, infer_imagenet_subset
from torch import Tensor, nn

from artesano.backbones.create import create_backbone, data_config
from artesano.backbones.weights import PACKAGES, Weights
from artesano.config.targets import instantiate
from artesano.data.preprocessing import Preprocessing
from artesano.runs.checkpoint import fill, open_run, read_checkpoint, ready
from artesano.training.memory_format import memory_format
from artesano.transfer.network import Classifier, rebuilt


@dataclass(frozen=True)
class Loaded:
    """A network in eval mode, with all that is needed to ask it about an image.

    Attributes:
        network: normalised images [N, C, H, W] -> logits [N, K]; of a backbone loaded without classifier, features.
        preprocessing: of the run, never a default.
        classes: names in the order of the logits; empty for a backbone without classifier.
        record: run.json; empty for a backbone.
        folder: the run's; None for a backbone.
    """

    network: nn.Module
    preprocessing: Preprocessing
    classes: list[str]
    record: dict[str, Any]
    folder: Path | None

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        """uint8 [N, C, H, W] -> logits [N, K] on the CPU."""
        return self.network(self._input(images)).float().cpu()

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """uint8 [N, C, H, W] -> pooled features [N, D] on the CPU."""
        network = self.network.features if isinstance(self.network, Classifier) else self.network
        return network(self._input(images)).float().cpu()

    def _input(self, images: Tensor) -> Tensor:
        device = next(self.network.parameters()).device
        images = self.preprocessing.normalise(images.to(device))
        return images.contiguous(memory_format=memory_format(self.network, "auto"))


def load(run: str | Path, which: str = "best") -> Loaded:
    """The network of a run.

    Args:
        run: its folder, its number, `last`, or a bundle.
        which: `best`, `last`, or `raw` (the best, without the average).

    Raises:
        BadInput: no such run, a run of another task, one without checkpoint, or one whose config names a class that
            is not allowed (nothing of it is run).
    """
    folder, record = open_run(run, "transfer")
    model = record["model"]
    saved = read_checkpoint(folder, which)
    network = ready(fill(rebuilt(model, instantiate(model["head"])), saved.weights("network."), saved.path))
    return Loaded(network, Preprocessing.from_dict(model["preprocessing"]), model["classes"], record, folder)


def load_backbone(name: str, *, file: str | None = None, classifier: bool) -> Loaded:
    """A pretrained backbone as it is, with the data config and, if `classifier`, the labels of its own weights.

    Args:
        file: a weights file; None = the package's for EfficientNet-Lite0 and Lite1, else timm's hub (or its cache).
    """
    packaged = name.partition(".")[0] in PACKAGES
    weights = Weights("file", file=file) if file else Weights("package" if packaged else "hub")
    network = create_backbone(name, weights, num_classes=None if classifier else 0)
    preprocessing = Preprocessing.from_timm(data_config(network), None, 3)
    return Loaded(ready(network), preprocessing, _own_labels(network) if classifier else [], {}, None)


def _own_labels(network: nn.Module) -> list[str]:
    """ImageNet's names where timm knows them, otherwise `class 7`."""
    subset = infer_imagenet_subset(network)
    count = network.num_classes
    if subset is None:
        return [f"class {k}" for k in range(count)]  # type: ignore[arg-type]
    info = ImageNetInfo(subset)
    return [info.index_to_description(k) for k in range(count)]  # type: ignore[arg-type]
