"""The greedy soup keeps what does not make the average worse, and averages exactly that."""

import torch
from torch import nn

from artesano.transfer.norm_stats import batch_norms
from artesano.transfer.soup import added, greedy
from artesano.transfer.target_statistics import estimate


def test_the_average_is_that_of_what_was_kept():
    candidates = [lambda value=value: {"w": torch.tensor([value])} for value in (1.0, 9.0, 2.0, 6.0)]
    soup = greedy(candidates, score=lambda state: -abs(float(state["w"]) - 3.5))
    assert soup.kept == [0, 1, 2]  # 1, then 5, then 4; with 6 it would be 4.5
    assert (soup.state["w"].item(), soup.value) == (4.0, -0.5)
    assert soup.values == [-2.5, -1.5, -0.5, -1.0]


def test_an_equal_average_is_kept_and_whole_numbers_are_those_of_the_first():
    candidates = [lambda value=value: {"w": torch.tensor([float(value)]), "n": torch.tensor(value)} for value in (1, 4)]
    soup = greedy(candidates, score=lambda state: 0.0)
    assert soup.kept == [0, 1]
    assert (soup.state["w"].item(), soup.state["n"].item()) == (2.5, 1)
    assert added(soup.state, candidates[1](), 2)["w"].item() == 3.0


def test_recomputed_statistics_are_the_mean_of_those_of_the_batches():
    network = nn.Sequential(nn.BatchNorm2d(2)).eval()
    batches = [torch.randn(4, 2, 3, 3) * 2 + 5 for _ in range(3)]
    estimate(network, list(batch_norms(network).values()), batches)
    means = torch.stack([batch.mean(dim=(0, 2, 3)) for batch in batches])
    torch.testing.assert_close(network[0].running_mean, means.mean(dim=0))
    assert not network[0].training
    assert network[0].momentum == 0.1
