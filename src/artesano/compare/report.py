"""A comparison as one self-contained page: table, curves, costs, pictures, unfinished runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from artesano.compare import axes, charts, pictures, text
from artesano.compare.curve_numbers import curve_numbers
from artesano.compare.groupings import PageTable, page_table, shared
from artesano.compare.pareto import pareto
from artesano.compare.runs import Run
from artesano.compare.table import Comparison, differences

CHOSEN = 500  # rows whose configs can be compared within the page: the best
PRINTED = 40  # rows of a table on paper
PICTURES = ("confusion", "per_class", "strips", "classes")  # of plots/, that say something beside each other
PLOT = {"displayModeBar": False, "responsive": True}


def write_report(
    comparisons: Sequence[Comparison], path: str | os.PathLike, about: str, objectives: tuple[str, str] | None = None
) -> None:
    """Write the page.

    Args:
        comparisons: one for each kind of runs, each with a row at least.
        about: a sentence below the title: the selection, and what was left out.
        objectives: two metrics that were searched for at once, of which the page shows the Pareto front.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    parts = [part(comparison, objectives) for comparison in comparisons]
    page = template().render(
        title="; ".join(part["title"] for part in parts),
        about=about,
        style=charts.STYLE,
        plotly=get_plotlyjs(),
        parts=parts,
        text=text,
        shared=shared,
        hues=charts.HUES,
        layout=json.loads(str(charts.styled(go.Figure()).to_json()))["layout"],
        chosen=CHOSEN,
        printed=PRINTED,
        lines=charts.DRAWN,
        points=axes.POINTS,
        axes=axes.AXES,
        importance=charts.IMPORTANCE,
        data=[part["data"] for part in parts],
    )
    draft = Path(f"{os.fspath(path)}.{os.getpid()}")
    try:
        draft.write_text(page, encoding="utf-8", errors="backslashreplace")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def part(comparison: Comparison, objectives: tuple[str, str] | None) -> dict[str, Any]:
    """What the page shows of one kind of runs."""
    first = pictures.first_runs(comparison)
    labels = charts.labels(comparison.rows[: len(first)], most=200)
    captions = dict(zip((run.folder for run in first), labels, strict=True))
    shots = pictures.samples(first)
    chosen = [row.runs[0] for row in comparison.rows[:CHOSEN]]
    count = sum(len(row.runs) for row in comparison.rows)
    config = differences(chosen)
    table = page_table(comparison, config)
    numbers = curve_numbers(comparison, table.groupings)
    named = sections(comparison, first, shots, captions, objectives, table, numbers)
    return {
        "kind": comparison.kind,
        "title": f"{count:,} {'run' if count == 1 else 'runs'} of {comparison.kind}, by "
        f"{text.short(comparison.metrics[0])}",
        "comparison": comparison,
        "rows": f"{len(comparison.rows):,}",
        "sections": {name: content for name, content in named if content},
        "data": {"titles": text.titles(chosen), "config": config, "samples": list(shots.values()), "curves": numbers},
    }


def template() -> Template:
    """`report.html`; figures are drawn by its filter `drawn`."""
    loader = PackageLoader("artesano.compare", ".")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.policies["json.dumps_kwargs"] = {"default": str}  # keys in their own order
    environment.filters["drawn"] = drawn
    return environment.get_template("report.html")


def sections(
    comparison: Comparison,
    first: list[Run],
    shots: dict[Path, list[tuple[int, str]]],
    captions: dict[Path, str],
    objectives: tuple[str, str] | None,
    table: PageTable,
    numbers: dict[str, Any] | None,
) -> Iterator[tuple[str, Any]]:
    """Names of the page's sections in order, with what is shown there; nothing = no such section.

    Args:
        first: the runs whose pictures are shown.
        shots: their samples.
        captions: theirs.
        numbers: of the curves.
    """
    yield "Runs", table
    yield "Differences", True
    yield "Front", objectives and pareto(comparison, objectives)
    yield "Curves", numbers
    yield "Coordinates", charts.coordinates(comparison)
    yield "Importance", charts.bars(charts.importance(comparison))
    keys = {"seconds": "seconds", "parameters.trainable": "trainable parameters"}
    yield "Costs", [cost for key, name in keys.items() if (cost := charts.cost(comparison, key, name)) is not None]
    yield "Samples", [(captions[run], steps[-1]) for run, steps in shots.items()]
    yield "Pictures", plots(first, captions)
    yield "Health", [(run.title, *run.health) for row in comparison.rows for run in row.runs if run.health]
    yield "Unfinished", [(run.title, str(run.record["name"]), text.reason(run)) for run in comparison.without]


def plots(runs: list[Run], captions: dict[Path, str]) -> dict[str, list[tuple[str, str]]]:
    """Pictures of the last state by name: caption and address of each."""
    shown = {
        name: [(captions[run], pictures.inline(path, 2 * pictures.WIDTH)) for run, path in files.items()]
        for name, files in pictures.plots(runs).items()
        if name in PICTURES
    }
    whole = {name: [(caption, address) for caption, address in some if address] for name, some in shown.items()}
    return {name: some for name, some in whole.items() if some}


def drawn(figure: go.Figure) -> Markup:
    """The element of one figure."""
    return Markup(figure.to_html(full_html=False, include_plotlyjs=False, config=PLOT))
