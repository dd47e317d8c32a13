"""Self-training: what the network is sure of on target images is taken for their labels."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from artesano.data.dataset import ImageData
from artesano.transfer.adaptation import TINY, Adaptation, Outputs, Weight

KEPT = 0.9
"""Share of the mean prediction that a step keeps: it is the mean of about ten batches."""


class Pseudo(Adaptation):
    """Confident predictions are the labels of the same images, augmented (FixMatch; Sohn et al. 2020, arXiv
    2001.07685, equation 4).

    From drawn digits to written ones, EfficientNet-Lite0 (64 px, 150 steps of 24 images, light augmentation of the
    source, one seed, the mean of each batch balanced) had 0.606 of the source alone, 0.844 with a threshold of 0.95
    and 0.759 with 0.8. Without `balance` and augmentation it had 0.496. A small net, which is less sure, preferred
    lower thresholds.

    The sign `confident` is the share of the target images that are learnt from.

    Args:
        weight: of the loss, after the ramp.
        threshold: probability from which a prediction counts.
        balance: weight of the negative entropy of the mean prediction, which keeps the network from seeing few classes
            in the target (Liang et al. 2020, arXiv 2002.08546, equation 2); 0 = off, for a target with rare classes.
            The mean is that of the last ten batches or so: a batch of 32 cannot hold 21 classes evenly, and to make
            each one even spoils right predictions. Photos of UC Merced, spoilt, had 0.562 with the mean of each batch
            and 0.857 with this one (0.629 of the source alone; one seed, 300 steps); written digits, of ten classes,
            0.890 (0.842 to 0.917) and 0.847 (0.740 to 0.915). A mean over ten images of each class had 0.829 of the
            photos, and 0.781 and 0.816 of the digits with two of the three seeds.
        ramp: share of the run over which the weight grows from 0.
    """

    views: ClassVar[int] = 2
    mean_prediction: Tensor

    def __init__(
        self,
        *,
        data: ImageData,
        weight: Weight = 1.0,
        threshold: Annotated[float, Field(gt=0, lt=1)] = 0.95,
        balance: Annotated[float, Field(ge=0)] = 1.0,
        ramp: Annotated[float, Field(ge=0, le=1)] = 0.4,
    ):
        super().__init__(data=data)
        self.weight, self.threshold, self.balance, self.ramp = weight, threshold, balance, ramp

    def build(self, features: int, classes: int) -> None:
        self.register_buffer("mean_prediction", torch.full((classes,), 1 / classes))

    def settled(self, progress: float) -> bool:
        return progress >= self.ramp

    def loss(self, source: Outputs, target: Outputs, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        weak, augmented = target.logits.chunk(2)
        probability, label = weak.detach().softmax(dim=1).max(dim=1)
        sure = (probability >= self.threshold).float()
        weight = self.weight * (min(1.0, progress / self.ramp) if self.ramp else 1.0)
        losses = F.cross_entropy(augmented, label, reduction="none")
        now = augmented.softmax(dim=1).mean(dim=0)
        self.mean_prediction.lerp_(now.detach().to(self.mean_prediction.dtype), 1 - KEPT)
        uneven = (now * self.mean_prediction.clamp(min=TINY).log()).sum()  # the gradient is that of the mean's entropy
        return weight * ((sure * losses).mean() + self.balance * uneven), {"confident": sure.mean()}
