"""DISTS: how alike two images are in structure and in texture, by the features of VGG-16."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import vgg

STAGES = ((0, 4), (5, 9), (10, 16), (17, 23), (24, 30))  # of VGG's layers; its max-pools stand between them
SMALL = 1e-6  # keeps quotients of nothing at one


class Dists(nn.Module):
    """Deep image structure and texture similarity (Ding et al. 2020, arXiv 2004.07728, equations 6 to 8), as a
    distance: 0 for equal images.

    Channel by channel, in the image and in five stages of VGG-16 whose max-pools are replaced by L2 pooling: the means
    are compared, which is texture, and the covariance, which is structure.

    Args:
        vgg16: state dict of torchvision's VGG-16.
        alpha, beta: [1, 1475, 1, 1], weights of texture and structure, over all channels of all stages.
    """

    texture: Tensor
    structure: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, vgg16: dict[str, Tensor], alpha: Tensor, beta: Tensor):
        super().__init__()
        layers = vgg.make_layers(vgg.cfgs["D"])
        convolutions = {name: vgg16[f"features.{name}"] for name in layers.state_dict()}
        layers.load_state_dict(convolutions)
        for layer in layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False
        self.stages = nn.ModuleList(layers[first:last] for first, last in STAGES)
        total = alpha.sum() + beta.sum()
        self.register_buffer("texture", (alpha / total).flatten())
        self.register_buffer("structure", (beta / total).flatten())
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """[N] of float [N, 3, H, W] in [0, 1]."""
        pairs = list(zip(self.features(fake), self.features(real), strict=True))
        texture = torch.cat([same_texture(*pair) for pair in pairs], 1)
        structure = torch.cat([same_structure(*pair) for pair in pairs], 1)
        return 1 - (texture * self.texture + structure * self.structure).sum(1)

    def features(self, images: Tensor) -> list[Tensor]:
        """The images themselves, then each stage."""
        maps = [images]
        x = (images - self.mean) / self.std
        for number, stage in enumerate(self.stages):
            x = stage(l2_pooled(x) if number else x)
            maps.append(x)
        return maps


def same_texture(one: Tensor, other: Tensor) -> Tensor:
    """[N, C], 1 where the means of a channel agree."""
    a, b = one.mean((2, 3)), other.mean((2, 3))
    return (2 * a * b + SMALL) / (a.square() + b.square() + SMALL)


def same_structure(one: Tensor, other: Tensor) -> Tensor:
    """[N, C], 1 where what is left without the means agrees."""
    a, b = (x - x.mean((2, 3), keepdim=True) for x in (one, other))
    covariance, variances = (a * b).mean((2, 3)), a.square().mean((2, 3)) + b.square().mean((2, 3))
    return (2 * covariance + SMALL) / (variances + SMALL)


def l2_pooled(images: Tensor) -> Tensor:
    """The root of the mean square under a Hann window of 3 x 3, at every second pixel (Hénaff and Simoncelli 2016)."""
    ramp = torch.from_numpy(np.hanning(5)[1:-1]).to(images)
    window = torch.outer(ramp, ramp)
    window = (window / window.sum()).expand(images.shape[1], 1, 3, 3)
    return (F.conv2d(images.square(), window, stride=2, padding=1, groups=images.shape[1]) + 1e-12).sqrt()
