"""The page of the dashboard: Streamlit runs this file from top to bottom whenever something is chosen.

Two parts of it run by themselves every other second: `watch`, which runs the whole page again when a run has appeared,
vanished or ended, and, while one of the runs shown is training, the sections below the table.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from artesano.compare import dashboard_parts as parts
from artesano.compare.charts import DRAWN
from artesano.compare.runs import Run, gather
from artesano.compare.table import Comparison, chosen_metrics, compare, differing
from artesano.compare.where import where
from artesano.errors import BadInput

EVERY = 2  # seconds between looks
RUNS = 500  # for each second between looks, where there are more


def page(places: Sequence[str]) -> None:
    """The whole page."""
    st.set_page_config("Artesano", layout="wide")
    st.html(parts.STYLE)
    runs, problems = look(places)
    st.markdown(f"#### Artesano: {len(runs):,} runs")
    every = max(EVERY, len(runs) / RUNS)
    chosen = filtered(runs)
    st.fragment(watch, run_every=every)(places, snapshot(runs, problems))
    if not chosen:
        st.info(f"No run in {', '.join(places)} yet. New runs appear here automatically.")
        parts.left_out([], problems)
        return
    comparison = compared(chosen)
    shown = picked(comparison)
    training = any(run.state == "running" for row in shown.rows for run in row.runs)
    st.fragment(parts.sections, run_every=every if training else None)(comparison, shown, problems)


def look(places: Sequence[str]) -> tuple[list[Run], list[str]]:
    """The runs that can be read now, and a line for each problem."""
    runs: dict[Path, Run] = {}
    problems: list[str] = []
    for place in places:
        try:
            some, left_out = gather([place])
        except BadInput as error:
            some, left_out = [], error.problems
        runs |= {run.folder: run for run in some}
        problems += left_out
    return list(runs.values()), problems


def snapshot(runs: list[Run], problems: list[str]) -> tuple[Any, ...]:
    """A value that changes when a record changes or a process dies."""
    return [(run, run.state) for run in runs], problems


def watch(places: Sequence[str], seen: tuple[Any, ...]) -> None:
    """Progress of the runs that train; other changes reload the whole page."""
    runs, problems = look(places)
    if snapshot(runs, problems) != seen:
        st.rerun()
    parts.training([run for run in runs if run.state == "running"])


def filtered(runs: list[Run]) -> list[Run]:
    """The runs of one kind that the filter leaves."""
    condition, kinds = st.columns([4, 1])
    text = condition.text_input(
        "Only runs where", key="where", placeholder="strategy=freeze and data.shots<=20", bind="query-params"
    )
    try:
        runs = where(runs, text) if runs else runs
    except BadInput as error:
        condition.warning(f"Not filtered. {str(error).removeprefix('--where ')}")
    counts = {kind: sum(run.kind == kind for run in runs) for kind in sorted({run.kind for run in runs})}
    most = max(counts, key=lambda kind: counts[kind], default=None)
    kind = kinds.selectbox("Kind", list(counts), index=list(counts).index(most) if most else 0, key="kind")
    return [run for run in runs if run.kind == kind]


def compared(runs: list[Run]) -> Comparison:
    """Ordered by the metric that is chosen."""
    left, right = st.columns([4, 1])
    usual = chosen_metrics(runs, ())
    others = sorted({name for run in runs for name in run.metrics} - set(usual))
    first = left.selectbox("Metric", [*usual, *others], key=f"metric of {runs[0].kind}")
    keys = differing(runs, every_key=False)
    group_by = {"each config": None, "each run": [*keys, "seed"]} | {f"by {key}": [key] for key in [*keys, "seed"]}
    rows = right.selectbox("Rows", list(group_by), key=f"rows of {runs[0].kind}")
    return compare(runs, list(dict.fromkeys([first, *usual])), group_by[rows], unfinished=True)


def picked(comparison: Comparison) -> Comparison:
    """The ticked rows, or else the best; ticks survive a reload."""
    members = [{str(run.folder) for run in row.runs} for row in comparison.rows]
    ticked = st.session_state.setdefault("ticked", set())
    before = [place for place, folders in enumerate(members) if folders & ticked]
    table, settings = parts.table(comparison)
    state = st.dataframe(
        table,
        hide_index=True,
        placeholder="-",
        column_config=settings,
        height=min(38 * (len(comparison.rows) + 1), 420),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": before}},
        key=f"runs {hash(tuple(map(frozenset, members)))}",  # another table where other rows stand in it
    )
    places = [place for place in state["selection"]["rows"] if place < len(comparison.rows)]
    now = {folder for place in places for folder in members[place]}
    st.session_state["ticked"] = ticked - {folder for folders in members for folder in folders} | now
    best = f"the best {DRAWN}" if len(comparison.rows) > DRAWN else "all"
    st.caption(f"Below: {f'{len(places)} ticked' if places else f'{best}; tick rows to see only those'}.")
    return replace(comparison, rows=[comparison.rows[place] for place in places] or comparison.rows[:DRAWN])


if __name__ == "__main__":
    page(sys.argv[1:])
