"""AdaBN: BatchNorm's statistics go from the source's images to the target's."""

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
from artesano.transfer.network import Classifier
from artesano.transfer.norm_stats import batch_norms


class AdaBn(Adaptation):
    """Trains like the source alone; in what is measured and saved, the target has behind each BatchNorm the mean and
    variance that the source has there (AdaBN; Li et al. 2016, arXiv 1603.04779).

    Where training normalises each batch by itself (`norm_stats=updated`), these are 0 and 1 and the statistics become
    the target's, as in the paper. Where the pretrained statistics are kept, they are moved by what the target differs
    from the source: the weights have learnt with outputs that are not 0 and 1, and the target's own statistics in their
    place spoil the source too. The metrics on the source's val and test parts are those of the moved network.

    Args:
        images: of each domain's training part, from which the statistics are taken.
    """

    views: ClassVar[int] = 0

    def __init__(self, *, data: ImageData, images: Annotated[int, Field(ge=2)] = 1000):
        super().__init__(data=data)
        self.images = images
        self.moved = True  # of the network that trains; perhaps so in the checkpoint that it goes on from

    def begin(self, network: Classifier) -> None:
        for number, layer in enumerate(batch_norms(network.backbone).values()):
            mean, variance = running(layer)
            self.register_buffer(f"mean{number}", mean.clone())
            self.register_buffer(f"variance{number}", variance.clone())

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

    def before_evaluation(
        self, network: Classifier, learning: Collection[str], target: Some, source: Some | None
    ) -> None:
        if source is None:
            estimate(network, learning_norms(network, learning), target(self.images))
            return
        self.put_back(network)
        move(network, list(batch_norms(network.backbone).values()), source(self.images), target(self.images))
        self.moved = True

    def before_step(self, network: Classifier) -> None:
        if self.moved:
            self.put_back(network)
            self.moved = False

    @torch.no_grad()
    def put_back(self, network: Classifier) -> None:
        """The statistics of the backbone as they are kept in training."""
        for number, layer in enumerate(batch_norms(network.backbone).values()):
            mean, variance = running(layer)
            mean.copy_(getattr(self, f"mean{number}"))
            variance.copy_(getattr(self, f"variance{number}"))


def running(layer: _BatchNorm) -> tuple[Tensor, Tensor]:
    """The mean and variance by which a layer of `batch_norms` normalises in eval mode."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    return layer.running_mean, layer.running_var


def learning_norms(network: nn.Module, learning: Collection[str]) -> list[_BatchNorm]:
    """The BatchNorm layers whose weights learn: the others normalise by their pretrained statistics in training too."""
    return [
        layer
        for name, layer in batch_norms(network).items()
        if any(f"{name}.{parameter}" in learning for parameter, _ in layer.named_parameters())
    ]


@torch.no_grad()
def move(network: nn.Module, layers: list[_BatchNorm], source: Iterable[Tensor], target: Iterable[Tensor]) -> None:
    """Give the target, behind each layer, the mean and variance that the source has there now.

    Args:
        network: in eval mode.
        layers: whose statistics change, in the order in which images go through them.
        source: images as the network takes them, as is `target`.
    """
    before = [(layer.weight, layer.bias) for layer in layers]
    behind = []
    for layer, (mean, variance) in zip(layers, statistics_of_inputs(network, layers, source), strict=True):
        own_mean, own_variance = running(layer)
        deviation = (own_variance + layer.eps).sqrt()
        scale, shift = (variance + layer.eps).sqrt() / deviation, (mean - own_mean) / deviation
        behind.append((scale, shift))
        weight, bias = (1.0, 0.0) if layer.weight is None else (layer.weight, layer.bias)
        # Batches that are normalised by themselves then leave the layer as the source does.
        layer.weight, layer.bias = nn.Parameter(weight * scale), nn.Parameter(weight * shift + bias)
    estimate(network, layers, target)
    for layer, (scale, shift), (weight, bias) in zip(layers, behind, before, strict=True):
        mean, variance = running(layer)
        deviation = (variance + layer.eps).sqrt() / scale
        mean.sub_(shift * deviation)
        variance.copy_((deviation.square() - layer.eps).clamp(min=0))
        layer.weight, layer.bias = weight, bias


def statistics_of_inputs(
    network: nn.Module, layers: list[_BatchNorm], images: Iterable[Tensor]
) -> list[tuple[Tensor, Tensor]]:
    """Mean and variance of each channel that a layer gets, over all images."""
    sums = [torch.zeros(3, layer.num_features, device=running(layer)[0].device) for layer in layers]

    def count(number: int, inputs: Tensor) -> None:
        values = inputs.float().transpose(0, 1).flatten(1)
        ones = torch.full_like(values[:, 0], values.shape[1])
        sums[number] += torch.stack([ones, values.sum(1), values.square().sum(1)])

    hooks = [
        layer.register_forward_pre_hook(lambda module, inputs, number=number: count(number, inputs[0]))
        for number, layer in enumerate(layers)
    ]
    try:
        for batch in images:
            network(batch)
    finally:
        for hook in hooks:
            hook.remove()
    means = [(total / seen, squares / seen) for seen, total, squares in sums]
    return [(mean, (square - mean.square()).clamp(min=0)) for mean, square in means]


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
