"""What is trained: a backbone that makes features and a head that makes classes of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
