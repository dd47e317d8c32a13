"""timm's backbones by a part of their name: what they cost, and whether their weights are here.

Nets are built on the meta device, which holds shapes and no numbers: a second for the largest, and no memory.
"""

from __future__ import annotations

import fnmatch
import glob
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import timm
import torch
from torch.utils.flop_counter import FlopCounterMode

from artesano.backbones import hub
from artesano.backbones.fitting import published
from artesano.backbones.weights import PACKAGES, Weights, weights_path
from artesano.errors import BadInput, nearest


@dataclass(frozen=True)
class Backbone:
    """Facts of one backbone, without classifier.

    Attributes:
        parameters: number of them.
        image_size: px of a side that its weights were trained with.
        macs: multiply-adds of one image of this size; None where they cannot be counted without numbers.
        weights: where they are.
    """

    name: str
    parameters: int
    image_size: int
    macs: float | None
    weights: str


def families() -> dict[str, int]:
    """{family: number of backbones}, as timm groups them."""
    modules = Counter(timm.models.model_entrypoint(name).__module__ for name in timm.list_models())
    return {module.rpartition(".")[2]: count for module, count in sorted(modules.items())}


def search(pattern: str) -> list[str]:
    """Backbones by a glob or a part of their name, the most similar first; with a dot also by the tag of their weights.

    Raises:
        BadInput: there is none; with the nearest names.
    """
    known = timm.list_pretrained() if "." in pattern else timm.list_models()
    wanted = pattern.lower()
    names = fnmatch.filter(known, wanted if glob.has_magic(wanted) else f"*{wanted}*")
    if not names:
        similar = nearest(wanted.strip("*?"), known) or nearest(
            wanted.strip("*?").partition(".")[0], timm.list_models()
        )
        raise BadInput(
            f"backbone={pattern}: no backbone of timm has such a name.{similar} Give a part of a name or a glob in "
            "quotes, such as '*convnext*'; with a dot, as in 'resnet50.*', the tags of its weights are listed"
        )
    return sorted(names, key=lambda name: (name != wanted, not name.startswith(wanted)))


def backbone(name: str) -> Backbone:
    """Facts of the backbone of this name."""
    with torch.device("meta"):
        model = timm.create_model(name, pretrained=False, num_classes=0).eval()
        size = published(model).get("input_size", (3, 224, 224))
        macs = multiply_adds(model, size)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Backbone(name, parameters, size[-1], macs, weights_of(name))


def multiply_adds(model: torch.nn.Module, size: Sequence[int]) -> float | None:
    """Of matrix products and convolutions, for one image; the model and `size` on the meta device."""
    counter = FlopCounterMode(display=False)
    try:
        with counter, torch.inference_mode():
            model(torch.empty(1, *size))
    except Exception:  # some models look at numbers on their way, which are not there
        return None
    return counter.get_total_flops() / 2


def weights_of(name: str) -> str:
    """Whether the weights are on this machine, and by which `weights.source` if not by the hub's."""
    if name.partition(".")[0] in PACKAGES:
        try:
            weights_path(name, Weights("package"))
            return "here, source=package"
        except BadInput:  # the package is not installed
            pass
    config = timm.get_pretrained_cfg(name)
    if config is None or not (config.hf_hub_id or config.url):
        return "none published"
    return "here" if hub.cached(name) else "to download"
