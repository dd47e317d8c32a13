"""plots/adaptation.png: the features of source and target before and after the run."""

from __future__ import annotations

import copy
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.data.loaders import Loaders
from artesano.figures.domains import domain_maps
from artesano.kinds.transfer.embed import flatten
from artesano.metrics.neighbours import knn_accuracy
from artesano.transfer.adapting_module import AdaptingModule

DRAWN = 300  # images of each domain


def draw(folder: Path, pretrained: nn.Module, module: AdaptingModule, images: Loaders) -> Path:
    """Write the picture; the module is at its best checkpoint. Labels play no part.

    Args:
        pretrained: the backbone before step 0.
        images: of the source.
    """
    maps = {}
    for when, backbone in (("before", pretrained), ("after", copy.deepcopy(module.evaluated.backbone))):
        source, target = (features(backbone, loaders) for loaders in (images, module.target))
        both = torch.cat([source, target])
        domain = (torch.arange(len(both)) >= len(source)).long()
        points, method = plane(both)
        maps[f"{when}: neighbours tell {knn_accuracy(both, domain):.0%} apart ({method})"] = points
    path = folder / "plots" / "adaptation.png"
    domain_maps(maps, len(source), path)
    return path


@torch.inference_mode()
def features(backbone: nn.Module, loaders: Loaders) -> Tensor:
    """Float32 [N, F] of at most `DRAWN` training images, on the CPU."""
    backbone = backbone.cpu().float().eval()
    batches = (loaders.prepare(batch, None).images for batch in loaders.some("train", DRAWN))
    return torch.cat([backbone(batch).float() for batch in batches])


def plane(features: Tensor) -> tuple[np.ndarray, str]:
    """[N, F] -> [N, 2] and the method: t-SNE where scikit-learn is installed, else the two principal components."""
    if find_spec("sklearn") is not None:
        return flatten(features)
    directions = F.normalize(features, dim=1)
    u, s, _ = torch.linalg.svd(directions - directions.mean(dim=0), full_matrices=False)
    return (u[:, :2] * s[:2]).numpy(), "PCA"
