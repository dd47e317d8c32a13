"""What losses, terms and networks of a GAN need of each other: each says it itself, by `needs` and `gives`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from copy import copy
from typing import TYPE_CHECKING, Any

from artesano.config.targets import targets
from artesano.config.uses import options_that, target_of, uses

if TYPE_CHECKING:
    from artesano.kinds.adversarial.options import GanOptions

#: what a part can need: what that is, and who gives it
GIVERS = {
    "target": ("a target for each image", "a GAN from images has (gan=srgan, pix2pix, inpaint)"),
    "source": (
        "a source of the image's size",
        "translation and inpainting have (gan=pix2pix, cyclegan, inpaint), and super-resolution has not",
    ),
    "mask": ("a mask of the hole", "degradation=hole gives (gan=inpaint)"),
    "every_pixel": ("a source without a hole", "every degradation but hole and edges gives (gan=srgan)"),
    "way_back": ("a second generator that makes the way back", "image_to_image=cycle has (gan=cyclegan)"),
    "classes": (
        "a discriminator that names classes",
        "conditioning=auxiliary and conditioning=classes have (gan=acgan, semi_supervised)",
    ),
    "codes": ("codes of the latent", "latent=codes has (gan=infogan)"),
    "scores": ("scores of the discriminator, high for real images", "every discriminator but autoencoder gives"),
    "errors": ("reconstruction errors of the discriminator", "discriminator=autoencoder gives (gan=began)"),
}
BY_DEGRADATION = ("mask", "every_pixel", "source")
PARTS = ("image_to_image", "generator", "discriminator", "loss", "terms")


def unmet(options: GanOptions, choices: Mapping[str, str]) -> Iterator[str]:
    """A line for each thing that is needed and that nothing here gives."""
    provided = options.provided()
    needing: dict[str, list[str]] = {}
    for key in PARTS:
        for need in sorted(needs(getattr(options, key, {})) - provided):
            needing.setdefault(need, []).append(key)
    for need, keys in needing.items():
        what, giver = GIVERS[need]
        names = ", ".join(f"{key}={choices[key]}" if key in choices else key for key in keys)
        line = f"{names}: {'needs' if len(keys) == 1 else 'need'} {what}, which {giver}"
        remedies = [f"degradation={', '.join(others)}"] if (others := degradations(options, need)) else []
        if len(keys) == 1:
            (key,) = keys
            remedies.append(f"{key}={', '.join(able(options, key, provided))}")
        if remedies:
            own = f" (not {choices['degradation']})" if others and "degradation" in choices else ""
            first, *further = remedies
            line += f"; gan={options.gan.name} takes {', or '.join([first + own, *further])}"
        yield f"{line}."


def able(options: GanOptions, key: str, provided: Set[str]) -> list[str]:
    """The choices of a group that need no more than is provided, and that this kind of run can use."""
    use = uses(type(options)).get(key)
    return options_that(key, lambda node: needs(node) <= provided and (use is None or use.accepts(target_of(node))))


def degradations(options: GanOptions, need: str) -> list[str]:
    """The degradations with which this GAN has all that its parts need; [] where `need` is not theirs to give."""
    if not hasattr(options, "degradation") or need not in BY_DEGRADATION:
        return []
    needed = {need for key in PARTS for need in needs(getattr(options, key, {}))}

    def fits(node: dict[str, Any]) -> bool:
        other = copy(options)
        setattr(other, "degradation", node)  # noqa: B010 - only GANs from images have it
        return needed <= other.provided()

    return options_that("degradation", fits)


def needs(node: dict[str, Any]) -> set[str]:
    """What the parts of a node need, those of weight 0 left out."""
    return {need for _, part in targets(node) if part.get("weight") != 0 for need in declared(part, "needs")}


def declared(node: dict[str, Any], what: str, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
    """`needs` or `gives` of the class that a node names; a function of the node's values where it depends on them."""
    value = getattr(target_of(node), what, otherwise)
    return value(node) if callable(value) else value
