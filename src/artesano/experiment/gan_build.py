"""From the config's nodes to the adversarial pair."""

from __future__ import annotations

from typing import Any

from torch import nn

from artesano.data.splits import Split
from artesano.errors import BadInput
from artesano.experiment.targets import instantiate
from artesano.gan.latent import Latent
from artesano.gan.pair import AdversarialPair
from artesano.gan.terms import Term

GREY_MODES = {"1", "L", "LA", "I", "I;16", "F"}
LOOKED_AT = 32  # images opened to tell grey from colour


def build_generator(config: dict[str, Any], latent: Latent, channels: int, classes: int) -> nn.Module:
    """The generator of these nodes: {generator, image_size}."""
    return instantiate(config["generator"])(
        latent_dim=latent.dim, image_size=config["image_size"], channels=channels, num_classes=classes
    )


def build_pair(config: dict[str, Any], latent: Latent, channels: int, classes: int) -> AdversarialPair:
    """Both networks, loss, terms and view; terms of weight 0 are left out.

    Raises:
        BadInput: the networks cannot make this size, or values that exclude each other.
    """
    generator = build_generator(config, latent, channels, classes)
    discriminator = instantiate(config["discriminator"])(
        image_size=config["image_size"], channels=channels, num_classes=classes, code_dim=latent.code_dim
    )
    nodes = [*config["terms"].values(), *config["tricks"].values()]
    made: list[Term] = [instantiate(node) for node in nodes]
    view = instantiate(config["view"])
    view.attach(channels, config["image_size"])
    return AdversarialPair(
        generator, discriminator, instantiate(config["loss"]), [term for term in made if term.weight], view
    )


def uses_labels(config: dict[str, Any]) -> bool:
    """True when a network gets labels or the discriminator has to name them."""
    return any(config["conditioning"][part] != "none" for part in ("generator", "discriminator"))


def channels_of(split: Split, asked: int | None, place: str) -> int:
    """1 for grey images, 3 for colour, by the first images; or what was asked for.

    Raises:
        BadInput: grey was asked for and the images have colour, or the other way round.
    """
    modes = {split.read(row).mode for row in range(min(LOOKED_AT, len(split)))}
    own = 1 if modes <= GREY_MODES else 3
    if asked is not None and {asked, own} == {1, 3}:
        said = {1: "grey", 3: "colour"}
        raise BadInput(
            f"in_chans={asked}: the images of {place} are {said[own]}; leave in_chans out, or give in_chans={own}"
        )
    return own if asked is None else asked
