"""Health of a GAN: metrics of one training step, from which `symptoms` names what is wrong.

It automates tip 10 of ganhacks (Chintala et al. 2016, github.com/soumith/ganhacks), "track failures early".
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
    "d_accuracy",  # share of images that D classifies correctly; 0.5 = chance
    "gradient_d",  # L2 norm over all parameters of D
    "gradient_g",
    "loss_d",
    "loss_g",
    "loss_variance",  # of the last losses of D
    "diversity",  # mean distance between two fakes, over that between two real images: 1 = as diverse
    "contrast",  # mean standard deviation of the pixels in a fake (of a point its size), over that in a real image
    "saturated",  # share of the fakes' pixels at an end of the range; compare with that of the real images
    "saturated_real",
    "d_real_held_out",  # mean D(x) of real images that are not trained on; NaN where there are none
)

PAIRED = 64  # images whose pairwise distances are taken: 2,016 pairs hold the mean to about one percent
END = 0.01  # "at an end of the range": within this share of its length, or beyond
FLOOR = 1e-7  # of a probability before its logarithm: value stays finite where a sigmoid has rounded to 0 or 1


@dataclass
class Health:
    """`health.*`.

    Args:
        every: steps between probes.
        on_failure: `warn` logs a warning; `stop` ends the run.
        patience: consecutive number of probes with the same symptom before a verdict.
    """

    every: Annotated[int, Field(ge=1)] = 50
    on_failure: Literal["warn", "stop"] = "warn"
    patience: Annotated[int, Field(ge=1)] = 4


class Probe(NamedTuple):
    """The tensors of one training step, on any one device and of any float type.

    real: [N, C, H, W], the real images of the discriminator's update.
    fake: [M, C, H, W], the images of the generator's update.
    logits_real: [N], or [N / pac] of packs of images; so are the others.
    logits_fake_before: [M], in the discriminator's update.
    logits_fake_after: [M], in the generator's update.
    gradient_d, gradient_g: scalars, L2 norms over all parameters.
    loss_d, loss_g: scalars.
    recent_losses: [W], the last losses of the discriminator in any order; places not yet filled are NaN.
    probability: logits -> probability of being real, in [0, 1]; None where the loss has none (a critic's score).
    image_range: the lowest and the highest value of a pixel.
    logits_held_out: [K], of real images that are not trained on; None = there are none.
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
    logits_held_out: Tensor | None = None


@torch.no_grad()
def measure(probe: Probe) -> Tensor:
    """The metrics of one step, float32 [len(NAMES)] on the device, so that one `.tolist()` fetches them all."""
    critic = probe.probability is None
    held_out = probe.logits_held_out
    if held_out is None:
        held_out = torch.full_like(probe.logits_real[:1], math.nan)
    logits = (probe.logits_real, probe.logits_fake_before, probe.logits_fake_after, held_out)
    scores = [some.float() for some in logits]
    if probe.probability is not None:
        scores = [probe.probability(some).float() for some in scores]
    real, before, after, held_out = scores
    recent = probe.recent_losses.float()
    numbers = (
        real.mean(),
        before.mean(),
        after.mean(),
        torch.full_like(real.mean(), math.nan) if critic else _value(real, before),
        _share_above(real[:, None], before) if critic else (_share_above(real, 0.5) + _share_above(0.5, before)) / 2,
        probe.gradient_d,
        probe.gradient_g,
        probe.loss_d,
        probe.loss_g,
        (recent - recent.nanmean()).square().nanmean(),
        _distance(probe.fake) / _distance(probe.real),
        _contrast(probe.fake) / _contrast(probe.real),
        _saturated(probe.fake, *probe.image_range),
        _saturated(probe.real, *probe.image_range),
        held_out.mean(),
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
    # Through a matrix product equal images would not be at distance 0.
    distances = torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist")
    return distances.sum() / (len(rows) * (len(rows) - 1))


def _contrast(images: Tensor) -> Tensor:
    """Mean standard deviation of the pixels of an image; of points, images of one pixel, the mean root of x^2 + y^2.

    That of x and y would be 0 on the diagonal, where a collapsed generator would pass for an untrained one.
    """
    if images[0, 0].numel() == 1:
        return images[:PAIRED].flatten(1).float().norm(dim=1).mean()
    return images[:PAIRED].flatten(1).float().std(1, correction=0).mean()


def _saturated(images: Tensor, low: float, high: float) -> Tensor:
    margin = END * (high - low)
    pixels = images.float()
    return ((pixels <= low + margin) | (pixels >= high - margin)).float().mean()
