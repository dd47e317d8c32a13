"""BatchNorm's running statistics while its layers learn: kept as they were pretrained, or updated by the new images.

Kept, the layers are in eval mode: they normalise as the pretrained weights expect, in training as in evaluation, and
their own weights and biases learn nevertheless. Updated, they normalise each batch by itself, and evaluation uses the
running average over the batches.
"""

from __future__ import annotations

from typing import Literal

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

Statistics = Literal["pretrained", "updated"]

MANY, FEW = 150, 0.25  # training images, share of the groups


def automatic(images: int, share: float) -> Statistics:
    """What `norm_stats=auto` means: `updated` where enough images train few groups, else `pretrained`.

    EfficientNet-Lite0, 100 steps of 64 images, AdamW at 1e-3, head x3, test accuracy, one to three seeds
    (docs/results/norm_stats.csv):

        data                images  strategy  share  pretrained  updated
        MNIST-5k, 64 px         50  partial    0.12       0.742    0.718
                                50  norm       1.00       0.661    0.450
                                50  lpft       1.00       0.745    0.325
                                50  full       1.00       0.826    0.527
                               100  partial    0.12       0.812    0.815
                               100  norm       1.00       0.783    0.584
                               100  lpft       1.00       0.810    0.508
                               100  full       1.00       0.913    0.775
                               500  partial    0.12       0.914    0.913
                               500  norm       1.00       0.890    0.734
                               500  lpft       1.00       0.924    0.659
                               500  full       1.00       0.976    0.938
                             3,500  partial    0.12       0.927    0.957
                             3,500  norm       1.00       0.921    0.798
                             3,500  lpft       1.00       0.948    0.713
                             3,500  full       1.00       0.981    0.974
        UC Merced, 96 px       105  partial    0.12       0.743    0.814
                               105  norm       1.00       0.767    0.733
                               105  lpft       1.00       0.794    0.740
                               105  full       1.00       0.751    0.778
                               210  partial    0.12       0.836    0.857
                               210  norm       1.00       0.848    0.795
                               210  lpft       1.00       0.840    0.814
                               210  full       1.00       0.840    0.841
                               735  partial    0.12       0.957    0.967
                               735  norm       1.00       0.948    0.909
                               735  lpft       1.00       0.952    0.914
                               735  full       1.00       0.986    0.962

    `MANY` is from `partial` in the cases of the advisor (docs/results/norm_stats_partial.csv): in 16 with 175 to 735
    images and 25 to 100 steps, two seeds, `updated` is 1.4 points better on average, from 2.4 worse to 5 better; in 15
    with 30 to 105 images, one seed, 0.2 worse, from 6 worse to 8 better. `norm` does not catch up in longer runs: after
    400 steps on 3,500 digits 0.959 pretrained, 0.854 updated.
    Within a point of the better one in 33 of the 35 cells of that table, `gradual` among them; 10 of the 33 were not
    known when the rule was made. Off by more: `full` and `partial` on 105 images of UC Merced, where a batch looks much
    like one of the pretraining and `updated` does better. The rule does not know how near the images are.

    Args:
        images: that are trained on.
        share: of the backbone's groups, 0 to 1, that learn at some time of the run.
    """
    return "updated" if images >= MANY and share <= FEW else "pretrained"


def keeping(network: nn.Module, norm_stats: str) -> list[_BatchNorm]:
    """The layers that keep their statistics where their weights learn: with `pretrained` all, else none."""
    return list(batch_norms(network).values()) if norm_stats == "pretrained" else []


def batch_norms(network: nn.Module) -> dict[str, _BatchNorm]:
    """Name -> layer with running statistics."""
    return {
        name: layer
        for name, layer in network.named_modules()
        if isinstance(layer, _BatchNorm) and layer.running_mean is not None
    }
