"""Symptoms of a game between generator and discriminator that goes wrong, each with overrides to try.

All are relative (a probability, a share, fakes over reals), so the same thresholds hold for any data and image size.
They were set on recorded runs, healthy and provoked (tests/gan/test_health.py). A symptom must last `patience` probes,
because good runs show most of them for a moment: early discriminators are always right, and single gradient norms of
700 occur.

Two failures are not seen here. A generator that alternates between a few modes is nearly as diverse, by distance
between pixels, as the data. And D(x) = D(G(z)) = 0.5 is the optimum, but also what a dead discriminator gives. Both are
seen in the samples, which `likeness` judges.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

Numbers = dict[str, float]

CERTAIN = 0.99  # accuracy of a discriminator that makes no mistakes
SURE = -0.01  # V(D, G) of a discriminator with probabilities of 99.5 %: its loss and the gradient of G vanish
FLAT = 0.3  # contrast of fakes over reals: an untrained DCGAN starts at 0.23 and passes this within 200 steps
DIFFERENT = 0.3  # diversity of fakes that have the contrast of the data: healthy 0.6 .. 1.1, collapsed 0 .. 0.2
GUESSING = 0.55  # accuracy of a discriminator that hardly tells real from fake
LEAD = 0.2  # D(G(z)) - D(x): the discriminator takes fakes for real rather than real images
REAL, APART = 0.5, 0.2  # D(x) above which it calls an image real; gap between reals that it is trained on and others
STEEP, EXPLODED = 100.0, 1000.0  # gradient norms; ganhacks calls 100 bad, healthy runs touch 700 for one step
HUGE = 1e4  # a loss; those of critics go to hundreds
CLIPPED = 0.97  # share of saturated pixels in an image with hardly any grey
GLARING = 4.0  # contrast of fakes over reals, reached only far outside of the range of the pixels
SWING = 25.0  # variance of D's losses (1.39 at chance level): 5 up and down; healthy 0 .. 3, for moments 8
DEAD = 1e-6  # gradient norms of both nets; a converged GAN still has those of its noise


class Symptom(NamedTuple):
    """A state, a function that finds the evidence for it in a window of probes, and what to try."""

    state: str
    evidence: Callable[[list[Numbers]], str | None]
    advice: list[str]


def not_finite(probe: Numbers) -> str | None:
    """The first metric that is not finite; gradients may overflow for a step in fp16, which skips the update."""
    needed = ("loss_d", "loss_g", "d_real", "d_fake_before", "d_fake_after")
    return next((name for name in needed if not math.isfinite(probe[name])), None)


def _exploding(window: list[Numbers]) -> str | None:
    for name, who in [("gradient_d", "discriminator"), ("gradient_g", "generator")]:
        norms = [probe[name] for probe in window]
        rising = norms == sorted(norms) and norms[-1] >= 2 * norms[0]
        if all(not norm <= EXPLODED for norm in norms) or (min(norms) > STEEP and rising):  # NaN is not below it
            return f"gradient norms of the {who} from {norms[0]:.3g} to {norms[-1]:.3g}"
        losses = [abs(probe[f"loss_{name[-1]}"]) for probe in window]
        if min(losses) > HUGE:
            return f"losses of the {who} from {losses[0]:.3g} to {losses[-1]:.3g}"
    return None


def _swinging(window: list[Numbers]) -> str | None:
    """The scores of critics have no scale, so their variance is ignored."""
    if all(probe["loss_variance"] > SWING and not math.isnan(probe["value"]) for probe in window):
        return f"the discriminator's losses swing by {math.sqrt(window[-1]['loss_variance']):.1f} from step to step"
    return None


def _dead(window: list[Numbers]) -> str | None:
    if max(max(probe["gradient_d"], probe["gradient_g"]) for probe in window) < DEAD:
        return f"no gradient in either network (norms below {DEAD:g})"
    return None


def _garbage(window: list[Numbers]) -> str | None:
    """Far outside of the pixels' range, or with a tenth of the data's pixels between its ends."""
    last = window[-1]
    if min(probe["contrast"] for probe in window) > GLARING:
        return f"the fakes have {last['contrast']:.1f} times the contrast of the data"
    if all(p["saturated"] > CLIPPED and 1 - p["saturated_real"] > 10 * (1 - p["saturated"]) for p in window):
        return f"{last['saturated']:.1%} of the fakes' pixels are saturated, {last['saturated_real']:.1%} of the data's"
    return None


def _collapsed(window: list[Numbers]) -> str | None:
    """Diversity below a limit that falls with the fakes' contrast.

    An untrained generator draws pale noise (diversity and contrast 0.2), and a WGAN-GP almost the same blurred stroke
    (0.1 and 0.5) before it draws digits.
    """
    last = window[-1]
    if all(probe["diversity"] < DIFFERENT * min(probe["contrast"], 1) ** 2 for probe in window):
        return (
            f"two fakes differ {last['diversity']:.2f} times as much as two of the data, "
            f"though one has {last['contrast']:.2f} of their contrast"
        )
    return None


def _certain(window: list[Numbers]) -> str | None:
    """D is always right, and either its loss vanishes, or the fakes are pale and do not improve.

    This accuracy alone is no symptom: D reaches it in the first hundreds of steps of a good DCGAN.
    """
    last = window[-1]
    if any(math.isnan(probe["value"]) or probe["d_accuracy"] < CERTAIN for probe in window):
        return None
    if all(probe["value"] > SURE for probe in window):
        return f"D is right {last['d_accuracy']:.0%}, D(G(z)) = {last['d_fake_after']:.2g} and its loss near 0"
    contrast = [probe["contrast"] for probe in window]
    if max(contrast) < FLAT and contrast[-1] < 1.1 * contrast[0]:
        return f"D is right {last['d_accuracy']:.0%} and the fakes stay at {contrast[-1]:.2f} of the data's contrast"
    return None


def _fooled(window: list[Numbers]) -> str | None:
    """D prefers fakes. At chance level alone (0.5 everywhere) there is no symptom: it is the theoretical optimum."""
    last = window[-1]
    if any(math.isnan(probe["value"]) or probe["d_accuracy"] > GUESSING for probe in window):
        return None
    if min(probe["d_fake_after"] - probe["d_real"] for probe in window) > LEAD:
        return f"D rates fakes ({last['d_fake_after']:.2f}) above the data ({last['d_real']:.2f})"
    return None


def _memorising(window: list[Numbers]) -> str | None:
    """D calls the images that it is trained on real and held-out real images fake.

    The scores of a critic have no end that means real: there the held-out images lie nearer to the fakes.
    """
    last = window[-1]
    rows = [(probe["d_real"], probe.get("d_real_held_out", math.nan), probe["d_fake_before"]) for probe in window]
    if math.isnan(last["value"]):
        fake = all(held - fakes < (real - fakes) / 2 and real > fakes for real, held, fakes in rows)
        fake = fake and min(probe["d_accuracy"] for probe in window) > CERTAIN
    else:
        fake = all(held < REAL < real and real - held > APART for real, held, _ in rows)  # False where it is NaN
    if not fake:
        return None
    seen, held, fakes = rows[-1]
    return f"D gives {seen:.2f} to the data that it trains on, {held:.2f} to held-out data and {fakes:.2f} to fakes"


CALM = ["hacks.lr=0.0002", "hacks.betas=[0.5,0.999]", "hacks.discriminator_norm=spectral", "hacks.r1=1.0"]
#: the most severe first
SYMPTOMS = [
    Symptom("diverged", _exploding, CALM),
    Symptom("diverged", _swinging, CALM),
    Symptom("diverged", _garbage, CALM),
    Symptom("diverged", _dead, CALM),
    Symptom(
        "mode collapse",
        _collapsed,
        ["hacks.minibatch=stddev", "hacks.feature_matching=1.0", "hacks.r1=1.0", "gan=wgan_gp", "gan=r3gan"],
    ),
    Symptom(
        "memorising",  # of the discriminator; fewer steps help too
        _memorising,
        ["hacks.diffaugment=[affine,translation]", "hacks.diffaugment=[color,translation,cutout]"],
    ),
    Symptom(
        "discriminator winning",
        _certain,
        [
            "hacks.discriminator_lr_factor=0.5",
            "hacks.extra_critic_steps=0",
            "hacks.flip_generator_labels=true",
            "hacks.real_label=0.9",
            "hacks.instance_noise=0.1",
            "hacks.diffaugment=[color,translation,cutout]",
            "gan=r1gan",
        ],
    ),
    Symptom(
        "generator winning", _fooled, ["hacks.discriminator_lr_factor=2.0", "hacks.extra_critic_steps=1", "gan=r1gan"]
    ),
]
