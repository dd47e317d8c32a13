"""What timm does not document is still there; where a new version moves it, this says so."""

import importlib
import inspect

import pytest
import timm

from artesano.backbones.timm_private import CONVERTERS

MODULES = {
    "checkpoint_filter_fn": "vision_transformer",
    "_filter_fn": "vgg",
    "_filter_torchvision_pretrained": "densenet",
}


@pytest.mark.parametrize("name", CONVERTERS)
def test_timm_still_converts_foreign_checkpoints(name):
    module = importlib.import_module(f"timm.models.{MODULES[name]}")
    convert = getattr(module, name, None)
    assert convert is not None, (
        f"timm {timm.__version__}: {module.__name__} has no {name}; see CONVERTERS in backbones/timm_private.py"
    )
    assert next(iter(inspect.signature(convert).parameters)) == "state_dict"


def test_timm_still_says_what_a_model_is():
    published = timm.create_model("test_resnet").pretrained_cfg
    missing = {"architecture", "classifier", "first_conv", "fixed_input_size"} - set(published)
    assert not missing, (
        f"timm {timm.__version__}: pretrained_cfg has no {missing}; see `published` in backbones/fitting.py"
    )


def test_the_factory_is_where_configs_may_name_it():
    assert timm.create_model.__module__ == "timm.models._factory", (
        f"timm {timm.__version__} defines create_model in {timm.create_model.__module__}; see config/targets.py"
    )
