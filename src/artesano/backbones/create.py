"""A timm model with its weights: the only place that loads pretrained tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import timm
import torch
from torch import nn

from artesano.backbones import hub
from artesano.backbones.fitting import fit, published
from artesano.backbones.weights import Weights, read_weights, weights_path
from artesano.errors import BadInput, nearest


def create_backbone(
    name: str,
    weights: Weights,
    in_chans: int = 3,
    image_size: int | None = None,
    num_classes: int | None = 0,
    **args: Any,
) -> nn.Module:
    """Build a timm model and load its weights, all of them or an error.

    Args:
        name: a timm name (`resnet50`, `resnet50.tv_in1k`), `hf-hub:owner/name` or `local-dir:<folder>`.
        weights: where the tensors come from.
        in_chans: channels of an image; 1 sums the first convolution over RGB, other counts repeat and rescale it.
        image_size: pixels of a side, for the models that are built for one size (their position embedding is
            resampled); the others take any size.
        num_classes: 0 = without classifier, `forward` gives the pooled features [N, feature_dim]; None = with the
            classifier of the weights.
        args: further arguments of the timm model.

    Raises:
        BadInput: unknown name, unusable arguments, weights that are missing, unreadable or of another architecture.
    """
    check_backbone(name)
    model = _build(name, in_chans, image_size, num_classes, args)
    path = weights_path(name, weights)
    if path is not None:
        tensors = fit(model, read_weights(path, weights.source), in_chans, weights.source, str(path))
        model.load_state_dict(tensors)
    size = image_size or data_config(model)["input_size"][-1]
    cast(Any, model).image_shape = (in_chans, size, size)
    return model


def check_backbone(name: str) -> None:
    """Check that timm has a model of this name.

    Raises:
        BadInput: with the nearest names; or, for `hf-hub:`, the config file that is missing.
    """
    try:
        source, model = timm.models.parse_model_name(name)
    except ValueError as error:
        raise BadInput(f"backbone={name}: {error}") from error
    if source:
        hub.local_name(name)
        return
    architecture, _, tag = model.partition(".")
    if not timm.is_model(architecture):
        raise BadInput(
            f"backbone={name}: timm has no such model.{nearest(architecture, timm.list_models())} "
            "`artesano options backbone='*name*'` lists them"
        )
    tagged = timm.list_pretrained(f"{architecture}.*")
    if tag and model not in tagged:
        raise BadInput(
            f"backbone={name}: {architecture} has no weights '{tag}'; timm has {', '.join(tagged) or 'none'} for it"
        )


def check_weights(
    name: str, weights: Weights, image_size: int | None = None, args: Mapping[str, Any] | None = None
) -> None:
    """Check that names and shapes in the header of the weights fit the backbone, without reading the tensors.

    Args:
        image_size, args: as of `create_backbone`.

    Raises:
        BadInput: the first mismatching keys; the file to fetch and where to put it; or why a file is refused.
    """
    check_backbone(name)
    path = weights_path(name, weights)
    if path is None:
        return
    with torch.device("meta"):
        model = _build(name, None, image_size, 0, dict(args or {}))
    # Channels may still be adapted, so the check takes the file's own count as it is.
    fit(model, read_weights(path, weights.source), None, weights.source, str(path))


def feature_dim(backbone: nn.Module) -> int:
    """Width D of the pooled features [N, D] of a model without classifier."""
    return cast(int, getattr(backbone, "head_hidden_size", None) or backbone.num_features)


def image_shape(backbone: nn.Module) -> tuple[int, int, int]:
    """[C, H, W] of the images that a backbone was created for."""
    return cast(tuple[int, int, int], backbone.image_shape)


def data_config(backbone: nn.Module) -> dict[str, Any]:
    """timm's description of the input: input_size, interpolation, mean, std, crop_pct, crop_mode."""
    return timm.data.resolve_model_data_config(backbone)


def _build(
    name: str, in_chans: int | None, image_size: int | None, num_classes: int | None, args: dict[str, Any]
) -> nn.Module:
    name = hub.local_name(name)
    try:
        if image_size is not None and "img_size" not in args:
            with torch.device("meta"):
                fixed = published(timm.create_model(name, **args)).get("fixed_input_size", False)
            if fixed and not args.get("dynamic_img_size", False):
                args = {**args, "img_size": image_size}
        return timm.create_model(name, pretrained=False, in_chans=in_chans, num_classes=num_classes, **args)
    except (TypeError, ValueError, RuntimeError, AssertionError, FileNotFoundError, KeyError) as error:
        arguments = ", ".join(f"{key}={value}" for key, value in args.items())
        raise BadInput(
            f"backbone={name}: timm cannot build it with in_chans={in_chans}, image_size={image_size}"
            f"{', ' + arguments if arguments else ''}: {error}"
        ) from error
