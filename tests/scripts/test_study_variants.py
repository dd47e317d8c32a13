"""The study of variants: what it reads is what a run leaves."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_the_columns_of_the_discriminators_heads_are_those_that_a_run_measures():
    from study_infogan import METRICS as MEASURED
    from study_variants import METRICS

    purity = [name for name in METRICS if "purity" in name]
    assert purity
    assert set(purity) <= set(MEASURED)
