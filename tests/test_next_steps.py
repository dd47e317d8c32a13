"""Commands that are proposed are read as they were meant."""

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from artesano.next_steps import listed, quoted


@pytest.mark.parametrize(
    "name",
    [
        "cat",
        "sea-lion",
        "true",
        "Null",
        "nan",
        "2019",
        "1_0",
        "1e3",
        "a (1)",
        "it's",
        'a "b"',
        "a\\",
        "a, b",
        "ñ",
        "${x}",
    ],
)
def test_a_name_in_a_list_or_mapping_stays_text(name):
    for text, value in (
        (f"data.classes=[{listed(name)}]", [name]),
        (f"data.parts={{train: {listed(name)}}}", {"train": name}),
    ):
        (word,) = shlex.split(shlex.quote(text))
        assert OverridesParser.create().parse_override(word).value() == value


def test_paths_are_short_from_where_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert quoted(tmp_path / "outputs" / "my run") == "'outputs/my run'"
    assert quoted(tmp_path) == str(tmp_path)
    assert quoted(f"{tmp_path}2/run") == f"{tmp_path}2/run"
