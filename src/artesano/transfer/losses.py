"""The losses of a classifier: of one label for each image, or of several. Called as `loss(logits, labels)`.

A loss of several labels is an `Objective`, which `SeveralLabels` calls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.data.labels import soft


class OneLabel(nn.Module):
    """Cross-entropy of softmax.

    Args:
        smoothing: share of the target that is spread over all classes (Szegedy et al. 2016, arXiv 1512.00567).
        counts: int [K], images per class; classes then weigh inversely, with a mean of 1 over the images.
    """

    is_nll = True
    weights: Tensor | None

    def __init__(self, smoothing: float = 0.0, counts: np.ndarray | None = None):
        super().__init__()
        self.smoothing = smoothing
        weights = None if counts is None else counts.sum() / ((counts > 0).sum() * np.maximum(counts, 1))
        self.register_buffer("weights", _as_weights(weights), persistent=False)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """logits [N, K]; labels int64 [N], or float [N, K] after mixup -> a scalar."""
        weights = None if self.weights is None else self.weights.to(logits.dtype)
        return F.cross_entropy(logits, labels, weight=weights, label_smoothing=self.smoothing)


class Objective(ABC):
    """A loss of several labels, each of which an image has or has not.

    Attributes:
        is_nll: its value without smoothing and weights is the `nll` that is measured.
    """

    is_nll: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        """The mean over images and labels.

        Args:
            logits: [N, K].
            targets: float [N, K] in [0, 1].
            weights: [K], of the images that have a label beside those that do not; None = 1.
        """


class BinaryCrossEntropy(Objective):
    """-log of the probability that is given to what is true of each label, sigmoid(logit) or 1 - sigmoid(logit)."""

    is_nll = True

    def __call__(self, logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, targets, pos_weight=weights)


TINY = 1e-8  # a power below 1 of less than this has no finite gradient


class Asymmetric(Objective):
    """Cross-entropy in which absent labels that are easily seen to be absent count little (Ridnik et al. 2021, arXiv
    2009.14119, equation 7): of many labels an image has few, and the many easy negatives would drown the positives.

    Args:
        gamma_positive, gamma_negative: the loss of a label is weighed by (1 - q) ** gamma, q the probability given to
            what is true; 0 and 0 with clip=0 are binary cross-entropy.
        clip: m; the probability of an absent label is lowered by it, so that below it there is no loss.
    """

    def __init__(
        self,
        gamma_positive: Annotated[float, Field(ge=0)] = 1.0,
        gamma_negative: Annotated[float, Field(ge=0)] = 4.0,
        clip: Annotated[float, Field(ge=0, lt=1)] = 0.05,
    ):
        self.gamma_positive, self.gamma_negative, self.clip = gamma_positive, gamma_negative, clip

    def __call__(self, logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        probability = logits.sigmoid()
        has = logits.neg().sigmoid().clamp(min=TINY) ** self.gamma_positive * F.logsigmoid(logits)
        if self.clip:
            lowered = (probability - self.clip).clamp(min=0)
            has_not = lowered.clamp(min=TINY) ** self.gamma_negative * torch.log1p(-lowered)
        else:  # stable where the probability is 1 in float32
            has_not = probability.clamp(min=TINY) ** self.gamma_negative * F.logsigmoid(-logits)
        return -(targets * has * (1 if weights is None else weights) + (1 - targets) * has_not).mean()


class SeveralLabels(nn.Module):
    """A loss over labels of which an image may have any number.

    Args:
        smoothing: targets are 1 - smoothing / 2 and smoothing / 2 in the place of 1 and 0.
        counts: int [K], images that have each label; all of these then weigh as much as all that do not have it.
        images: how many there are.
    """

    weights: Tensor | None

    def __init__(
        self, objective: Objective, smoothing: float = 0.0, counts: np.ndarray | None = None, images: int | None = None
    ):
        super().__init__()
        self.objective, self.smoothing, self.is_nll = objective, smoothing, objective.is_nll
        # a label that all images have keeps the weight of one image: with 0 nothing would hold it
        weights = None if counts is None or images is None else np.maximum(images - counts, 1) / np.maximum(counts, 1)
        self.register_buffer("weights", _as_weights(weights), persistent=False)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """logits [N, K]; labels 0 and 1 [N, K], or float [N, K] after mixup -> a scalar."""
        targets = soft(labels, logits.shape[1])
        return self.objective(logits, targets * (1 - self.smoothing) + self.smoothing / 2, self.weights)


def _as_weights(weights: np.ndarray | None) -> Tensor | None:
    return None if weights is None else torch.tensor(weights, dtype=torch.float32)
