"""The latent: noise and, for InfoGAN, codes."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F


@dataclass
class Latent:
    """The latent z = [noise, one-hot discrete codes, continuous codes].

    Args:
        size: numbers of noise.
        noise: `gaussian` (spherical) or `uniform` in [-1, 1].
        categorical: sizes of discrete codes, drawn uniformly.
        continuous: continuous codes, uniform in [-1, 1].
    """

    size: Annotated[int, Field(ge=1)] = 100
    noise: Literal["gaussian", "uniform"] = "gaussian"
    categorical: list[Annotated[int, Field(ge=2)]] = field(default_factory=list)
    continuous: Annotated[int, Field(ge=0)] = 0

    @property
    def code_dim(self) -> int:
        """Numbers of z that are codes."""
        return sum(self.categorical) + self.continuous

    @property
    def dim(self) -> int:
        """Length of z."""
        return self.size + self.code_dim

    def draw(self, count: int, device: torch.device, generator: torch.Generator | None = None) -> Tensor:
        """float32 [count, dim]; with a CPU `generator` the same values on every device."""
        drawn_on = torch.device("cpu") if generator is not None else device
        options: dict[str, Any] = {"generator": generator, "device": drawn_on}
        if self.noise == "gaussian":
            parts = [torch.randn(count, self.size, **options)]
        else:
            parts = [torch.rand(count, self.size, **options) * 2 - 1]
        for classes in self.categorical:
            parts.append(F.one_hot(torch.randint(classes, (count,), **options), classes).float())
        if self.continuous:
            parts.append(torch.rand(count, self.continuous, **options) * 2 - 1)
        return torch.cat(parts, 1).to(device) if len(parts) > 1 else parts[0].to(device)

    def codes(self, z: Tensor) -> Tensor | None:
        """float32 [N, code_dim], the codes of z; None where there are none."""
        return z[:, self.size :] if self.code_dim else None


def lerp(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Linear interpolation; its middle is nearer to the origin than Gaussian samples of many dimensions are."""
    return torch.lerp(start, end, share)


def slerp(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Spherical interpolation of rows [N, D] (White 2016, arXiv 1609.04468); norms lie between those of the ends."""
    cosine = F.cosine_similarity(start, end, dim=1).clamp(-1, 1)[:, None]
    angle = torch.acos(cosine)
    flat = angle.sin() < 1e-4
    weight = torch.where(flat, angle.new_tensor(1.0), angle.sin())
    turned = (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / weight
    return torch.where(flat, torch.lerp(start, end, share), turned)


def truncate(z: Tensor, threshold: float) -> Tensor:
    """Gaussian z within +-threshold (BigGAN; Brock et al. 2018, arXiv 1809.11096).

    Every value moves to its quantile of the truncated Gaussian: the distribution that redrawing would give, without a
    loop.
    """
    root = math.sqrt(2)
    low = 0.5 * (1 + math.erf(-threshold / root))
    share = 0.5 * (1 + torch.erf(z / root))  # uniform for Gaussian z
    return root * torch.erfinv((2 * (low + (1 - 2 * low) * share) - 1).clamp(-1 + 1e-6, 1 - 1e-6))
