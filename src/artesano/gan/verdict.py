"""From the numbers of the probes to plain words: is the training healthy, and if not, what can be tried?

Every sign is relative (a probability, a share, fakes over reals), so the same thresholds serve any data and any size.
They were set on recorded runs, healthy and provoked (tests/gan/test_health.py). A sign must last `patience` probes
after a warm-up of as many, because healthy runs show most signs for a moment: an early discriminator is always right,
and a single gradient norm of 700 heals by itself. Only NaN needs no patience: it never heals.

What it cannot see: a generator that knows a few modes and alternates between them is nearly as diverse, by distance
between pixels, as the data; and D(x) = D(G(z)) = 0.5 is the end of a perfect generator and of a dead discriminator.
The distribution metrics tell those.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

Numbers = dict[str, float]

CERTAIN = 0.99  # share right of a discriminator that is never deceived
SURE = -0.01  # V(D, G) of a discriminator that gives its answers 99.5 %: its loss, and what G learns from it, vanish
FLAT = 0.3  # contrast of fakes over reals: an untrained DCGAN starts at 0.23 and passes this within 200 steps
DIFFERENT = 0.3  # diversity of fakes as contrasted as the data: healthy 0.6 .. 1.1, collapsed 0 .. 0.2
GUESSING = 0.55  # share right of a discriminator that sees hardly any difference
LEAD = 0.2  # D(G(z)) - D(x): the discriminator believes fakes rather than real images
STEEP, EXPLODED = 100.0, 1000.0  # gradient norms; ganhacks calls 100 bad, healthy runs touch 700 for one step
HUGE = 1e4  # a loss; those of critics go to hundreds
CLIPPED = 0.97  # share of saturated pixels in a picture with hardly any grey left
GLARING = 4.0  # contrast of fakes over reals, reached by far only outside of the range of the pixels
SWING = 25.0  # variance of D's losses, which are 1.39 when it guesses: by 5 up and down; healthy 0 .. 3, for moments 8
DEAD = 1e-6  # gradient norms of both nets; a GAN at its end still has those of its noise


class Verdict(NamedTuple):
    """What is the matter, why we think so, and the overrides that may help."""

    state: str  # warming up | healthy | diverged | mode collapse | discriminator winning | generator winning
    sentence: str
    advice: list[str]


class Sign(NamedTuple):
    """A state, the evidence for it in the probes that must all agree (a sentence, or None), and what to try."""

    state: str
    evidence: Callable[[list[Numbers]], str | None]
    advice: list[str]


def judge(history: list[Numbers], patience: int) -> Verdict:
    """The verdict after the last probe: a pure function, so a resumed run judges as a straight one does.

    Args:
        history: {name: value} of every probe so far, the names those of `health.NAMES`; `step` is used where given.
        patience: probes that a sign must last, and as many at the start that are not judged at all.
    """
    if history and (broken := _not_finite(history[-1])):
        return Verdict("diverged", f"{broken} is no longer a finite number", CALM)
    judged = history[patience:]
    if not judged:
        return Verdict("warming up", f"{len(history)} of the {patience} probes before the first verdict", [])
    window = judged[-patience:]
    for sign in SIGNS if len(window) == patience else ():
        if sentence := sign.evidence(window):
            return Verdict(sign.state, f"{sentence}, for {patience} probes", sign.advice)
    return Verdict("healthy", _beliefs(history[-1]), [])


def conclude(history: list[Numbers], patience: int) -> Verdict:
    """The verdict of a whole run: the state at its end, with a mention of the troubles that it came through."""
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
    words = [f"{state} {_when(history, max(first - patience + 1, 0), last)}" for state, first, last in troubles]
    return end._replace(sentence="; ".join([end.sentence, *(f"earlier {word}" for word in words)]))


def _when(history: list[Numbers], first: int, last: int) -> str:
    if "step" in history[first]:
        return f"around steps {history[first]['step']:.0f}..{history[last]['step']:.0f}"
    return f"around probes {first + 1}..{last + 1}"


def _beliefs(last: Numbers) -> str:
    words = f"diversity {last['diversity']:.2f} of the data's, D right {last['d_accuracy']:.0%}"
    if math.isnan(last["value"]):
        return words
    after = last["d_fake_after"]
    return f"{words}, D(x) {last['d_real']:.2f}, D(G(z)) {after:.2f}, V {last['value']:.2f} (ideal -1.39)"


def _not_finite(probe: Numbers) -> str | None:
    """The first number that is lost for good. A gradient may overflow for a step in fp16, and its update is skipped."""
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
    """Scores of critics have no scale, so for them nothing follows from the variance."""
    if all(probe["loss_variance"] > SWING and not math.isnan(probe["value"]) for probe in window):
        return f"the discriminator's losses swing by {math.sqrt(window[-1]['loss_variance']):.1f} from step to step"
    return None


def _dead(window: list[Numbers]) -> str | None:
    if max(max(probe["gradient_d"], probe["gradient_g"]) for probe in window) < DEAD:
        return f"no gradient reaches either network (norms under {DEAD:g})"
    return None


def _garbage(window: list[Numbers]) -> str | None:
    """Far outside of the pixels' range, or hardly a pixel between its ends, where the data has ten times as many."""
    last = window[-1]
    if min(probe["contrast"] for probe in window) > GLARING:
        return f"the fakes have {last['contrast']:.1f} times the contrast of the data"
    if all(p["saturated"] > CLIPPED and 1 - p["saturated_real"] > 10 * (1 - p["saturated"]) for p in window):
        return f"{last['saturated']:.1%} of the fakes' pixels are saturated, {last['saturated_real']:.1%} of the data's"
    return None


def _alike(window: list[Numbers]) -> str | None:
    """The paler the fakes, the more alike they may be.

    An untrained generator draws pale noise (diversity and contrast 0.2), and a WGAN-GP all but the same blurred
    stroke (0.1 and 0.5) before it finds the digits.
    """
    last = window[-1]
    if all(probe["diversity"] < DIFFERENT * min(probe["contrast"], 1) ** 2 for probe in window):
        return (
            f"two fakes differ {last['diversity']:.2f} times as much as two real images, "
            f"though one has {last['contrast']:.2f} of their contrast"
        )
    return None


def _never_deceived(window: list[Numbers]) -> str | None:
    """D is always right, and either so sure that nothing is left to learn from it, or G draws nothing and stands still.

    That it is always right is no sign by itself: in the first hundreds of steps of a good DCGAN it is.
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


def _deceived(window: list[Numbers]) -> str | None:
    """D prefers fakes; that it merely guesses (0.5 everywhere) is the end that theory promises."""
    last = window[-1]
    if any(math.isnan(probe["value"]) or probe["d_accuracy"] > GUESSING for probe in window):
        return None
    if min(probe["d_fake_after"] - probe["d_real"] for probe in window) > LEAD:
        return f"D takes fakes ({last['d_fake_after']:.2f}) for real rather than the data ({last['d_real']:.2f})"
    return None


CALM = ["hacks.lr=0.0002", "hacks.betas=[0.5,0.999]", "hacks.discriminator_norm=spectral", "hacks.r1=1.0"]
#: the gravest first
SIGNS = [
    Sign("diverged", _exploding, CALM),
    Sign("diverged", _swinging, CALM),
    Sign("diverged", _garbage, CALM),
    Sign("diverged", _dead, CALM),
    Sign(
        "mode collapse",
        _alike,
        ["hacks.minibatch=stddev", "hacks.feature_matching=1.0", "hacks.r1=1.0", "gan=wgan_gp", "gan=r3gan"],
    ),
    Sign(
        "discriminator winning",
        _never_deceived,
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
    Sign(
        "generator winning", _deceived, ["hacks.discriminator_lr_factor=2.0", "hacks.extra_critic_steps=1", "gan=r1gan"]
    ),
]
