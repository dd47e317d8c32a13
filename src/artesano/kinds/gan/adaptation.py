"""What of a pretrained GAN from noise learns."""

from __future__ import annotations

from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.kinds.adversarial import adaptation
from artesano.kinds.adversarial.adaptation import Player
from artesano.transfer.adversary_groups import discriminator_groups, generator_groups
from artesano.transfer.strategies import ForGan


def players(strategy: ForGan, networks: AdversarialNetworks) -> dict[str, Player]:
    """See `artesano.kinds.adversarial.adaptation.players`; the groups of both are counted from the images inwards."""
    generator, discriminator = networks.generator, networks.discriminator
    return adaptation.players(
        strategy.players(),
        (generator, generator_groups(generator)),
        (discriminator, discriminator_groups(discriminator)),
    )
