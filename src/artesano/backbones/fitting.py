"""Fit a state dict to a model, with an error that lists what does not fit.

timm loads with `strict=False` as soon as the number of classes differs, so a file of another architecture loads
silently. Here only the classifier may be missing or left over; every other tensor must match in name and shape.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, cast

import timm
import torch
from timm.models import adapt_input_conv
from torch import Tensor, nn

from artesano.backbones.timm_private import converted
from artesano.errors import BadInput


def fit(
    model: nn.Module, tensors: dict[str, Tensor], in_chans: int | None, source: str, place: str
) -> dict[str, Tensor]:
    """The tensors under the model's names and in its shapes.

    Args:
        model: may be on the meta device; only names and shapes are read.
        tensors: as the file has them.
        in_chans: channels of the model's input; None = whatever the file's first convolution has.
        source: `package` tensors are matched by order.
        place: named in the error.

    Raises:
        BadInput: the first five keys of each kind that do not match.
    """
    own = model.state_dict()
    if source == "package":
        tensors = dict(
            zip(dict.fromkeys([*own, "classifier.weight", "classifier.bias"]), tensors.values(), strict=True)
        )
    # Counters that files from before torch 0.4.1 lack; they matter to no result.
    counters = {name: tensor for name, tensor in own.items() if name.endswith("num_batches_tracked")}
    tensors = _with_channels(model, counters | tensors, in_chans)
    problems = _problems(model, own, tensors)
    if problems and (renamed := converted(tensors, model)) and not _problems(model, own, renamed):
        tensors, problems = renamed, []
    if problems:
        raise BadInput(f"{place} does not hold the weights of {_architecture(model)}:", *problems)
    return {name: tensors[name] for name in own}


def published(model: nn.Module) -> dict[str, Any]:
    """What timm publishes about a model: architecture, classifier, first_conv, fixed_input_size ..."""
    return cast(dict[str, Any], model.pretrained_cfg)


def _problems(model: nn.Module, own: dict[str, Tensor], tensors: dict[str, Tensor]) -> list[str]:
    missing = [name for name in own if name not in tensors]
    left_over = [name for name in tensors if name not in own]
    if left_over:
        classifier = _classifier_keys(model, own)
        left_over = [name for name in left_over if not classifier(name)]
    shapes = [
        f"{name} {tuple(tensors[name].shape)} where {tuple(tensor.shape)} is needed"
        for name, tensor in own.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    kinds = {"missing in the file": missing, "not in the model": left_over, "of another shape": shapes}
    return [f"  {len(keys)} {kind}: {', '.join(islice(keys, 5))}" for kind, keys in kinds.items() if keys]


def _classifier_keys(model: nn.Module, own: dict[str, Tensor]) -> Callable[[str], bool]:
    """Names of the classifier that the model was built without."""
    named = published(model).get("classifier") or ()
    prefixes = tuple(f"{name}." for name in ([named] if isinstance(named, str) else named))
    with torch.device("meta"):  # costs no memory; some classifiers bring a norm of their own
        whole = timm.create_model(_architecture(model))
    extra = set(whole.state_dict()) - set(own)
    return lambda name: name in extra or name.startswith(prefixes)


def _with_channels(model: nn.Module, tensors: dict[str, Tensor], in_chans: int | None) -> dict[str, Tensor]:
    first = published(model).get("first_conv") or ()
    adapted = dict(tensors)
    for name in [first] if isinstance(first, str) else first:
        key = f"{name}.weight"
        tensor, wanted = adapted.get(key), model.get_parameter(key).shape
        if tensor is None or tensor.shape == wanted or tensor.ndim != 4:
            continue
        if in_chans is None:
            adapted[key] = torch.empty(wanted, device="meta")
            continue
        # RGB, also where a space-to-depth stem has folded pixels into channels; else the file's own count.
        channels = 3 if tensor.shape[1] % 3 == 0 else tensor.shape[1]
        adapted[key] = adapt_input_conv(in_chans, tensor, base_chans=channels)
    return adapted


def _architecture(model: nn.Module) -> str:
    return published(model).get("architecture") or type(model).__name__
