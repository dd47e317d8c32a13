"""Commands that are proposed are read as they were meant."""

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from artesano.next_steps import listed


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
