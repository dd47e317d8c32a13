"""Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391): which places of an image speak for a class."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from artesano.errors import BadInput


def grad_cam(backbone: nn.Module, head: nn.Module, images: Tensor, classes: Tensor | None = None) -> Tensor:
    """Maps float [N, h, w] >= 0 of the last stage that has a place for each part of the image: equations 1 and 2.

    The features of this stage are weighted by the mean gradient of the class's logit over all places, and summed over
    the channels; what is negative speaks against the class and becomes 0. Where a linear head follows the mean over
    the places, the mean of the map before that is h * w times the logit without its bias, divided by h * w.

    A transformer that reads its class token alone has no gradient at the patches after its last block; its map is that
    of the block before, from which the class token takes what it needs.

    Args:
        backbone: a timm model, in eval mode: images float [N, C, H, W] -> features [N, D].
        head: features -> logits [N, K].
        classes: int64 [N]; None = the class of the highest logit.

    Raises:
        BadInput: the backbone has no stage with places.
    """
    stages = last_stages(backbone)
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> Tensor:
        if not isinstance(output, Tensor):
            raise without_places(backbone)
        kept.append(output if kept else output.detach().requires_grad_())  # no gradient is needed before the first
        return kept[-1].clone()  # what follows may work in place

    hooks = [stage.register_forward_hook(keep) for stage, _ in stages]
    try:
        with torch.enable_grad():
            logits = head(backbone(images))
            if len(kept) != len(stages):
                raise without_places(backbone)
            answers = logits.argmax(1) if classes is None else classes.to(logits.device)
            gradients = torch.autograd.grad(logits.gather(1, answers[:, None]).sum(), kept)
    finally:
        for hook in hooks:
            hook.remove()
    pairs = [
        tuple(on_grid(tensor.detach().float(), channels, backbone) for tensor in pair)
        for *pair, (_, channels) in zip(kept, gradients, stages, strict=True)
    ]
    maps, gradient = next((pair for pair in reversed(pairs) if pair[1].any()), pairs[-1])
    return (gradient.mean((2, 3), keepdim=True) * maps).sum(1).relu()


def last_stages(backbone: nn.Module) -> list[tuple[nn.Module, int]]:
    """The last two modules, in their order, of those that timm lists as a model's features, and their channels.

    Raises:
        BadInput: timm lists none, or modules that are not there.
    """
    listed: Any = getattr(backbone, "feature_info", None)
    stages = list(getattr(listed, "info", listed) or [])[-2:]
    try:
        modules = [(backbone.get_submodule(stage["module"]), stage["num_chs"]) for stage in stages]
    except (AttributeError, KeyError):
        modules = []
    if not modules:
        raise without_places(backbone)
    return modules


def on_grid(tensor: Tensor, channels: int, backbone: nn.Module) -> Tensor:
    """Features of a stage, [N, C, h, w], [N, h, w, C] or tokens [N, P + h * h, C] with P others first -> [N, C, h, w].

    Raises:
        BadInput: another shape.
    """
    if tensor.ndim == 4 and tensor.shape[1] == channels:
        return tensor
    if tensor.ndim == 4 and tensor.shape[3] == channels:
        return tensor.permute(0, 3, 1, 2)
    if tensor.ndim == 3 and tensor.shape[2] == channels:
        for others in (getattr(backbone, "num_prefix_tokens", 0), 0):
            side = math.isqrt(tensor.shape[1] - others)
            if side**2 == tensor.shape[1] - others:
                return tensor[:, others:].transpose(1, 2).unflatten(2, (side, side))
    raise without_places(backbone)


def without_places(backbone: nn.Module) -> BadInput:
    """The error of a backbone that no map can be made of."""
    settings: Any = getattr(backbone, "pretrained_cfg", None) or {}
    name = settings.get("architecture") or type(backbone).__name__
    return BadInput(
        f"heatmaps: the last features of {name} have no place in the image; train with a convolutional network or a "
        "vision transformer such as tf_efficientnet_lite0, resnet50 or vit_small_patch16_224."
    )
