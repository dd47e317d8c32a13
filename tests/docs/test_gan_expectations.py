"""What the YAML of a GAN from noise promises is what the table of its recipe's run says."""

import re

import pandas as pd
import pytest

from artesano.config.compose import compose
from artesano.config.search_path import shipped

ROOT = shipped().parent
TABLE = ROOT / "docs" / "results" / "gan_variants.csv"
RUNS = dict(list(pd.read_csv(TABLE).groupby("variant")))
SEEDS = {1: "one seed", 2: "two seeds", 3: "three seeds"}
MORE = {  # column: how its figure is said, and the words around it
    "conditional_accuracy_run_1k": ("{:.1%}", "{} of the samples"),
    "test_code_purity_q_1k": ("{:.2f}", "purity {}"),
}


def promise(variant: str) -> str:
    """The comment of the YAML that says what to expect."""
    text = (shipped() / "gan" / f"{variant}.yaml").read_text()
    return next(line for line in text.splitlines() if line.startswith("# Expect:"))


def facts(runs: pd.DataFrame) -> list[str]:
    """What a promise must contain: means, and their range where there are several seeds."""
    said = [f"{runs['steps'].iloc[0]:,} updates", SEEDS[len(runs)]]
    said.append(f"FD (lite0, 1k) {spread(runs['test_fd_lite0_1k'], '{:,.0f}')}, ")
    said.append(f"coverage {spread(runs['test_coverage_lite0_1k'], '{:.2f}')}; ")
    for column, (form, around) in MORE.items():
        if runs[column].notna().all():
            said.append(around.format(spread(runs[column], form)).replace("%", " %"))
    return said


def spread(values: pd.Series, form: str) -> str:
    """`103 (94 to 109)`."""
    mean, low, high = (form.format(value) for value in (values.mean(), values.min(), values.max()))
    return mean if len(values) == 1 else f"{mean} ({low} to {high})"


@pytest.mark.parametrize("variant", sorted(RUNS))
def test_a_promise_is_the_measured_figure(variant):
    said = promise(variant)
    assert TABLE.name in said
    assert [fact for fact in facts(RUNS[variant]) if fact not in said] == []


@pytest.mark.parametrize("variant", sorted(RUNS))
def test_the_recipe_still_has_the_length_that_was_measured(variant):
    assert compose([f"gan={variant}"]).resolved["max_steps"] == RUNS[variant]["steps"].iloc[0]


def test_a_changed_figure_would_be_seen():
    runs = RUNS["dcgan"].copy()
    runs["test_fd_lite0_1k"] += 1
    assert any(re.search("FD", fact) and fact not in promise("dcgan") for fact in facts(runs))


def test_the_tables_that_promises_are_read_from_are_there():
    cited = {
        name
        for file in (shipped() / "gan").glob("*.yaml")
        for line in file.read_text().splitlines()
        if line.startswith("# Expect:")
        for name in re.findall(r"docs/results/[\w.]+\.csv", line)
    }
    assert len(cited) > 3
    assert [name for name in sorted(cited) if not (ROOT / name).is_file()] == []
