"""Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391): which places of an image speak for a class."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from artesano.errors import BadInput


def grad_cam(backbone: nn.Module, head: nn.Module, images: Tensor, classes: Tensor | None = None) -> Tensor:
    """Maps float [N, h, w] >= 0 of the last features that have a place for each part of the image: equations 1 and 2.

    The features are weighted by the mean gradient of the class's logit over all places, and summed over the channels;
    what is negative speaks against the class and becomes 0. Where a linear head follows the mean over the places, the
    sum of the map before that is the logit without its bias.

    These are the features before pooling. A transformer that reads its class token alone has no gradient at the patches
    after its last block, so its map is that of the block before, from which the class token takes what it needs.

    Args:
        backbone: a timm model, in eval mode: images float [N, C, H, W] -> features [N, D].
        head: features -> logits [N, K].
        classes: int64 [N]; None = the class of the highest logit.

    Raises:
        BadInput: no features of the backbone have places.
    """
    kept: list[tuple[Tensor, int]] = []

    def keep(output: Any, channels: int) -> Any:
        if not isinstance(output, Tensor) or on_grid(output, channels, backbone) is None:
            return output
        tensor = output if kept else output.detach().requires_grad_()  # no gradient is needed before the first
        kept.append((tensor, channels))
        return tensor.clone()  # what follows may work in place

    hooks = [
        stage.register_forward_hook(lambda module, inputs, output, channels=channels: keep(output, channels))
        for stage, channels in last_stages(backbone)
    ]
    model: Any = backbone
    try:
        with torch.enable_grad():
            features = keep(model.forward_features(images), model.num_features)
            logits = head(model.forward_head(features))
            if not kept:
                raise without_places(backbone)
            answers = logits.argmax(1) if classes is None else classes.to(logits.device)
            chosen = logits.gather(1, answers[:, None]).sum()
            gradients = torch.autograd.grad(chosen, [tensor for tensor, _ in kept], allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
    for (tensor, channels), gradient in zip(reversed(kept), reversed(gradients), strict=True):
        maps, slopes = (on_grid(one, channels, backbone) for one in (tensor.detach(), gradient))
        if maps is not None and slopes is not None and slopes.any():
            return (slopes.mean((2, 3), keepdim=True) * maps).sum(1).relu()
    if maps is None or any(gradient is not None and gradient.any() for gradient in gradients):
        raise without_places(backbone)
    return torch.zeros_like(maps[:, 0])  # nothing speaks for the class: a head whose weights are 0


def last_stages(backbone: nn.Module) -> list[tuple[nn.Module, int]]:
    """The last two modules, in their order, of those that timm lists as a model's features, and their channels; none
    where it lists none, or others than there are."""
    listed: Any = getattr(backbone, "feature_info", None)
    stages = list(getattr(listed, "info", listed) or [])[-2:]
    try:
        return [(backbone.get_submodule(stage["module"]), stage["num_chs"]) for stage in stages]
    except (AttributeError, KeyError):
        return []


def on_grid(tensor: Tensor | None, channels: int, backbone: nn.Module) -> Tensor | None:
    """Features [N, C, h, w], [N, h, w, C] or tokens [N, P + h * h, C] with P others first -> [N, C, h, w]; None for
    other shapes, for places that are no square, and for a single token."""
    if tensor is None:
        return None
    if tensor.ndim == 4 and tensor.shape[1] == channels:
        return tensor
    if tensor.ndim == 4 and tensor.shape[3] == channels:
        return tensor.permute(0, 3, 1, 2)
    if tensor.ndim == 3 and tensor.shape[2] == channels:
        for others in (getattr(backbone, "num_prefix_tokens", 0), 0):
            side = math.isqrt(max(0, tensor.shape[1] - others))
            if side > 1 and side**2 == tensor.shape[1] - others:
                return tensor[:, others:].transpose(1, 2).unflatten(2, (side, side))
    return None


def without_places(backbone: nn.Module) -> BadInput:
    """The error of a backbone that no map can be made of."""
    settings: Any = getattr(backbone, "pretrained_cfg", None) or {}
    name = settings.get("architecture") or type(backbone).__name__
    return BadInput(
        f"heatmaps: the last features of {name} have no place in the image; train with a convolutional network or a "
        "vision transformer such as tf_efficientnet_lite0, resnet50 or vit_small_patch16_224."
    )
