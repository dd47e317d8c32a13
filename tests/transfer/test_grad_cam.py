"""Maps that are known in closed form, that follow the weights, and that a network without places refuses."""

import pytest
import torch
from torch import nn

from artesano.backbones.create import create_backbone, feature_dim
from artesano.backbones.weights import Weights
from artesano.errors import BadInput
from artesano.seeding import seed_everything
from artesano.transfer.grad_cam import grad_cam


def network(name, size=64, seed=0):
    """A frozen backbone with random weights, a linear head of three classes, and two images."""
    seed_everything(seed)
    backbone = create_backbone(name, Weights("none"), image_size=size).eval().requires_grad_(False)
    head = nn.Linear(feature_dim(backbone), 3).requires_grad_(False)
    return backbone, head, torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))


def test_over_a_mean_and_a_linear_head_the_map_sums_to_the_logit():
    backbone, head, images = network("test_resnet")
    head.weight.abs_()  # the features follow a ReLU: no place speaks against a class
    maps = grad_cam(backbone, head, images, torch.tensor([0, 2]))
    logits = (head(backbone(images)) - head.bias)[[0, 1], [0, 2]]
    assert maps.shape == (2, 2, 2)
    torch.testing.assert_close(maps.sum((1, 2)), logits)


def test_of_one_place_the_map_is_the_logit_where_it_is_positive():
    backbone, head, images = network("test_resnet", size=32)
    for label in range(3):
        logits = (head(backbone(images)) - head.bias)[:, label]
        torch.testing.assert_close(grad_cam(backbone, head, images, torch.full((2,), label))[:, 0, 0], logits.relu())


@pytest.mark.parametrize(
    ("name", "side"), [("test_vit", 4), ("test_vit2", 4), ("test_mambaout", 2), ("test_byobnet", 2)]
)
def test_maps_follow_the_weights_and_leave_the_network_as_it_was(name, side):
    """Randomised weights give another map (Adebayo et al. 2018, arXiv 1810.03292); so does another class."""
    backbone, head, images = network(name)
    before = backbone(images)
    maps = [grad_cam(backbone, head, images, torch.full((2,), label)) for label in range(3)]
    assert maps[0].shape == (2, side, side)
    assert min(map_of_class.min() for map_of_class in maps) >= 0
    assert sum(map_of_class.sum() for map_of_class in maps) > 0
    assert not torch.allclose(maps[0], maps[1]) or not torch.allclose(maps[0], maps[2])
    other = grad_cam(*network(name, seed=1)[:2], images, torch.zeros(2, dtype=torch.long))
    assert not torch.allclose(maps[0], other, rtol=0.1)
    assert torch.equal(backbone(images), before)
    assert not any(module._forward_hooks for module in backbone.modules())


def test_a_head_without_weights_has_an_empty_map():
    backbone, head, images = network("test_vit")
    head.weight.zero_()
    assert not grad_cam(backbone, head, images).any()


class Flat(nn.Module):
    """Its features have no place in the image."""

    num_features = 5

    def forward_features(self, images):
        return images.flatten(1)[:, :5]

    def forward_head(self, features):
        return features

    def forward(self, images):
        return self.forward_head(self.forward_features(images))


def test_a_network_without_places_is_refused():
    with pytest.raises(BadInput, match=r"heatmaps: the last features of Flat have no place"):
        grad_cam(Flat(), nn.Linear(5, 2), torch.zeros(1, 3, 8, 8))
