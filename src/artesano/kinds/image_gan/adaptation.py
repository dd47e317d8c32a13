"""What of the networks of published files learns."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from artesano.errors import BadInput
from artesano.gan.image_to_image import ImageToImageNetworks
from artesano.kinds.adversarial import adaptation
from artesano.kinds.adversarial.adaptation import Player
from artesano.kinds.image_gan.start import Begun, Start
from artesano.transfer.adversary_groups import image_groups
from artesano.transfer.gan_strategies import FreezeD
from artesano.transfer.strategies import ForGan, Full, Norm


def untrained(start: Start | Begun, networks: ImageToImageNetworks) -> Iterator[str]:
    """A note where a network starts from random weights beside one that was trained."""
    missing = ["the way back (b2a)"] if len(networks.generators()) > 1 and "generator_b2a" not in start.parts else []
    if "discriminator" not in start.parts:
        missing.append("both discriminators" if len(networks.discriminators()) > 1 else "the discriminator")
    if missing:
        one = missing == ["the discriminator"]
        yield f"{' and '.join(missing)} start{'s' if one else ''} from random weights: no file was given"


def players(strategy: ForGan, networks: ImageToImageNetworks, start: Start | Begun) -> dict[str, Player]:
    """See `artesano.kinds.adversarial.adaptation.players`. A discriminator that starts from nothing learns as a whole.

    Raises:
        BadInput: a part of a network would be frozen that was never trained.
    """
    generators, discriminators = networks.generators(), networks.discriminators()
    if not isinstance(strategy, Full) and not start.parts >= {f"generator_{direction}" for direction in generators}:
        raise BadInput(
            "strategy: leaves a part of the generators as it is, and that of the way back has no weights; give "
            "weights.back_file=<file>, or strategy=full."
        )
    trained = "discriminator" in start.parts
    if isinstance(strategy, FreezeD) and not trained:
        raise BadInput(
            "strategy=freeze_d: leaves a part of the discriminator as it is, which has no weights; give "
            "weights.discriminator_file=<file>, or strategy=partial, norm or full."
        )
    groups = image_groups(generators)
    if isinstance(strategy, Norm) and not groups.norms:
        raise BadInput(without_norms(start, generators, trained))
    of_generator, of_discriminator = strategy.players()
    return adaptation.players(
        (of_generator, of_discriminator if trained else Full()),
        (generators, groups),
        (discriminators, image_groups(discriminators)),
    )


def without_norms(start: Start | Begun, generators: nn.ModuleDict, trained: bool) -> str:
    """What the generator of a file lacks for `strategy=norm`, and the strategies that it can have.

    Args:
        trained: the discriminator has weights of a file.
    """
    network = generators["a2b"]
    kinds = sorted({type(module).__name__ for module in network.modules() if "Norm" in type(module).__name__})
    lacks = f"its {' and '.join(kinds)} have neither scale nor shift" if kinds else "it has no normalisation layer"
    others = "partial, gradual, freeze_d or full" if trained else "partial, gradual or full"
    return (
        f"strategy=norm: trains the scales and shifts of normalisation layers, and the generator of {start.name} "
        f"({getattr(network, 'original', type(network).__name__)}) has none: {lacks}; give strategy={others}."
    )
