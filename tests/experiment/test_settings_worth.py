"""What is said of settings that are slow on a CPU, and of no others."""

from types import SimpleNamespace

import pytest
import timm
import torch

from artesano.experiment.settings_worth import slow_settings


def said(backbone, device="cpu", compile=False, precision=None):
    options = SimpleNamespace(compile=compile, trainer={"precision": precision})
    network = timm.create_model(backbone, num_classes=2)
    return [line.partition(":")[0] for line in slow_settings(options, network, torch.device(device))]


@pytest.mark.parametrize(
    ("backbone", "settings", "lines"),
    [
        ("test_efficientnet", {}, []),
        ("test_efficientnet", {"precision": "bf16-mixed"}, ["trainer.precision=bf16-mixed"]),
        ("test_efficientnet", {"precision": "bf16-mixed", "device": "cuda"}, []),
        ("test_resnet", {"precision": "bf16-mixed"}, []),
        ("test_vit", {"compile": True}, ["compile=true"]),
        ("test_vit", {"compile": True, "device": "cuda"}, []),
    ],
)
def test_slow_settings_are_named_on_a_cpu(backbone, settings, lines):
    assert said(backbone, **settings) == lines
