"""AdaBN: BatchNorm's statistics are those of the target's images."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from collections.abc import Collection, Iterable
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from artesano.data.dataset import ImageData
from artesano.errors import BadInput
from artesano.transfer.adaptation import Adaptation, Some
from artesano.transfer.norm_stats import batch_norms


class AdaBn(Adaptation):
    """Training normalises each batch of the source by itself; what is measured and saved normalises by the target's
    statistics (AdaBN; Li et al. 2016, arXiv 1603.04779). The metrics on the source's val and test parts are those of
    this network too.

    Args:
        images: of the target's training part, from which the statistics are taken.
    """

    views: ClassVar[int] = 0
    needs_own_statistics: ClassVar[bool] = True

    def __init__(self, *, data: ImageData, images: Annotated[int, Field(ge=2)] = 1000):
        super().__init__(data=data)
        self.images = images

    def check(self, network: nn.Module, learning: Collection[str]) -> None:
        if not batch_norms(network):
            raise BadInput(
                "adapt=adabn: this network has no BatchNorm, so it keeps no statistics; give another backbone, or "
                "adapt=dann, mmd, coral or pseudo."
            )
        if not learning_norms(network, learning):
            raise BadInput(
                "adapt=adabn: with this strategy no BatchNorm learns, so all keep their pretrained statistics; give "
                "strategy=full."
            )

    def before_evaluation(self, network: nn.Module, learning: Collection[str], some: Some) -> None:
        estimate(network, learning_norms(network, learning), some(self.images))


def learning_norms(network: nn.Module, learning: Collection[str]) -> list[_BatchNorm]:
    """The BatchNorm layers whose weights learn: the others normalise by their pretrained statistics in training too."""
    return [
        layer
        for name, layer in batch_norms(network).items()
        if any(f"{name}.{parameter}" in learning for parameter, _ in layer.named_parameters())
    ]


@torch.no_grad()
def estimate(network: nn.Module, layers: list[_BatchNorm], images: Iterable[Tensor]) -> None:
    """Put the mean statistics of all images into `layers` of a network in eval mode.

    Each batch is normalised by itself, as in training, so a last image that is alone in its batch is left out.
    """
    momenta, seen = [layer.momentum for layer in layers], 0
    for layer in layers:
        layer.reset_running_stats()
        layer.training = True
    for batch in images:
        if len(batch) == 1 and seen:
            continue
        seen += len(batch)
        for layer in layers:
            layer.momentum = len(batch) / seen
        network(batch)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum, layer.training = momentum, False
