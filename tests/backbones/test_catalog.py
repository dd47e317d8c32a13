"""What is told of a backbone before it is chosen."""

import pytest
import timm
import torch
from torch import nn

from artesano.backbones import hub
from artesano.backbones.catalog import backbone, families, multiply_adds, search
from artesano.errors import BadInput


def test_multiply_adds_of_a_convolution_and_a_layer():
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 16 * 16, 5)).eval()
        assert multiply_adds(model, (3, 16, 16)) == 16 * 16 * 8 * 3 * 9 + 8 * 16 * 16 * 5


def test_multiply_adds_of_attention_are_counted():
    facts = backbone("test_vit")
    linear = sum(parameter.numel() for parameter in timm.create_model("test_vit", num_classes=0).parameters())
    assert facts.macs > linear  # every weight is used for each of many tokens


def test_facts_are_those_of_the_net_without_classifier():
    facts = backbone("test_efficientnet")
    model = timm.create_model("test_efficientnet", num_classes=0)
    assert facts.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert facts.image_size == model.pretrained_cfg["input_size"][-1]


def test_a_net_that_looks_at_numbers_has_no_count():
    class Looks(nn.Module):
        def forward(self, images):
            return images if images.sum() > 0 else -images

    with torch.device("meta"):
        assert multiply_adds(Looks(), (3, 8, 8)) is None


def test_globs_parts_and_tags():
    assert search("test_resnet")[0] == "test_resnet"
    assert search("TEST_convnext*") == ["test_convnext", "test_convnext2", "test_convnext3"]
    tagged = search("resnet18.*")
    assert all(name.startswith("resnet18.") for name in tagged)
    assert len(tagged) > 1
    with pytest.raises(BadInput, match="'convnext_tiny'"):
        search("convnxet_tiny")


def test_where_the_weights_are(monkeypatch, tmp_path):
    assert backbone("tf_efficientnet_lite0").weights == "here, source=package"
    assert backbone("test_resnet").weights == "to download"
    monkeypatch.setattr(hub, "cached", lambda name: tmp_path / "model.safetensors")
    assert backbone("test_resnet").weights == "here"


def test_every_backbone_has_a_family():
    assert sum(families().values()) == len(timm.list_models())
