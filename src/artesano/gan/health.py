"""Is this GAN healthy? What one training step shows, as numbers; `verdict` says in words what they mean.

Tip 10 of ganhacks (Chintala et al. 2016, github.com/soumith/ganhacks), "track failures early", done by the machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor

from artesano.gan.verdict import Verdict, conclude, judge

__all__ = ["IDEAL_VALUE", "NAMES", "Health", "Probe", "Verdict", "conclude", "judge", "measure"]

#: V(D, G) where the generator's distribution is that of the data (Goodfellow et al. 2014, arXiv 1406.2661, theorem 1)
IDEAL_VALUE = -math.log(4)

#: what `measure` gives, in its order; logged as `health/<name>`
NAMES = (
    "d_real",  # mean D(x): a probability in [0, 1], or the raw score of a critic
    "d_fake_before",  # mean D(G(z)) in the discriminator's update
    "d_fake_after",  # mean D(G(z)) in the generator's update, after the discriminator's
    "value",  # V(D, G) = E log D(x) + E log(1 - D(G(z))); NaN for critics
    "d_accuracy",  # share in [0, 1] that D gets right; 0.5 = guessing
    "gradient_d",  # L2 norm over all parameters of D
    "gradient_g",
    "loss_d",
    "loss_g",
    "loss_variance",  # of the last losses of D
    "diversity",  # mean distance between two fakes, over that between two real images: 1 = as diverse
    "contrast",  # mean standard deviation of the pixels within one fake, over that within one real image
    "saturated",  # share of the fakes' pixels at an end of the range; to be read beside that of the real images
    "saturated_real",
)

PAIRED = 64  # images whose pairwise distances are taken: 2,016 pairs hold the mean to about one percent
END = 0.01  # "at an end of the range": within this share of its length, or beyond
FLOOR = 1e-7  # of a probability before its logarithm: value stays finite where a sigmoid has rounded to 0 or 1


@dataclass
class Health:
    """When to look, and what to do about what is seen.

    Args:
        every: steps between probes.
        on_failure: `warn` says it and goes on; `stop` ends the run.
        patience: probes that a sign must last before it is a verdict.
    """

    every: Annotated[int, Field(ge=1)] = 50
    on_failure: Literal["warn", "stop"] = "warn"
    patience: Annotated[int, Field(ge=1)] = 4


class Probe(NamedTuple):
    """The tensors of one training step, on any one device and of any float type.

    real: [N, C, H, W], real images as the discriminator saw them.
    fake: [M, C, H, W], the images of the generator's update.
    logits_real: [N].
    logits_fake_before: [M], in the discriminator's update.
    logits_fake_after: [M], in the generator's update.
    gradient_d, gradient_g: scalars, L2 norms over all parameters.
    loss_d, loss_g: scalars.
    recent_losses: [W], the last losses of the discriminator in any order; places not yet filled are NaN.
    probability: logits -> probability of being real, in [0, 1]; None where the loss has none (a critic's score).
    image_range: the lowest and the highest value of a pixel.
    """

    real: Tensor
    fake: Tensor
    logits_real: Tensor
    logits_fake_before: Tensor
    logits_fake_after: Tensor
    gradient_d: Tensor
    gradient_g: Tensor
    loss_d: Tensor
    loss_g: Tensor
    recent_losses: Tensor
    probability: Callable[[Tensor], Tensor] | None = None
    image_range: tuple[float, float] = (-1.0, 1.0)


@torch.no_grad()
def measure(seen: Probe) -> Tensor:
    """The numbers of one step, float32 [len(NAMES)] on the device: one `.tolist()` reads them all."""
    critic = seen.probability is None
    scores = [logits.float() for logits in (seen.logits_real, seen.logits_fake_before, seen.logits_fake_after)]
    if seen.probability is not None:
        scores = [seen.probability(logits).float() for logits in scores]
    real, before, after = scores
    recent = seen.recent_losses.float()
    numbers = (
        real.mean(),
        before.mean(),
        after.mean(),
        torch.full_like(real.mean(), math.nan) if critic else _value(real, before),
        _share_above(real[:, None], before) if critic else (_share_above(real, 0.5) + _share_above(0.5, before)) / 2,
        seen.gradient_d,
        seen.gradient_g,
        seen.loss_d,
        seen.loss_g,
        (recent - recent.nanmean()).square().nanmean(),
        _distance(seen.fake) / _distance(seen.real),
        _contrast(seen.fake) / _contrast(seen.real),
        _saturated(seen.fake, *seen.image_range),
        _saturated(seen.real, *seen.image_range),
    )
    return torch.stack([number.detach().float().to(real.device) for number in numbers])


def _value(real: Tensor, fake: Tensor) -> Tensor:
    return real.clamp(min=FLOOR).log().mean() + (1 - fake).clamp(min=FLOOR).log().mean()


def _share_above(higher: Tensor | float, lower: Tensor | float) -> Tensor:
    """Share of the (broadcast) pairs with higher > lower; a tie counts half, as in the area under a ROC curve."""
    return (torch.as_tensor(higher - lower).sign().mean() + 1) / 2


def _distance(images: Tensor) -> Tensor:
    """Mean L2 distance between two different images among the first `PAIRED`; NaN for fewer than two."""
    rows = images[:PAIRED].flatten(1).float()
    # the plain differences: through a matrix product equal images would not be at distance 0
    distances = torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist")
    return distances.sum() / (len(rows) * (len(rows) - 1))


def _contrast(images: Tensor) -> Tensor:
    return images[:PAIRED].flatten(1).float().std(1, correction=0).mean()


def _saturated(images: Tensor, low: float, high: float) -> Tensor:
    margin = END * (high - low)
    pixels = images.float()
    return ((pixels <= low + margin) | (pixels >= high - margin)).float().mean()
