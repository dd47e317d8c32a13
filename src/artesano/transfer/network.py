"""The classifier: a backbone and a head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from artesano.backbones.create import create_backbone, feature_dim, image_shape
from artesano.backbones.weights import Weights
from artesano.training.adapters import add_adapters


class Classifier(nn.Module):
    """A timm model without classifier, and our own head.

    Args:
        backbone: images [N, C, H, W] -> pooled features [N, D].
        head: features [N, D] -> logits [N, K].
    """

    def __init__(self, backbone: nn.Module, head: nn.Module):
        super().__init__()
        self.backbone = backbone
        self.head = head

    def features(self, images: Tensor) -> Tensor:
        """Pooled features [N, D]; without a graph when nothing of the backbone is trained."""
        trained = any(parameter.requires_grad for parameter in self.backbone.parameters())
        with torch.set_grad_enabled(trained and torch.is_grad_enabled()):
            return self.backbone(images)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, K]."""
        return self.head(self.features(images))


def rebuilt(model: Mapping[str, Any], head: Callable[..., nn.Module]) -> Classifier:
    """The network that run.json's `model` describes, with random weights.

    Args:
        model: {backbone, backbone_args, in_chans, image_size, classes}, and the adapters' width where it has some.
        head: is called with in_features and num_classes.
    """
    backbone = create_backbone(
        model["backbone"],
        Weights("none"),
        in_chans=model["in_chans"],
        image_size=model["image_size"],
        **model["backbone_args"],
    )
    if "adapter_width" in model:
        add_adapters(backbone, model["adapter_width"], image_shape(backbone))
    return Classifier(backbone, head(in_features=feature_dim(backbone), num_classes=len(model["classes"])))
