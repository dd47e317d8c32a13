"""What the YAML of a GAN from noise promises is what the table of its recipe's run says."""

import re

import pandas as pd
import pytest

from artesano.config.compose import compose
from artesano.config.search_path import shipped

ROOT = shipped().parent
TABLE = ROOT / "docs" / "results" / "gan_variants.csv"
ROWS = pd.read_csv(TABLE).query("seed == 0").set_index("variant")
MORE = {  # column: how its figure is said
    "conditional_accuracy_run_1k": "{:.1%} of the samples",
    "test_code_purity_q_1k": "purity {:.2f}",
    "test_discriminator_accuracy": "accuracy of D {:.3f}",
}


def promise(variant: str) -> str:
    """The comment of the YAML that says what to expect."""
    text = (shipped() / "gan" / f"{variant}.yaml").read_text()
    return next(line for line in text.splitlines() if line.startswith("# Expect:"))


def facts(row: pd.Series) -> list[str]:
    """What a promise must contain."""
    said = [f"{row['steps']:,} updates", f"FD (lite0, 1k) {row['test_fd_lite0_1k']:,.0f}"]
    said.append(f"coverage {row['test_coverage_lite0_1k']:.2f}")
    for column, words in (
        ("conditional_accuracy_run_1k", "{:.1%} of the samples"),
        ("test_code_purity_q_1k", "purity {:.2f}"),
    ):
        if column in row and pd.notna(row[column]):
            said.append(words.format(row[column]).replace("%", " %"))
    return said


@pytest.mark.parametrize("variant", sorted(ROWS.index))
def test_a_promise_is_the_measured_figure(variant):
    said = promise(variant)
    assert TABLE.name in said
    assert [fact for fact in facts(ROWS.loc[variant]) if fact not in said] == []


@pytest.mark.parametrize("variant", sorted(ROWS.index))
def test_the_recipe_still_has_the_length_that_was_measured(variant):
    assert compose([f"gan={variant}"]).resolved["max_steps"] == ROWS.loc[variant, "steps"]


def test_a_changed_figure_would_be_seen():
    row = ROWS.iloc[0].copy()
    row["test_fd_lite0_1k"] += 1
    assert any(re.search("FD", fact) and fact not in promise(row.name) for fact in facts(row))


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
