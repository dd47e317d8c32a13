"""The Inception network of FID: the graph of 2015 that published numbers are measured with, on torchvision's blocks."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import inception as blocks

from artesano.backbones.weights import read_weights
from artesano.errors import BadInput

FILE = "pt_inception-2015-12-05-6726825d.pth"
SOURCE = f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{FILE}"
SIZE = 299  # pixels of a side
DIM = 2048  # width of the pooled features


class _Averaged(nn.Module):
    """torchvision's block, but the average of its pooling branch leaves the padding out, as TensorFlow's does."""

    branch_pool: nn.Module

    def _forward(self, x: Tensor) -> list[Tensor]:
        *branches, _ = super()._forward(x)  # type: ignore[misc]
        return [*branches, self.branch_pool(self.pool(x))]

    def pool(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


class _A(_Averaged, blocks.InceptionA): ...


class _C(_Averaged, blocks.InceptionC): ...


class _E(_Averaged, blocks.InceptionE): ...


class _MaxE(_E):
    """The last block takes the maximum where all others take the average."""

    def pool(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, 3, stride=1, padding=1)


def inception(path: Path) -> tuple[nn.Module, nn.Module]:
    """Images [N, 3, 299, 299] in [-1, 1] -> pooled features [N, 2048]; and those -> logits [N, 1008] without bias.

    The authors' code of the Inception Score leaves the bias out, and published scores do the same.

    Raises:
        BadInput: the file cannot be read, or holds another network.
    """
    network = blocks.Inception3(
        num_classes=1008,
        aux_logits=False,
        init_weights=False,
        inception_blocks=[
            blocks.BasicConv2d, _A, blocks.InceptionB, _C, blocks.InceptionD, _E, blocks.InceptionAux,
        ],
    )  # fmt: skip
    network.Mixed_7c = _MaxE(2048)
    try:
        network.load_state_dict(read_weights(path, "file"))
    except RuntimeError as error:
        raise BadInput(f"{path} is not the Inception network of FID ({str(error).splitlines()[0]})") from error
    head, network.fc = network.fc, nn.Identity()
    head.bias = None
    return network, head


def inception_path(folder: Path) -> Path:
    """The file of weights in `folder` or where torch keeps its downloads.

    Raises:
        BadInput: it is in neither; says where it comes from and where to put it.
    """
    hub = Path(os.path.expanduser(torch.hub.get_dir())) / "checkpoints"
    for place in (folder / FILE, hub / FILE):
        if place.is_file():
            return place
    raise BadInput(
        f"evaluation.extractor=inception needs the weights {FILE}, which are not on this machine. "
        f"Fetch {SOURCE} and put it into {folder} (or {hub}); evaluation.extractor=lite0 needs no file."
    )
