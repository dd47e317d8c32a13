"""The verdict on a GAN's training from its health metrics, with overrides to try.

All symptoms are relative (a probability, a share, fakes over reals), so the same thresholds hold for any data and image
size. They were set on recorded runs, healthy and provoked (tests/gan/test_health.py). A symptom must last `patience`
probes after a warm-up of as many, because healthy runs show most symptoms for a moment: early discriminators are always
right, and single gradient norms of 700 occur. Only NaN counts at once, since no run recovers from it.

Two failures are not detected. A generator that alternates between a few modes is nearly as diverse, by distance between
pixels, as the data. And D(x) = D(G(z)) = 0.5 is the optimum, but also what a dead discriminator gives. The distribution
metrics show both.
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
STEEP, EXPLODED = 100.0, 1000.0  # gradient norms; ganhacks calls 100 bad, healthy runs touch 700 for one step
HUGE = 1e4  # a loss; those of critics go to hundreds
CLIPPED = 0.97  # share of saturated pixels in an image with hardly any grey
GLARING = 4.0  # contrast of fakes over reals, reached only far outside of the range of the pixels
SWING = 25.0  # variance of D's losses (1.39 at chance level): 5 up and down; healthy 0 .. 3, for moments 8
DEAD = 1e-6  # gradient norms of both nets; a converged GAN still has those of its noise


class Verdict(NamedTuple):
    """The state of the training, the evidence for it, and overrides that may help."""

    state: str  # warming up | healthy | diverged | mode collapse | discriminator winning | generator winning
    sentence: str
    advice: list[str]


class Symptom(NamedTuple):
    """A state, a function that finds the evidence for it in a window of probes, and what to try."""

    state: str
    evidence: Callable[[list[Numbers]], str | None]
    advice: list[str]


def judge(history: list[Numbers], patience: int) -> Verdict:
    """The verdict after the last probe. It is a pure function, so a resumed run gets the same verdicts as an
    uninterrupted one.

    Args:
        history: {name: value} of every probe so far, the names those of `health.NAMES`; `step` is optional.
        patience: probes that a symptom must last; as many at the start are ignored.
    """
    if history and (broken := _not_finite(history[-1])):
        return Verdict("diverged", f"{broken} is not finite", CALM)
    judged = history[patience:]
    if not judged:
        return Verdict("warming up", f"{len(history)} of the {patience} probes before the first verdict", [])
    window = judged[-patience:]
    for symptom in SYMPTOMS if len(window) == patience else ():
        if sentence := symptom.evidence(window):
            return Verdict(symptom.state, f"{sentence}, for {patience} probes", symptom.advice)
    return Verdict("healthy", _beliefs(history[-1]), [])


def conclude(history: list[Numbers], patience: int) -> Verdict:
    """The verdict on a whole run: the state at its end, and the failures that it recovered from."""
    end = judge(history, patience)
    troubles: list[tuple[str, int, int]] = []  # state, first and last probe
    for number in range(1, len(history)):
        state = judge(history[:number], patience).state
        if state in ("healthy", "warming up", end.state):
            continue
        if troubles and troubles[-1][0] == state and troubles[-1][2] == number - 2:
            troubles[-1] = (state, troubles[-1][1], number - 1)
        else:
            troubles.append((state, number - 1, number - 1))
    earlier = [f"{state} {_when(history, max(first - patience + 1, 0), last)}" for state, first, last in troubles]
    return end._replace(sentence="; ".join([end.sentence, *(f"earlier {sentence}" for sentence in earlier)]))


def _when(history: list[Numbers], first: int, last: int) -> str:
    if "step" in history[first]:
        return f"around steps {history[first]['step']:.0f}..{history[last]['step']:.0f}"
    return f"around probes {first + 1}..{last + 1}"


def _beliefs(last: Numbers) -> str:
    sentence = f"diversity {last['diversity']:.2f} of the data's, D right {last['d_accuracy']:.0%}"
    if math.isnan(last["value"]):
        return sentence
    after = last["d_fake_after"]
    return f"{sentence}, D(x) {last['d_real']:.2f}, D(G(z)) {after:.2f}, V {last['value']:.2f} (ideal -1.39)"


def _not_finite(probe: Numbers) -> str | None:
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
            f"two fakes differ {last['diversity']:.2f} times as much as two real images, "
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
