"""Adaptation to a target domain whose labels are not known: a loss beside that of the labelled source.

A method sees the features and logits of one step's source and target images, both of one forward pass.
"""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Callable, Collection, Iterable
from typing import Annotated, ClassVar, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn

from artesano.data.dataset import ImageData
from artesano.transfer.network import Classifier

#: so many images -> batches of them, float [N, C, H, W], normalised
Some = Callable[[int], Iterable[Tensor]]
TINY = 1e-12
Weight = Annotated[float, Field(gt=0)]


class Outputs(NamedTuple):
    """What the network makes of N images.

    features: float32 [N, F], of the backbone.
    logits: float32 [N, K], of the head.
    """

    features: Tensor
    logits: Tensor


class Adaptation(nn.Module):
    """Base of all methods.

    Args:
        data: the target's images; its training part is adapted to, without labels, and its test part is measured when
            the run ends.
    """

    #: how often a step sees each target image: once as prepared, twice = also augmented; 0 = no target in a step
    views: ClassVar[int] = 1

    def __init__(self, *, data: ImageData):
        super().__init__()
        self.data = data

    def build(self, features: int, classes: int) -> None:
        """Make the weights and buffers of its own, which are saved with the network's; most methods have none.

        Args:
            features: of the backbone.
            classes: that the head tells apart.
        """

    def loss(self, source: Outputs, target: Outputs, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted loss of a step, and signs of its health by name: scalars.

        Args:
            target: of `views` times the batch, one view after the other.
            progress: of the run, 0 to 1.
        """
        raise TypeError(f"{type(self).__name__} must implement loss")

    def settled(self, progress: float) -> bool:
        """False while the method's weight still grows: a run is not ended for want of patience before.

        Args:
            progress: of the run, 0 to 1.
        """
        return True

    def check(self, network: nn.Module, learning: Collection[str]) -> None:
        """Raise BadInput where the method cannot act.

        Args:
            network: a classifier, perhaps without memory for its weights.
            learning: names of the parameters that learn at some time of the run.
        """

    def begin(self, network: Classifier) -> None:
        """Look at the network before step 0, where it keeps BatchNorm's pretrained statistics in training.

        What is to stay of it goes into buffers, which are saved.
        """

    def before_evaluation(
        self, network: Classifier, learning: Collection[str], target: Some, source: Some | None
    ) -> None:
        """Change the network that is about to be measured, and saved after that.

        Args:
            learning: names of the parameters that learn now.
            target: gives at most so many of the target's training images.
            source: the same of the source; None where BatchNorm normalises each batch by itself in training.
        """

    def before_step(self, network: Classifier) -> None:
        """Make the network again what trains, where it keeps BatchNorm's pretrained statistics in training."""


class Coral(Adaptation):
    """Equal covariances of the features (Deep CORAL; Sun and Saenko 2016, arXiv 1607.01719, equation 1).

    The paper compares logits; here it is the features. The loss is divided by 4 F^2, and their number F is large, so
    the weight is too; see configs/adapt/coral.yaml.

    Args:
        weight: of the loss.
    """

    def __init__(self, *, data: ImageData, weight: Weight = 30.0):
        super().__init__(data=data)
        self.weight = weight

    def loss(self, source: Outputs, target: Outputs, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        difference = torch.cov(source.features.T) - torch.cov(target.features.T)
        return self.weight * difference.square().sum() / (4 * source.features.shape[1] ** 2), {}


class Mmd(Adaptation):
    """Small maximum mean discrepancy between the features, by several Gaussian kernels (DAN; Long et al. 2015, arXiv
    1502.02791, section 2; the kernels have equal weights).

    Args:
        weight: of the loss.
        kernels: how many; their variances are powers of 2 around the mean squared distance of two images.
    """

    def __init__(self, *, data: ImageData, weight: Weight = 1.0, kernels: Annotated[int, Field(ge=1)] = 5):
        super().__init__(data=data)
        self.weight, self.kernels = weight, kernels

    def loss(self, source: Outputs, target: Outputs, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        return self.weight * discrepancy(source.features, target.features, self.kernels), {}


def discrepancy(one: Tensor, other: Tensor, kernels: int) -> Tensor:
    """The squared maximum mean discrepancy of two sets of features [N, F] and [M, F]: >= 0, and 0 for equal sets
    (Gretton et al. 2012, equation 5, the biased estimate)."""
    both = torch.cat([one, other])
    both = both - both.mean(dim=0).detach()  # nearer to 0, so that less cancels below
    norms = both.square().sum(dim=1)
    distances = (norms[:, None] + norms - 2 * both @ both.T).clamp(min=0)
    count = len(both)
    variance = distances.detach().sum() / (count * (count - 1)) + TINY  # features that are all equal have none
    powers = [2.0 ** (k - kernels // 2) for k in range(kernels)]
    kernel = torch.stack([torch.exp(-distances / (power * variance)) for power in powers]).mean(dim=0)
    n = len(one)
    return kernel[:n, :n].mean() + kernel[n:, n:].mean() - 2 * kernel[:n, n:].mean()
