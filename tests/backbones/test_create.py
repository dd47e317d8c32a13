"""Names, sizes and feature widths of backbones."""

import pytest
import torch

from artesano.backbones.create import check_backbone, create_backbone, data_config, feature_dim
from artesano.backbones.weights import Weights
from artesano.errors import BadInput


@pytest.mark.parametrize("name", [
    "test_resnet", "test_vit", "test_vit2", "test_convnext", "test_efficientnet", "mobilenetv3_small_050",
    "levit_128s", "poolformer_s12", "pit_ti_224", "densenet121", "deit_tiny_distilled_patch16_224", "csatv2",
    "xcit_nano_12_p16_224", "regnety_002", "efficientformer_l1", "swin_tiny_patch4_window7_224", "caformer_s18",
    "edgenext_xx_small", "fastvit_t8",
])  # fmt: skip
def test_forward_gives_features_of_the_promised_width(name):
    size = 224 if name.startswith(("swin", "efficientformer", "csatv2")) else 96
    backbone = create_backbone(name, Weights("none"), image_size=size).eval()
    with torch.inference_mode():
        features = backbone(torch.rand(1, 3, size, size))
    assert features.shape == (1, feature_dim(backbone))


@pytest.mark.parametrize(("name", "near"), [
    ("resnt18", "'resnet18'"),
    ("vit_tiny_patch16_244", "'vit_tiny_patch16_224'"),
    ("resnet18.a9_in1k", "resnet18.a1_in1k"),
])  # fmt: skip
def test_unknown_names_get_the_nearest(name, near):
    with pytest.raises(BadInput) as caught:
        check_backbone(name)
    assert near in str(caught.value)


def test_names_that_timm_takes_are_taken():
    for name in ("resnet18", "resnet18.a1_in1k", "test_vit.r160_in1k", "tf_efficientnet_lite0.in1k"):
        check_backbone(name)
    with pytest.raises(BadInput, match="hf-hub:timm/resnet18"):
        check_backbone("timm/resnet18")


def test_arguments_that_cannot_be_used_are_bad_input():
    with pytest.raises(BadInput, match="drop_pth_rate"):
        create_backbone("test_resnet", Weights("none"), drop_pth_rate=0.1)


def test_the_data_config_is_the_models_own():
    assert data_config(create_backbone("tf_efficientnet_lite0", Weights("none")))["mean"] == (0.5, 0.5, 0.5)
    assert data_config(create_backbone("resnet18", Weights("none")))["crop_pct"] == 0.95
