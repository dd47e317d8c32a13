"""Heads: features [N, D] -> logits [N, K]. Built as `head(in_features=D, num_classes=K)`."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

Dropout = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1)]


class Linear(nn.Module):
    """Dropout and one linear layer.

    Args:
        zero_init: start with all logits 0, so that no random head distorts the features (big_vision's transfer).
    """

    def __init__(self, in_features: Width, num_classes: Width, zero_init: bool = False, dropout: Dropout = 0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = _linear(in_features, num_classes, zero_init)

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(self.dropout(features))


class Mlp(nn.Module):
    """One hidden layer with GELU.

    Args:
        hidden: its width.
        zero_init: of the last layer.
    """

    def __init__(
        self,
        in_features: Width,
        num_classes: Width,
        hidden: Width = 512,
        zero_init: bool = False,
        dropout: Dropout = 0.0,
    ):
        super().__init__()
        self.hidden = nn.Linear(in_features, hidden)
        self.dropout = nn.Dropout(dropout)
        self.linear = _linear(hidden, num_classes, zero_init)

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(self.dropout(F.gelu(self.hidden(self.dropout(features)))))


class Cosine(nn.Module):
    """Logits = scale * cosine between the feature and a learned direction per class: good with few images per class
    (Gidaris and Komodakis 2018, arXiv 1804.09458; Chen et al. 2019, arXiv 1904.04232).

    Args:
        scale: where the learned scale starts.
    """

    def __init__(
        self,
        in_features: Width,
        num_classes: Width,
        scale: Annotated[float, Field(gt=0)] = 10.0,
        dropout: Dropout = 0.0,
    ):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.directions = nn.Parameter(torch.empty(num_classes, in_features))
        self.scale = nn.Parameter(torch.tensor(scale))
        nn.init.normal_(self.directions)

    def forward(self, features: Tensor) -> Tensor:
        return self.scale * F.linear(F.normalize(self.dropout(features)), F.normalize(self.directions))


def _linear(in_features: int, num_classes: int, zero_init: bool) -> nn.Linear:
    layer = nn.Linear(in_features, num_classes)
    if zero_init:
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    return layer
