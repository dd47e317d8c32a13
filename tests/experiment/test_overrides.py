import os
import random

import pytest

from artesano.config.compose import compose
from artesano.config.overrides import normalise

ODD = [
    "Año (1) = ñ, ~ it's",
    "a,b.jpg",
    "x=y=z",
    'say "hi"',
    "it's",
    "$HOME",
    "${seed}",
    "\\${seed}",
    "\\\\${oc.env:HOME}",
    "[1, 2]",
    "{a: b}",
    "a#b",
    " lead and trail ",
    "ends with \\",
    "%&@!:;*?<>|",
    "choice(a,b)",
    "日本語",
    "1e3",
    "true",
]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_path_arrives_unchanged(name):
    assert compose(["data=folder", f"data.root=/{name}"]).resolved["data"]["root"] == f"/{name}"
    assert compose([f"name={name}"]).resolved["name"] == name


def test_any_path_arrives_unchanged():
    signs = "abñ é'\"\\${}[](),=~#:;*?&%|<>@!+-._0"
    draw = random.Random(0)
    for _ in range(12):
        name = "/x" + "".join(draw.choices(signs, k=24)) + "x"
        assert compose(["data=folder", f"data.root={name}"]).resolved["data"]["root"] == os.path.abspath(name)


def test_paths_become_absolute_and_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    overrides = ["data=folder", "data.root=photos", "+weights.file=~/w.pth"]
    assert normalise(overrides) == ["data=folder", f"data.root={tmp_path}/photos", "+weights.file=/home/ana/w.pth"]
    assert normalise(normalise(overrides)) == normalise(overrides)


def test_names_and_words_for_runs_stay_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    overrides = ["resume=last", "weights.run=0012", "name=sub/run", "resume=null", "data.root=null"]
    assert normalise(overrides) == overrides
    (tmp_path / "0012").mkdir()
    assert normalise(["weights.run=0012"]) == [f"weights.run={tmp_path}/0012"]
    assert normalise(["resume=./9"]) == [f"resume={tmp_path}/9"]
    assert normalise(["evaluation.extractor=run:0012"]) == [f"evaluation.extractor=run:{tmp_path}/0012"]
    overrides = ["evaluation.extractor=run:last", "evaluation.extractor=lite0", "evaluation.extractor=run:1,run:2"]
    assert normalise(overrides) == overrides


def test_null_is_null_and_a_number_of_a_run_is_text():
    resolved = compose(["name=null", "weights.source=run", "weights.run=12"]).resolved
    assert resolved["name"] is None
    assert resolved["weights"]["run"] == "12"


def test_gan_brings_its_task():
    assert normalise(["gan=wgan", "seed=1"]) == ["task=gan", "gan=wgan", "seed=1"]
    assert normalise(["gan=wgan", "task=other"]) == ["gan=wgan", "task=other"]
    assert normalise(["gan.name=x"]) == ["gan.name=x"]


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("data.classes=[Árbol,playa ñandú]", ["Árbol", "playa ñandú"]),
        ("data.classes=['Árbol',playa]", ["Árbol", "playa"]),
        ("data.classes=[arbol,playa]", ["arbol", "playa"]),
        ("data.classes=[árbol]", ["árbol"]),
    ],
)
def test_names_with_accents_may_stand_in_a_list(override, value):
    if "'" in override:  # quoted by hand, as Hydra wants it
        override = override.replace(",playa", ",'playa'")
    assert compose(["data=folder", "data.root=/x", override]).resolved["data"]["classes"] == value


def test_a_folder_with_an_equals_sign_may_stand_alone(tmp_path):
    folder = tmp_path / "año ñ=1"
    folder.mkdir()
    assert compose([str(folder)]).resolved["data"]["root"] == str(folder)
