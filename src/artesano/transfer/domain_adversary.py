"""DANN: a discriminator tells source from target features, and the backbone learns to make them alike."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import math
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.data.dataset import ImageData
from artesano.transfer.adaptation import Adaptation, Outputs, Weight

SETTLED = 0.95  # of its last strength; with the paper's gamma after a third of the run


class Reversal(torch.autograd.Function):
    """The identity, whose gradient is multiplied by -strength (Ganin et al. 2016, section 4.2)."""

    @staticmethod
    def forward(context: Any, features: Tensor, strength: float) -> Tensor:
        context.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -context.strength * gradient, None


class Dann(Adaptation):
    """Features by which a discriminator cannot tell the domains apart (DANN; Ganin et al. 2016, arXiv 1505.07818).

    The sign `domain_accuracy` is the share of a step's images that the discriminator tells right: 0.5 where the domains
    are alike; 1.0 to the end means that the backbone does not follow.

    The discriminator is a small net on features: nothing of a GAN's discriminators (images in, spectral norms, labels
    of fakes) fits it, and the room `gan` is no part of transfer learning; the loss is one line.

    Args:
        weight: the strength of the reversed gradient at the end.
        gamma: how fast it grows: weight * (2 / (1 + exp(-gamma * progress)) - 1), 10 in the paper.
        width: of the discriminator's two hidden layers.
    """

    def __init__(
        self,
        *,
        data: ImageData,
        weight: Weight = 1.0,
        gamma: Annotated[float, Field(gt=0)] = 10.0,
        width: Annotated[int, Field(ge=1)] = 256,
    ):
        super().__init__(data=data)
        self.weight, self.gamma, self.width = weight, gamma, width

    def build(self, features: int, classes: int) -> None:
        hidden = [nn.Linear(features, self.width), nn.ReLU(), nn.Linear(self.width, self.width), nn.ReLU()]
        self.discriminator = nn.Sequential(*hidden, nn.Linear(self.width, 1))

    def strength(self, progress: float) -> float:
        """Of the reversed gradient: 0 at the beginning, `weight` at the end (Ganin et al. 2016, section 5.2.2)."""
        return self.weight * (2 / (1 + math.exp(-self.gamma * progress)) - 1)

    def settled(self, progress: float) -> bool:
        return self.strength(progress) >= SETTLED * self.weight

    def loss(self, source: Outputs, target: Outputs, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        features = torch.cat([source.features, target.features]).to(next(self.discriminator.parameters()).dtype)
        logits = self.discriminator(Reversal.apply(features, self.strength(progress))).squeeze(1).float()
        of_source = torch.cat([torch.ones(len(source.features)), torch.zeros(len(target.features))]).to(logits)
        right = ((logits > 0) == (of_source > 0.5)).float().mean()
        return F.binary_cross_entropy_with_logits(logits, of_source), {"domain_accuracy": right}
