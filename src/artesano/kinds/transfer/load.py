"""A run, or the name of a pretrained backbone -> a network in eval mode with its preprocessing and classes."""

from __future__ import annotations

from pathlib import Path

from timm.data import ImageNetInfo, infer_imagenet_subset
from torch import nn

from artesano.backbones.create import create_backbone, data_config
from artesano.backbones.frozen import complete
from artesano.backbones.weights import PACKAGES, Weights
from artesano.config.targets import instantiate
from artesano.data.preprocessing import Preprocessing
from artesano.kinds.registry import open_run
from artesano.kinds.transfer.calibration import Calibration
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.runs.checkpoint import fill, read_checkpoint, ready
from artesano.transfer.network import rebuilt


def load(run: str | Path, which: str = "best") -> LoadedClassifier:
    """The network of a run.

    Args:
        run: its folder, its number, `last`, or a bundle.
        which: `best`, `last`, or `raw` (the best, without the average).

    Raises:
        BadInput: no such run, a run of another kind, one without checkpoint, or one whose config names a class that
            is not allowed (nothing of it is run).
    """
    folder, record = open_run(run, "transfer")
    model = record["model"]
    complete(folder)
    saved = read_checkpoint(folder, which)
    network = ready(fill(rebuilt(model, instantiate(model["head"])), saved.weights("network."), saved.path))
    preprocessing, known = Preprocessing.from_dict(model["preprocessing"]), model.get("calibration")
    calibration = Calibration.from_dict(known) if known and which == "best" else None  # measured on that state
    return LoadedClassifier(network, preprocessing, model["classes"], record, folder, calibration)


def load_backbone(name: str, *, file: str | None = None, classifier: bool) -> LoadedClassifier:
    """A pretrained backbone as it is, with the data config and, if `classifier`, the labels of its own weights.

    Args:
        file: a weights file; None = the package's for EfficientNet-Lite0 and Lite1, else timm's hub (or its cache).
    """
    packaged = name.partition(".")[0] in PACKAGES
    weights = Weights("file", file=file) if file else Weights("package" if packaged else "hub")
    network = create_backbone(name, weights, num_classes=None if classifier else 0)
    preprocessing = Preprocessing.from_timm(data_config(network), None, 3)
    return LoadedClassifier(ready(network), preprocessing, _own_labels(network) if classifier else [], {}, None)


def _own_labels(network: nn.Module) -> list[str]:
    """ImageNet's names where timm knows them, otherwise `class 7`."""
    subset = infer_imagenet_subset(network)
    count = network.num_classes
    if subset is None:
        return [f"class {k}" for k in range(count)]  # type: ignore[arg-type]
    info = ImageNetInfo(subset)
    return [info.index_to_description(k) for k in range(count)]  # type: ignore[arg-type]
