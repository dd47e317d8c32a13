"""What of a network learns: the layers that keep their statistics are those that it has now."""

from functools import partial

from torch import nn

from artesano.training.learning import Stage, StagedLearning
from artesano.transfer.norm_stats import keeping


def test_layers_that_took_the_place_of_others_keep_their_statistics_too():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    names = frozenset(name for name, _ in network.named_parameters())
    kept = partial(keeping, norm_stats="pretrained")
    learning = StagedLearning(network, [Stage(0.0, names)], dict.fromkeys(names, 1.0), kept)
    network[1] = nn.SyncBatchNorm(2)  # as for several devices
    network.train()
    learning.set_modes(True)
    assert not network[1].training
    assert network[0].training
