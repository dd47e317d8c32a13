"""Evidence in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from artesano.advisor.evidence import Evidence

WELL, PARTLY = 0.9, 0.7  # accuracy of k-NN from which features separate the classes
SOME = 0.02  # of accuracy: less is not worth a sentence
UNEVEN = 3.0  # times the rarest class
FEW = 30  # validation images: fewer tell no difference between depths
ROOM = 1.5  # times beyond the range of the cases: more is another kind of run


def reasons(evidence: Evidence, ranges: Mapping[str, Sequence[float]]) -> list[str]:
    """What speaks for the advice, one sentence each.

    Args:
        ranges: of the cases that the forecast was fitted on: {steps, size, shots: lowest and highest}.
    """
    return [
        sentence
        for sentence in (
            unlike(evidence, ranges),
            amount(evidence),
            balance(evidence),
            separation(evidence),
            depth(evidence),
            head(evidence),
            more_images(evidence),
            sizes(evidence),
            copies(evidence),
        )
        if sentence
    ]


def unlike(evidence: Evidence, ranges: Mapping[str, Sequence[float]]) -> str:
    """Was nothing like this run among the cases?"""
    if all(low / ROOM <= getattr(evidence, name) <= high * ROOM for name, (low, high) in ranges.items()):
        return ""
    steps, size, shots = ("{:.0f} to {:.0f}".format(*ranges[name]) for name in ("steps", "size", "shots"))
    return (
        f"The forecast was fitted on runs of {steps} steps with images of {size} px, {shots} of a class. This run is "
        "unlike them, so take its figures as a rough guide."
    )


def amount(evidence: Evidence) -> str:
    return (
        f"{evidence.shots:.0f} training images per class ({evidence.images} of {evidence.classes} classes); the run "
        f"sees each {evidence.epochs:.1f} times."
    )


def balance(evidence: Evidence) -> str:
    if evidence.most < UNEVEN * evidence.fewest:
        return ""
    return (
        f"The classes are uneven, {evidence.fewest} to {evidence.most} images: accuracy hides the rare ones; try "
        "class_weights=true or data.balance=true, and look at macro_f1."
    )


def separation(evidence: Evidence) -> str:
    how = "well" if evidence.knn >= WELL else "partly" if evidence.knn >= PARTLY else "poorly"
    return (
        f"The pretrained features separate the classes {how}: of {evidence.held_out} validation images 5 nearest "
        f"neighbours label {evidence.knn:.2f}, a linear probe {evidence.probe:.2f}."
    )


def depth(evidence: Evidence) -> str:
    """Do the last layers help, as they do near the data of pretraining?"""
    if len(evidence.depths) < 2 or evidence.held_out < FEW or max(evidence.depths.values()) > 1 - SOME:
        return ""
    shares = sorted(evidence.depths)
    last, (best, highest) = evidence.depths[shares[-1]], max(evidence.depths.items(), key=lambda pair: pair[1])
    if highest > last + SOME:
        return (
            f"What comes out after {best:.0%} of the backbone separates them better than its end ({highest:.2f} "
            f"against {last:.2f}): these images are far from those of pretraining, so its upper layers should learn."
        )
    gain = last - evidence.depths[shares[-2]]
    if gain < SOME:
        return f"The last block of the backbone adds little ({gain:+.2f}): its upper layers may have to learn."
    return f"The last block of the backbone adds {gain:+.2f}: its features fit these images."


def head(evidence: Evidence) -> str:
    """Does the head get as far as the probe, in these steps?"""
    if evidence.probe - evidence.freeze < SOME:
        return f"The head on the frozen net reaches {evidence.freeze:.2f} on validation images in these steps."
    return (
        f"The head on the frozen net reaches {evidence.freeze:.2f} on validation images in these steps, the probe "
        f"{evidence.probe:.2f}: more steps or a higher rate would help freeze."
    )


def more_images(evidence: Evidence) -> str:
    shots = sorted(evidence.curve)
    if len(shots) < 2:
        return ""
    before, now = evidence.curve[shots[-2]], evidence.curve[shots[-1]]
    if now - before < SOME:
        return "Half of the images would do nearly as well for the linear probe."
    return f"More images help: the linear probe has {before:.2f} with {shots[-2]} a class, {now:.2f} with {shots[-1]}."


def sizes(evidence: Evidence) -> str:
    if not evidence.pixels or evidence.pixels >= evidence.size / 2:
        return ""
    return (
        f"The images are {evidence.pixels} px and are enlarged to {evidence.size}: a smaller image_size is faster and "
        "may do as well."
    )


def copies(evidence: Evidence) -> str:
    if not evidence.copies:
        return ""
    return (
        f"{evidence.copies} of {evidence.held_out} validation images look like a training image: all figures are too "
        "good; see `artesano check`."
    )
