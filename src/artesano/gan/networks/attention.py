"""Self-attention over the pixels of a feature map (SAGAN: Zhang et al. 2019, arXiv 1805.08318)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """float [N, C, H, W] -> x + gamma * attention(x). gamma starts at 0, so the layer starts as the identity.

    Keys and values are max-pooled by 2, as in the authors' code: a quarter of the cost.
    """

    def __init__(self, features: int):
        super().__init__()
        keys, values = max(1, features // 8), max(1, features // 2)
        self.query = nn.Conv2d(features, keys, 1, bias=False)
        self.key = nn.Conv2d(features, keys, 1, bias=False)
        self.value = nn.Conv2d(features, values, 1, bias=False)
        self.out = nn.Conv2d(values, features, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        n, _, h, w = x.shape
        query = self.query(x).flatten(2)
        key = F.max_pool2d(self.key(x), 2).flatten(2)
        value = F.max_pool2d(self.value(x), 2).flatten(2)
        # plain matmuls: fused attention has no second derivative, which gradient penalties need
        share = (query.mT @ key).float().softmax(-1).to(value.dtype)
        mixed = (value @ share.mT).view(n, -1, h, w)
        return x + self.gamma * self.out(mixed)


def attention_at(side: int, wanted: int | None, features: int) -> list[nn.Module]:
    """The layer to splice in behind the feature map of this side."""
    return [SelfAttention(features)] if side == wanted else []
