import pytest
import torch

from artesano.transfer.heads import Cosine, Linear, Mlp


@pytest.mark.parametrize("head", [Linear, Mlp])
def test_zero_init_starts_undecided_and_learns(head):
    module = head(in_features=8, num_classes=3, zero_init=True)
    features = torch.randn(5, 8)
    logits = module(features)
    assert torch.equal(logits, torch.zeros(5, 3))
    torch.nn.functional.cross_entropy(logits, torch.arange(5) % 3).backward()
    assert module.linear.weight.grad.abs().sum() > 0


def test_cosine_ignores_the_length_of_features_and_is_bounded_by_its_scale():
    head = Cosine(in_features=8, num_classes=3, scale=10.0)
    features = torch.randn(50, 8)
    assert torch.allclose(head(features), head(7 * features), atol=1e-5)
    assert head(features).abs().max() <= 10.0
    assert torch.allclose(head(head.directions).diagonal(), torch.full((3,), 10.0), atol=1e-5)


def test_dropout_acts_in_training_only():
    for head in (Linear(16, 3, dropout=0.5), Mlp(16, 3, dropout=0.5), Cosine(16, 3, dropout=0.5)):
        features = torch.randn(4, 16)
        assert not torch.equal(head(features), head(features))
        head.eval()
        assert torch.equal(head(features), head(features))
