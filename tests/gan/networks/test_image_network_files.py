"""The YAML of the networks from images: complete, valid, small."""

import inspect
from importlib import import_module

import pytest
from omegaconf import OmegaConf

from artesano.config import search_path
from artesano.config.schema import check_node

GENERATORS = ("srresnet", "rrdb", "swcgan", "unet", "resnet_translation", "inpainter")
ORIGINAL = {"upsample": "transposed", "output": "tanh"}
PUBLISHED = {  # and the hacks that say what the original does
    "rrdbnet": {},
    "msrresnet": {"upsample": "pixel_shuffle"},
    "swinir": {},
    "pix2pix_unet": ORIGINAL,
    "pix2pix_resnet": ORIGINAL,
}
DISCRIMINATORS = ("patchgan", "multiscale", "local", "srgan", "unet_sn", "swin")
FILES = [
    *[("generator", "Generator", stem) for stem in (*GENERATORS, *PUBLISHED)],
    *[("discriminator", "Discriminator", stem) for stem in DISCRIMINATORS],
]
SUPPLIED = {"in_channels", "out_channels", "image_size", "scale", "channels", "num_classes", "code_dim"}
NONE = OmegaConf.to_container(OmegaConf.load(search_path.shipped() / "hacks" / "none.yaml"))
RESTORATION = {"upsample": "pixel_shuffle", "activation": "leaky_relu"}
TRANSLATION = {"downsample": "strided", "generator_norm": "instance", "output": "tanh", "init": "dcgan"}


def node(group, stem):
    """The file with those it builds on."""
    found = OmegaConf.load(search_path.shipped() / group / f"{stem}.yaml")
    bases = [base for base in found.pop("defaults", []) if base != "_self_"]
    return OmegaConf.merge(*[node(group, base) for base in bases], found)


def resolved(group, stem, hacks):
    whole = OmegaConf.create(
        {"hacks": {**NONE, **hacks}, "conditioning": {"generator": "none", "discriminator": "none"}}
    )
    whole.node = node(group, stem)
    return OmegaConf.to_container(whole, resolve=True)["node"]


def made(group, stem, hacks, **data):
    options = resolved(group, stem, hacks)
    module, name = options.pop("_target_").rsplit(".", 1)
    options.pop("_partial_")
    return getattr(import_module(module), name)(**options, **data)


def parameters(net):
    return sum(parameter.numel() for parameter in net.parameters())


OF_OLD_RUNS = {("unet", "full_size")}
"""What the class has by default is what runs have whose config does not name the key."""


@pytest.mark.parametrize(("group", "role", "stem"), FILES, ids=lambda value: value)
def test_a_file_lists_every_option_and_the_data_supplies_the_rest(group, role, stem):
    listed = node(group, stem)
    module, name = listed["_target_"].rsplit(".", 1)
    assert name == role
    accepted = set(inspect.signature(getattr(import_module(module), name)).parameters)
    assert {key for key in listed if not key.startswith("_")} == accepted - SUPPLIED
    text = (search_path.shipped() / group / f"{stem}.yaml").read_text()
    assert text.startswith("# ")
    assert max(map(len, text.splitlines())) <= 130


@pytest.mark.parametrize(("group", "role", "stem"), FILES, ids=lambda value: value)
def test_its_values_are_the_defaults_of_the_class_and_pass_the_check_of_types(group, role, stem):
    own = node(group, stem)
    signature = inspect.signature(getattr(import_module(own["_target_"].rsplit(".", 1)[0]), role)).parameters
    written = OmegaConf.to_container(own, resolve=False)
    for key, value in written.items():
        if (stem, key) in OF_OLD_RUNS:
            assert signature[key].default != value
        elif not key.startswith("_") and not str(value).startswith("${"):
            assert signature[key].default == value, key
    assert check_node(group, resolved(group, stem, PUBLISHED.get(stem, {}))) == []


@pytest.mark.parametrize(
    ("group", "stem", "key", "value"),
    [
        ("generator", "swcgan", "window", 7),
        ("generator", "unet", "depth", 0),
        ("generator", "rrdb", "conditioning", "batch_norm"),
        ("generator", "unet", "norm", "virtual_batch"),
        ("discriminator", "patchgan", "layers", 0),
        ("discriminator", "patchgan", "conditioning", "projection"),
        ("discriminator", "swin", "norm", "batch"),
    ],
)
def test_what_a_net_cannot_do_is_refused_before_it_is_built(group, stem, key, value):
    (problem,) = check_node(group, {**resolved(group, stem, {}), key: value})
    assert problem.startswith(f"{group}.{key}")


@pytest.mark.parametrize("stem", GENERATORS)
def test_the_presets_have_less_than_half_a_million_parameters(stem):
    scales = (2, 3, 4, 8) if stem in ("srresnet", "rrdb", "swcgan") else (1,)
    channels = {"in_channels": 4 if stem == "inpainter" else 3, "out_channels": 3}
    for hacks in ({}, RESTORATION if scales[0] > 1 else TRANSLATION):
        for scale in scales:
            net = made("generator", stem, hacks, **channels, image_size=64, scale=scale, num_classes=0)
            assert parameters(net) < 500_000


@pytest.mark.parametrize("stem", DISCRIMINATORS)
def test_so_do_those_of_the_discriminators(stem):
    net = made("discriminator", stem, {"downsample": "strided"}, image_size=64, channels=6, num_classes=0)
    assert parameters(net) < 500_000
