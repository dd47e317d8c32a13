"""A run's kind is decided in one place, and commands take the options of its kind only."""

import pytest

from artesano import cli
from artesano.kinds.registry import kinds, of_record

RECORDS = {
    "transfer": {"task": "transfer", "config": {}},
    "gan": {"task": "gan", "config": {"gan.kind": "noise"}},
    "image_gan": {"task": "gan", "config": {"gan.kind": "image"}},
    "points": {"task": "gan", "config": {"gan.kind": "points"}},
}


@pytest.mark.parametrize("name", RECORDS)
def test_kind_and_next_steps(name):
    kind = of_record(RECORDS[name])
    assert kind.name == name
    steps = [step.split() for step in kind.next_steps("runs/1", {})]
    assert all(step[0] == "artesano" and step[1] in cli.COMMANDS and step[2] == "runs/1" for step in steps)
    assert steps[0][1] == {"gan": "sample", "points": "sample"}.get(name, "predict")


@pytest.mark.parametrize("name", RECORDS)
def test_every_flag_can_be_left_out(name):
    for flags in kinds()[name].flags.values():
        for flag in flags:
            assert flag.settings.get("default") in (None, False)
            assert flag.settings["help"]


@pytest.mark.parametrize("command", ["evaluate", "predict", "sample", "embed", "export"])
def test_help_names_the_kinds(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for kind in kinds().values():
        for flag in kind.flags.get(command, ()):
            assert flag.name in text
            assert kind.noun.split(" ")[1] in text


def test_flags_of_other_kinds_are_refused_by_name(run, capsys):
    folder, picture = str(run[0]), "x.png"
    assert cli.main(["predict", folder, picture, "--tile", "64", "--mask", "m.png", "--which", "last"]) == 2
    (problem,) = capsys.readouterr().err.splitlines()
    assert "--which, --tile, --mask: for a GAN from images" in problem.replace("--mask, --tile", "--tile, --mask")
    assert "this is a classifier" in problem
    assert cli.main(["predict", "--backbone", "test_resnet", picture, "--label", "cat"]) == 2
    assert "--label: for a GAN from images" in capsys.readouterr().err


def test_a_command_that_does_not_apply_names_one_that_does(run, gan_runs, capsys):
    assert cli.main(["sample", str(run[0])]) == 2
    assert f"sample does not apply to a classifier (task=transfer). With this run: artesano predict {run[0]}" in (
        capsys.readouterr().err
    )
    assert cli.main(["embed", str(gan_runs("dcgan")), "x.png"]) == 2
    assert "artesano sample" in capsys.readouterr().err
