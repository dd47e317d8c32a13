import subprocess
import sys

import pytest

from artesano.cli import main
from artesano.config import search_path
from artesano.config.option_tables import groups, headline, keys, sections


def shown(capsys, *words):
    assert main(["options", *words]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_groups_choices_and_keys(capsys):
    everything = shown(capsys)
    assert "strategy adapter, auto, bitfit, freeze, " in everything
    assert "_common" not in everything
    assert "partial fine-tune the head and the last groups" in shown(capsys, "strategy")
    keys_of_partial = shown(capsys, "strategy=partial")
    assert "strategy.groups 2 " in keys_of_partial
    assert "data.batch_size 64" in shown(capsys, "data=folder")
    assert "max_epochs 5 passes over the training data" in shown(capsys, "train")
    assert "weights.source package package (" in shown(capsys, "task=transfer")


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("data=rings", "artesano train gan=toy data=rings "),
        ("data=mnist5k", "artesano train data=mnist5k "),
        ("hacks=points", "artesano train gan=toy hacks=points "),
        ("hacks=modern", "artesano train task=gan hacks=modern "),
        ("gan=toy", "artesano train gan=toy "),
    ],
)
def test_the_next_command_works(word, command, capsys, outputs):
    assert f"{command}dry_run=true" in shown(capsys, word)
    assert main([*command.split()[1:], "dry_run=true"]) == 0


@pytest.mark.parametrize(
    ("word", "needed"),
    [
        ("degradation=realistic", "gan=srgan"),
        ("degradation=hole", "gan=inpaint"),
        ("degradation=edges", "gan=pix2pix data=sr_folder data.root=<folder>"),
        ("generator=swinir", "gan=srgan"),
        ("generator=pix2pix_unet", "gan=pix2pix"),
        ("generator=unet", "gan=pix2pix"),
        ("discriminator=swin", "gan=swcgan"),
        ("image_to_image=cycle", "gan=cyclegan"),
        ("phases=two", "gan=srgan"),
        ("generator=dcgan", "task=gan"),
    ],
)
def test_what_only_some_gans_use_is_proposed_with_one_of_them(word, needed, capsys):
    assert f"artesano train {needed} {word} dry_run=true" in shown(capsys, word)


def test_a_section_has_the_keys_of_each_task(capsys):
    text = shown(capsys, "weights")
    of_gan, of_transfer = text.partition("Next:")[0].split("task=transfer")
    for key, default in (("source", "package"), ("file", "null"), ("run", "null")):
        assert f"weights.{key} {default} " in of_transfer
    for key, default in (("source", "none"), ("file", "null"), ("back_file", "null"), ("discriminator_file", "null")):
        assert f"weights.{key} {default} " in of_gan
    for source in ("package", "hub", "file", "run", "none"):
        assert source in of_transfer.partition("weights.file")[0]
    assert not set(sections()) & set(groups())  # a group is answered as a group


def test_what_is_neither_a_group_nor_a_section(capsys):
    assert main(["options", "weight"]) == 2
    assert "Did you mean 'weights'" in capsys.readouterr().err
    assert main(["options", "weights=hub"]) == 2
    assert "see artesano options weights" in capsys.readouterr().err


@pytest.mark.parametrize(("word", "hint"), [("strateg", "'strategy'"), ("strategy=partail", "'partial'")])
def test_wrong_names_get_the_nearest(word, hint, capsys):
    assert main(["options", word]) == 2
    assert f"Did you mean {hint}" in capsys.readouterr().err


def test_every_choice_says_what_it_is():
    for group, choices in groups().items():
        for choice, file in choices.items():
            assert headline(file), f"{group}/{choice}.yaml has no comment line"


def test_own_choices_are_listed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs" / "head").mkdir(parents=True)
    (tmp_path / "configs" / "head" / "mine.yaml").write_text(
        "# @package head\n# my own\na: {b: 'x # y', c: 1}\nd:\n  e: 2 # two\n"
    )
    mine = groups()["head"]["mine"]
    assert headline(mine) == "my own"
    assert keys(mine)["d.e"] == ("2", "two")
    assert "linear" in groups()["head"]


def test_a_choices_own_default_replaces_the_common_one():
    listed = keys(search_path.shipped() / "data" / "mnist5k.yaml")
    assert listed["flip"] == ("false", "mirror images in training (not for digits)")
    assert "defaults" not in listed


def test_no_torch():
    code = "import sys; from artesano.cli import main; main(['options', 'strategy']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_backbones_by_a_part_of_their_name(capsys):
    table = shown(capsys, "backbone=test_resnet")
    assert "parameters (M) image_size GMACs weights" in table
    name, parameters, size, macs, *_ = table.partition("weights ")[2].split()
    assert (name, size) == ("test_resnet", "160")
    assert float(parameters) == pytest.approx(0.37, abs=0.01)  # without classifier
    assert float(macs) > 0
    assert "backbone=test_resnet weights.source=hub" in table
    assert "resnet" in shown(capsys, "backbone")  # families


def test_no_such_backbone(capsys):
    assert main(["options", "backbone=*tset_resnet*"]) == 2
    assert "Did you mean 'test_resnet'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("group", "alone"), [("strategy", True), ("gan", True), ("degradation", False), ("generator", False)]
)
def test_a_group_proposes_a_training_only_where_each_choice_can_be_trained_as_it_stands(group, alone, capsys):
    assert main(["options", group]) == 0
    assert (f"artesano train {group}=<choice>" in capsys.readouterr().out) is alone
