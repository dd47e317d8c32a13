"""The sections of the dashboard, a function each; the figures are those of the report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from artesano.compare import axes, charts, curves, pictures
from artesano.compare.runs import Run
from artesano.compare.table import SECONDS, Comparison, Row, differences
from artesano.compare.text import cell, figure, numbers, reason, short, titles

WIDE = ".st-key-wide { overflow-x: auto } .st-key-wide > * { min-width: 56rem }"  # scrolled on a phone
STYLE = f"<style>{charts.STYLE} {WIDE} .block-container {{ padding-top: 3rem }}</style>"
MARKED = 300  # rows of a table up to which its best values are marked: it costs a millisecond a cell
BEST = "background-color: rgba(70, 160, 106, .25)"
NEWS = 4  # metrics beside a progress bar
PICTURE = 640  # px
RUN = 160  # px of the column that stays while the others are scrolled


def training(runs: Sequence[Run]) -> None:
    """A bar for each run that trains now, with its newest metrics."""
    for run in runs:
        newest, steps = curves.newest(run), run.record.get("steps")
        step = max((at for at, _ in newest.values()), default=0)
        names = sorted(newest, key=lambda name: (name != run.record.get("monitor", {}).get("name"), curves.rank(name)))
        news = " · ".join(f"{name} {figure(newest[name][1])}" for name in names[:NEWS])
        of = f"step {step:,} of {steps:,}" if steps else f"step {step:,}"
        st.progress(min(1.0, step / steps) if steps else 0.0, f"**{run.title}** {of} · {news}".rstrip("· "))


def table(comparison: Comparison) -> tuple[Any, dict[str, Any]]:
    """A data frame of the rows, and how its columns are shown."""
    rows = comparison.rows
    columns: dict[str, list[Any]] = {"run": [f"{numbers(row)} {row.runs[0].record['name']}" for row in rows]}
    settings: dict[str, Any] = {"run": st.column_config.TextColumn(pinned=True, width=RUN)}
    for name in comparison.metrics:
        means = [row.mean(name) for row in rows]
        small = all(mean is None or abs(mean) < 10 for mean in means)
        columns[short(name)] = means
        settings[short(name)] = st.column_config.NumberColumn(
            format="%.0f s" if name == SECONDS else "%.4f" if small else "%.1f"
        )
        if name == comparison.metrics[0] and any(len(row.numbers(name)) > 1 for row in rows):
            columns["±"] = [row.spread(name) for row in rows]
            settings["±"] = settings[short(name)]
    columns |= {"n": [len(row.runs) for row in rows], "state": list(map(states, rows))}
    for key in comparison.columns:
        values = [row.about[key] for row in rows]
        if all(map(charts.is_number, values)):
            columns[short(key)] = [float(cell(value)) if isinstance(value, float) else value for value in values]
            settings[short(key)] = st.column_config.NumberColumn(format="plain")
        else:
            columns[short(key)] = list(map(cell, values))
    frame = pd.DataFrame(columns)
    if len(rows) > MARKED or not comparison.best:
        return frame, settings
    best = {short(name): places for name, places in comparison.best.items()}
    mark = lambda column: [BEST if at in best[column.name] else "" for at in range(len(column))]  # noqa: E731
    return frame.style.apply(mark, subset=list(best)), settings


def states(row: Row) -> str:
    """`finished`, or `2 finished, 1 running`."""
    all_of = [run.state for run in row.runs]
    kinds = list(dict.fromkeys(all_of))
    return kinds[0] if len(kinds) == 1 else ", ".join(f"{all_of.count(kind)} {kind}" for kind in kinds)


def sections(comparison: Comparison, shown: Comparison, problems: list[str]) -> None:
    """Tabs, of which only the open one is computed; an error appears in its tab."""
    draw = {
        "Curves": partial(learning, shown),
        "Differences": partial(differing, shown),
        "Pictures": partial(drawn, shown),
        "What mattered": partial(mattered, comparison),
        "Health": partial(healthy, comparison),
        "Unfinished": partial(left_out, comparison.without, problems),
    }
    for name, tab in zip(draw, st.tabs(list(draw), key="section", on_change="rerun"), strict=True):
        if tab.open:
            with tab:
                try:
                    draw[name]()
                except Exception as error:  # a folder can go at any moment
                    st.warning(f"{name} cannot be drawn now: {error}")


def learning(shown: Comparison) -> None:
    names = curves.recorded(curves.drawn_runs(shown.rows))
    if not names:
        st.info("These runs have not logged any metric yet.")
        return
    metric, along, past, scales = st.columns([3, 1, 2, 1])
    name = metric.selectbox("Curve", names, key="curve")
    runs = [run for run in curves.drawn_runs(shown.rows) if name in curves.by_name(run)]
    missing = axes.missing(runs)
    possible = [axis for axis in axes.AXES if axis not in missing]
    axis = along.selectbox("x", possible, key="x", help=" ".join(missing.values()) or None)
    smoothing = past.slider("Smoothing", 0.0, 0.99, step=0.01, key="smoothing")
    logarithmic = scales.pills("Logarithmic", ["x", "y"], selection_mode="multi", key="logarithmic")
    figure = curves.curve(shown, name, smoothing, axis)
    if figure is not None:
        figure.update_xaxes(type="log" if "x" in logarithmic else "linear")
        figure.update_yaxes(type="log" if "y" in logarithmic else "linear")
    plotted(figure, f"curve {name}")
    if figure is not None:
        st.html(curves.legend(figure))
    st.caption("Means over seeds; bands from the lowest to the highest.")
    if without := sum(axes.lacks(run, axis) for run in runs):
        st.caption(f"{without} of {len(runs)} runs are not drawn: they do not record their {axis}s.")


def differing(shown: Comparison) -> None:
    runs = [row.runs[0] for row in shown.rows]
    values = differences(runs)
    if not values:
        st.info("Tick two rows or more." if len(runs) < 2 else "These runs have the same config, but for their seed.")
        return
    frame = pd.DataFrame([map(cell, row) for row in values.values()], index=list(values))
    frame.columns = pd.Index(titles(runs))
    st.dataframe(frame, height="content")


def drawn(shown: Comparison) -> None:
    runs = pictures.first_runs(shown)
    captions = dict(zip((run.folder for run in runs), charts.labels(shown.rows[: len(runs)], most=200), strict=True))
    over_time = {run.folder: moments for run in runs if (moments := pictures.moments(run))}
    last = pictures.plots(runs)
    names = [*(["samples over time"] if over_time else []), *last]
    if not names:
        st.info("These runs have no pictures yet.")
        return
    name = st.segmented_control("Picture", names, default=names[0], key=f"picture {names}") or names[0]
    if name in last:
        grid([(path, captions[run]) for run, path in last[name].items()])
        return
    step = moment(sorted({step for moments in over_time.values() for step in moments}))
    then = [(run, moments, newest_until(step, moments)) for run, moments in over_time.items()]
    grid([(moments[at], f"{captions[run]} · step {at:,}") for run, moments, at in then])


def newest_until(step: int, moments: dict[int, Path]) -> int:
    """The last moment not after `step`, else the first."""
    return max((at for at in moments if at <= step), default=min(moments))


def moment(steps: list[int]) -> int:
    """A slider that follows the newest step until it is moved."""
    state = st.session_state
    if state.get("step") not in steps or state["step"] == state.get("newest step"):
        state["step"] = steps[-1]
    state["newest step"] = steps[-1]
    return steps[0] if len(steps) == 1 else st.select_slider("Step", steps, key="step")


def grid(pairs: Sequence[tuple[Path, str]]) -> None:
    """Pictures with captions, three side by side; below each other on a phone."""
    columns = st.columns(3)
    for place, (path, caption) in enumerate(pairs):
        if picture := pictures.small(path, PICTURE):
            columns[place % 3].image(picture, caption=caption)


def mattered(comparison: Comparison) -> None:
    figures = {
        "coordinates": charts.coordinates(comparison),
        "importance": charts.bars(charts.importance(comparison)),
        SECONDS: charts.cost(comparison, SECONDS, "seconds"),
        "trainable": charts.cost(comparison, "parameters.trainable", "trainable parameters"),
    }
    if not any(figures.values()):
        st.info("This needs at least two finished runs that differ in a key.")
        return
    with st.container(key="wide"):
        plotted(figures["coordinates"], "coordinates", "Drag along an axis to filter; drag an axis title to move it.")
    plotted(figures["importance"], "importance", charts.IMPORTANCE)
    for column, name in zip(st.columns(2), (SECONDS, "trainable"), strict=True):
        with column:
            plotted(figures[name], name)


def healthy(comparison: Comparison) -> None:
    rows = [(run.title, *run.health) for row in comparison.rows for run in row.runs if run.health]
    listed(("run", "verdict", "in words", "try"), rows, "Only GANs have verdicts.")


def left_out(runs: Sequence[Run], problems: Sequence[str]) -> None:
    rows = [(run.title, run.record["name"], reason(run)) for run in runs]
    unread = [("-", "cannot be read", problem) for problem in problems]
    listed(("run", "name", "reason"), [*rows, *unread], "All have finished.")


def listed(heads: Sequence[str], rows: Sequence[Sequence[str]], otherwise: str) -> None:
    if rows:
        st.dataframe(pd.DataFrame(rows, columns=list(heads)), hide_index=True)
    else:
        st.caption(otherwise)


def plotted(drawn: go.Figure | None, key: str, note: str = "") -> None:
    if drawn is not None:
        drawn.update_layout(uirevision="kept")  # a zoom outlives the next two seconds
        st.plotly_chart(drawn, theme=None, key=key, config={"displayModeBar": False})
        if note:
            st.caption(note)
