"""What can be known together is told together, and nothing that only follows from a mistake told already."""

import pytest

from artesano import cli
from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.experiment.grids import check, expand
from artesano.kinds.all_problems import all_problems, checks_of, further


def problems(*words):
    with pytest.raises(BadInput) as caught, all_problems(list(words)):
        checks_of(compose(list(words)))
    return caught.value.problems


def test_keys_types_values_and_missing_files_in_one_message():
    lines = problems(
        "data=folder", "data.root=/nope", "strateg=full", "optimizer.lr=abc", "seed=-1", "backbone=resnt18",
        "data.shots=0", "max_steps=3", "max_epochs=2",
    )  # fmt: skip
    starts = ["strateg=full: no such key", "optimizer.lr: 'abc' is not a number", "seed: -1 must be", "data.shots: 0"]
    starts += ["max_steps and max_epochs", "data.root: there is no folder '/nope'", "backbone=resnt18: timm has no"]
    for start in starts:
        assert sum(line.startswith(start) for line in lines) == 1, start
    assert len(lines) == len(starts)


def test_required_keys_and_others():
    lines = problems("data=folder", "optimizer.lr=abc", "backbone=resnt18")
    assert [line.partition(":")[0] for line in lines] == ["data.root", "optimizer.lr", "backbone=resnt18"]


def test_a_misspelt_option_is_taken_as_it_was_meant():
    lines = problems("strategy=partail", "strategy.groups=-1", "seed=x")
    assert {line.partition(":")[0] for line in lines} == {"strategy=partail", "strategy.groups", "seed"}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["weights.source=web", "weights.file=/x.pth"], 2),
        (["gan=xyz", "data=folder", "data.root=/nope"], 2),
        (["gan=srgan", "data=folder", "data.root=/nope", "seed=-1"], 2),
        (["data=csv", "data.fil=/nope.csv"], 2),
        (["optimizer.lr=-1"], 1),
        (["strategy=xyz", "seed=-1"], 2),
        (["photso/", "seed=-1"], 2),
        (["backbone=resnt18", "weights.source=file", "weights.file=/nope.pth"], 1),
    ],
)
def test_nothing_that_follows_from_a_mistake(words, count):
    found = []
    try:
        with all_problems(words):
            check_of_run = checks_of(compose(words))
        check_of_run()
    except BadInput as error:
        found = error.problems
    assert len(found) == count, found


def test_parts_that_do_not_fit_come_before_the_hacks_that_they_leave_unused():
    lines = problems("gan=srgan", "data=mnist5k", "hacks.latent=gaussian")
    assert lines[0].startswith("data=mnist5k: for")
    assert any(line.startswith("hacks.latent=gaussian: not used") for line in lines[1:])
    lines = problems("gan=dcgan", "loss=began", "hacks=critic")
    assert lines[0].startswith("loss=began: needs reconstruction errors")


def test_right_words_pass():
    with all_problems(["max_steps=3"]):
        checks_of(compose(["max_steps=3"]))


def test_commands_and_grids(capsys, outputs):
    assert cli.main(["train", "data=folder", "data.root=/nope", "optimizer.lr=abc", "seeed=1"]) == 2
    printed = capsys.readouterr().err
    assert [printed.count(words) for words in ("no such key: seeed", "'abc' is not a number", "'/nope'")] == [1, 1, 1]
    assert cli.main(["check", "data=folder", "data.root=/nope", "data.shots=0", "seeed=1"]) == 2
    printed = capsys.readouterr().err
    assert [printed.count(words) for words in ("no such key: seeed", "data.shots: 0", "'/nope'")] == [1, 1, 1]
    with pytest.raises(BadInput) as caught:
        check(expand(["seed=0,-1", "seeed=1", "optimizer.lr=abc"]))
    assert len(caught.value.problems) == 3
    assert not outputs.exists()


def test_a_key_that_is_required_and_unknown_ends_the_search(monkeypatch):
    def composed(words):
        if "optimizer.params=/nowhere" in words:
            raise BadInput("optimizer.params=/nowhere: no such key: optimizer.params.")
        raise BadInput("optimizer.params: required; give a value.")

    monkeypatch.setattr("artesano.kinds.all_problems.compose", composed)
    found = further(["optimizer.foo=1"], ["optimizer.foo=1: no such key: optimizer.foo."])
    assert found == ["optimizer.params: required; give a value."]
