"""Names of earlier versions are accepted: in overrides, run folders, checkpoints and commands."""

import logging

import pytest
import torch
import yaml

from artesano.config.compose import compose
from artesano.config.former_names import GROUPS, TARGETS, current_direction, current_override, current_record, warn_of
from artesano.config.targets import instantiate, load_plain, resolve
from artesano.errors import BadInput
from artesano.gan.image_to_image import ImageToImageOptions
from artesano.runs import record as records
from artesano.runs.checkpoint import read_file


@pytest.fixture(autouse=True)
def warned():
    warn_of.cache_clear()


@pytest.mark.parametrize(
    ("former", "current"),
    [
        ("game=cycle", "image_to_image=cycle"),
        ("game.adversarial_weight=0", "image_to_image.adversarial_weight=0"),
        ("+view.replay=4", "+discriminator_input.replay=4"),
        ("~game", "~image_to_image"),
        ("data.target=etopo1", "data.style=etopo1"),
        ("gan=pix2pix", "gan=pix2pix"),
        ("name=game", "name=game"),
        ("games.kind=1", "games.kind=1"),
    ],
)
def test_overrides(former, current, caplog):
    assert current_override(former) == current
    assert bool(caplog.records) == (former != current)


def test_a_verdict_from_before_samples_were_judged_praises_the_game_alone():
    judged = {"verdict": "healthy", "evaluations": [{"coverage": 0.6}]}
    for health, verdict in (({"verdict": "healthy"}, "game in balance"), (judged, "healthy")):
        assert current_record({"health": health})["health"]["verdict"] == verdict
    assert current_record({"health": None})["health"] is None
    assert current_record({"health": {"verdict": "mode collapse"}})["health"]["verdict"] == "mode collapse"


def test_a_former_key_and_a_former_group_compose_with_one_warning_each(caplog):
    composed = compose(
        ["gan=pix2pix", "game=inpainting", "game.adversarial_weight=0.5", "view.instance_noise_until=0.5"]
    )
    assert composed.resolved["image_to_image"]["kind"] == "inpainting"
    assert composed.resolved["image_to_image"]["adversarial_weight"] == 0.5
    assert composed.resolved["discriminator_input"]["instance_noise_until"] == 0.5
    assert composed.choices["image_to_image"] == "inpainting"
    assert not [word for word in composed.overrides if word.startswith(("game", "view"))]
    lines = [
        record.getMessage()
        for record in caplog.records
        if (record.name, record.levelno) == ("artesano", logging.WARNING)
    ]
    assert sorted(line.split(" is now called ")[1].split(";")[0] for line in lines) == [
        "discriminator_input.instance_noise_until",
        "image_to_image",
        "image_to_image.adversarial_weight",
    ]


def test_a_former_group_in_a_users_yaml_is_an_error_that_names_the_present_one(tmp_path, monkeypatch):
    experiment = tmp_path / "configs" / "experiment"
    experiment.mkdir(parents=True)
    (experiment / "old.yaml").write_text(
        "# @package _global_\ndefaults: [override /task: gan, override /game: cycle, _self_]\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="'game' is now called 'image_to_image'"):
        compose(["experiment=old"])


def test_every_former_target_leads_to_a_class():
    for former in TARGETS:
        assert isinstance(resolve(former), type)


def test_an_old_config_is_read_by_the_present_names(tmp_path):
    old = {
        "game": {"_target_": "artesano.gan.games.Rules", "kind": "translation", "cycle": True},
        "view": {"_target_": "artesano.gan.view.View", "replay": 4},
        "gan": {"name": "cyclegan"},
        "data": {"target": "etopo1", "levels": [64]},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(old))
    config = load_plain(tmp_path / "config.yaml")
    assert set(config) == {"image_to_image", "discriminator_input", "gan", "data"}
    assert config["data"] == {"style": "etopo1", "levels": [64]}
    assert instantiate(config["image_to_image"]) == ImageToImageOptions("translation", cycle=True)
    assert instantiate(config["discriminator_input"]).pool.size == 4


def test_an_old_record_is_read_by_the_present_names(tmp_path):
    record = records.new(
        name="old",
        task="gan",
        seed=0,
        overrides=["gan=cyclegan", "game.adversarial_weight=0"],
        choices={"gan": "cyclegan", "game": "cycle"},
        config={"game": {"kind": "translation"}, "view": {"replay": 0}},
    )
    records.write(tmp_path, record | {"model": {"game": "cycle", "scale": 1}})
    read = records.read(tmp_path)
    assert read["overrides"] == ["gan=cyclegan", "image_to_image.adversarial_weight=0"]
    assert read["choices"] == {"gan": "cyclegan", "image_to_image": "cycle"}
    assert read["config"] == {"image_to_image.kind": "translation", "discriminator_input.replay": 0}
    assert read["model"] == {"image_to_image": "cycle", "scale": 1}


def test_tensors_of_old_checkpoints_are_read_by_the_present_names(tmp_path):
    names = {
        "network.forth.generator.layers.0.weight": "network.a2b.generator.layers.0.weight",
        "network.back.discriminator.back.weight": "network.b2a.discriminator.back.weight",
        "ema.module.forth.layers.view.p": "ema.module.a2b.layers.view.p",
        "network.forth.view.memory": "network.a2b.discriminator_input.pool.images",
        "network.view.filled": "network.discriminator_input.pool.filled",
        "network.view.p": "network.discriminator_input.p",
        "network.backbone.back.0.weight": "network.backbone.back.0.weight",
        "network.generator.forth.weight": "network.generator.forth.weight",
    }
    state = {name: torch.full((2,), float(number)) for number, name in enumerate(names)}
    torch.save({"state_dict": state}, tmp_path / "best.ckpt")
    tensors = read_file(tmp_path / "best.ckpt").tensors
    assert list(tensors) == list(names.values())
    assert all(torch.equal(tensors[new], state[old]) for old, new in names.items())


@pytest.mark.parametrize(("text", "direction"), [("forth", "a2b"), ("back", "b2a"), ("A2B", "a2b"), ("b2a", "b2a")])
def test_directions(text, direction, caplog):
    assert current_direction(text) == direction
    assert bool(caplog.records) == (text in ("forth", "back"))


def test_no_former_name_is_a_present_one():
    assert not GROUPS.keys() & set(GROUPS.values())
