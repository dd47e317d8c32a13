"""Virtual batch normalisation (Salimans et al. 2016, arXiv 1606.03498, section 3.4).

Each example is normalised by the statistics of a reference batch and of itself, never by those of its batch mates. The
statistics of the reference batch change with the weights, so it goes through the net in front of every batch:
`ReferenceBatch` holds it at the net's input, and `VirtualBatchNorm` finds it in the first rows of what it gets.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

ROWS = 64
"""Size of the reference batch; fixed, so that the buffers have their shape before the first batch is seen."""


class ReferenceBatch(nn.Module):
    """Puts the reference batch in front of a batch: the first batch seen in training, kept in the checkpoint.

    A first batch that is smaller is repeated. In evaluation before any training the batch is its own reference.

    Args:
        shape: of one input.
        labels: of one input; more than one in a pack.
    """

    inputs: Tensor
    labels: Tensor
    fixed: Tensor

    def __init__(self, *shape: int, labels: int = 1):
        super().__init__()
        self.register_buffer("inputs", torch.zeros(ROWS, *shape))
        per_input = (labels,) if labels > 1 else ()
        self.register_buffer("labels", torch.zeros(ROWS, *per_input, dtype=torch.int64))
        self.register_buffer("fixed", torch.tensor(False))
        self.known = False  # `fixed` without a wait for the device

    def forward(self, x: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """[N, ...] and [N] -> [ROWS + N, ...] and [ROWS + N]."""
        self.known = self.known or bool(self.fixed)
        inputs, classes = (self.inputs, self.labels) if self.known else self._from(x, labels)
        joined = torch.cat([inputs.to(x.dtype), x])
        return joined, None if labels is None else torch.cat([classes, labels])

    @torch.no_grad()
    def _from(self, x: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
        rows = torch.arange(ROWS, device=x.device) % len(x)
        inputs = x.detach()[rows]
        classes = self.labels if labels is None else labels[rows]
        if self.training:
            self.inputs.copy_(inputs)
            self.labels.copy_(classes)
            self.fixed.fill_(True)
            self.known = True
        return inputs, classes


class VirtualBatchNorm(nn.Module):
    """float [ROWS + N, C, H, W], the reference batch in front -> the same shape, normalised. Statistics are in fp32."""

    def __init__(self, features: int, *, affine: bool = True, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(features)) if affine else None
        self.bias = nn.Parameter(torch.zeros(features)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        means = x.float().mean((2, 3))
        squares = x.float().square().mean((2, 3))
        mean, square = (self._with_reference(moment) for moment in (means, squares))
        scale = (square - mean.square()).clamp(min=0).add(self.eps).rsqrt()
        if self.weight is not None:
            scale = scale * self.weight
        shift = -mean * scale
        if self.bias is not None:
            shift = shift + self.bias
        return torch.addcmul(shift.to(x.dtype)[:, :, None, None], x, scale.to(x.dtype)[:, :, None, None])

    @staticmethod
    def _with_reference(moments: Tensor) -> Tensor:
        """[ROWS + N, C], per image -> the reference's moments in its rows, those of reference + image in the others."""
        reference = moments[:ROWS].mean(0, keepdim=True)
        return torch.cat([reference.expand(ROWS, -1), (ROWS * reference + moments[ROWS:]) / (ROWS + 1)])
