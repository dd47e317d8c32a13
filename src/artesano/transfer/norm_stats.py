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

MANY, LONG, FEW = 1000, 100, 0.25  # training images, steps, share of the groups


def automatic(images: int, steps: int, share: float) -> Statistics:
    """What `norm_stats=auto` means: `updated` where many images train few groups for long enough, else `pretrained`.

    EfficientNet-Lite0, 100 steps of 64 images, AdamW at 1e-3, head x3, test accuracy; one seed, but for a `pretrained`
    of few images: three (docs/results/norm_stats.csv):

        data                images  strategy  share  pretrained  updated
        MNIST-5k, 64 px         50  partial    0.12       0.746    0.729
                                50  lpft       1.00       0.745    0.325
                                50  full       1.00       0.826    0.527
                               100  lpft       1.00       0.810    0.508
                               100  full       1.00       0.913    0.775
                             3,500  partial    0.12       0.927    0.957
                             3,500  lpft       1.00       0.948    0.713
                             3,500  full       1.00       0.981    0.974
        UC Merced, 96 px       105  lpft       1.00       0.794    0.743
                               105  full       1.00       0.751    0.771
                               210  lpft       1.00       0.840    0.814
                               210  full       1.00       0.840    0.871

    The rule is more than a point off for `full` on UC Merced: near the images of pretraining a batch looks much like
    one of theirs, and `updated` does as well or better. The rule does not know how near they are.

    Args:
        images: that are trained on.
        steps: of the whole run; averages with timm's momentum of 0.01 are far from the new images before 100.
        share: of the backbone's groups, 0 to 1, that learn at some time of the run.
    """
    return "updated" if images >= MANY and steps >= LONG and share <= FEW else "pretrained"


def batch_norms(network: nn.Module) -> dict[str, _BatchNorm]:
    """Name -> layer with running statistics."""
    return {
        name: layer
        for name, layer in network.named_modules()
        if isinstance(layer, _BatchNorm) and layer.running_mean is not None
    }
