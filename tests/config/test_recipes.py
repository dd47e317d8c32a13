"""A recipe of a GAN leaves its parts exchangeable: it gives no key that another network or loss does not have."""

import pytest

from artesano.config.compose import compose


@pytest.mark.parametrize("gan", ["wgan", "began", "sngan", "infogan", "r3gan"])
@pytest.mark.parametrize("word", ["generator=mlp", "discriminator=mlp", "loss=hinge"])
def test_another_part_composes(gan, word):
    """Whether the parts fit each other is checked later, in words about the parts."""
    group, option = word.split("=")
    composed = compose([f"gan={gan}", word, "hacks=none"])
    assert composed.choices[group] == option
