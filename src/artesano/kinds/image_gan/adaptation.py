"""What of the networks of published files learns."""

from __future__ import annotations

from artesano.errors import BadInput
from artesano.gan.image_to_image import ImageToImageNetworks
from artesano.kinds.adversarial import adaptation
from artesano.kinds.adversarial.adaptation import Player
from artesano.kinds.image_gan.start import Start
from artesano.transfer.adversary_groups import image_groups
from artesano.transfer.gan_strategies import FreezeD
from artesano.transfer.strategies import ForGan, Full


def players(strategy: ForGan, networks: ImageToImageNetworks, start: Start) -> dict[str, Player]:
    """See `artesano.kinds.adversarial.adaptation.players`. A discriminator that starts from nothing learns as a whole.

    Raises:
        BadInput: a part of a network would be frozen that was never trained.
    """
    generators, discriminators = networks.generators(), networks.discriminators()
    if not isinstance(strategy, Full) and len(start.generators) < len(generators):
        raise BadInput(
            "strategy: leaves a part of the generators as it is, and that of the way back has no weights; give "
            "weights.back_file=<file>, or strategy=full."
        )
    trained = start.discriminator is not None
    if isinstance(strategy, FreezeD) and not trained:
        raise BadInput(
            "strategy=freeze_d: leaves a part of the discriminator as it is, which has no weights; give "
            "weights.discriminator_file=<file>, or strategy=partial, norm or full."
        )
    of_generator, of_discriminator = strategy.players()
    return adaptation.players(
        (of_generator, of_discriminator if trained else Full()),
        (generators, image_groups(generators)),
        (discriminators, image_groups(discriminators)),
    )
