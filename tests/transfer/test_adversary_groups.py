"""The groups of a GAN's networks: each parameter once, from the images inwards, norms with the layer they follow."""

import pytest
import torch

from artesano.config.compose import compose
from artesano.config.targets import instantiate
from artesano.errors import BadInput
from artesano.kinds.gan.adaptation import players
from artesano.kinds.gan.build import build_networks
from artesano.kinds.registry import options_of
from artesano.transfer.adversary_groups import discriminator_groups, generator_groups
from artesano.transfer.gan_strategies import FreezeD
from artesano.transfer.strategies import Full, Gradual, Norm, Partial

GANS = ["dcgan", "cdcgan", "vanilla", "began", "sngan", "projection", "r3gan", "infogan", "semi_supervised"]


def networks_of(gan, *words):
    options = options_of(compose([f"gan={gan}", *words]).resolved)
    with torch.device("meta"):
        return build_networks(options, instantiate(options.latent), 1, 10)


@pytest.mark.parametrize("gan", GANS)
def test_every_parameter_is_in_one_group_and_the_ends_are_where_they_should_be(gan):
    networks = networks_of(gan)
    generator, discriminator = generator_groups(networks.generator), discriminator_groups(networks.discriminator)
    for groups, network in ((generator, networks.generator), (discriminator, networks.discriminator)):
        listed = [name for group in groups.names for name in group]
        assert sorted(listed) == sorted(name for name, _ in network.named_parameters())
        assert groups.head_index >= 3  # at 32 px
        assert all(set(group) - groups.norms for group in groups.names)  # no group is a norm alone
    places = [int(name.split(".")[1]) for group in generator.names for name in group[:1] if name.startswith("layers")]
    assert places == sorted(places, reverse=True)
    reads_noise = [tensor for name, tensor in networks.generator.named_parameters() if name in generator.head]
    assert any(tensor.ndim > 1 and tensor.shape[1] >= 62 for tensor in reads_noise)
    assert all(name.startswith(("heads.", "decoder.")) for name in discriminator.head)


def test_labels_come_in_with_the_layer_that_reads_them():
    networks = networks_of("cdcgan")
    assert "embedding.weight" in generator_groups(networks.generator).head
    assert "embedding.weight" in discriminator_groups(networks.discriminator).names[0]


def test_norms_of_a_class_are_norms():
    groups = generator_groups(networks_of("projection").generator)
    tables = {name for name in groups.sizes if name.endswith(("gain.weight", "shift.weight"))}
    assert tables
    assert tables <= groups.norms


def test_what_each_strategy_trains_in_each_network():
    networks = networks_of("dcgan", "hacks=best")

    def whole(player):
        return player.learns == player.groups.sizes.keys()

    for strategy, expected in (
        (Full(), (True, True)),
        (Partial(groups=1), (False, False)),
        (FreezeD(groups=1), (True, False)),
        (Norm(), (False, True)),
        (Gradual(), (True, True)),
    ):
        both = players(strategy, networks)
        assert (whole(both["generator"]), whole(both["discriminator"])) == expected, strategy
    assert players(Norm(), networks)["generator"].learns == generator_groups(networks.generator).norms
    partial, frozen = (players(strategy(groups=1), networks)["discriminator"] for strategy in (Partial, FreezeD))
    assert partial.learns == frozen.learns
    assert {name.split(".")[0] for name in partial.groups.head} == {"heads"}


def test_a_strategy_that_would_freeze_nothing_is_refused():
    with pytest.raises(BadInput, match=r"strategy.groups=9: nothing would stay frozen: .* generator has 3, .* has 3"):
        players(Partial(groups=9), networks_of("dcgan"))
