"""A comparison as one page that opens without a network: table, curves, costs, pictures, what went wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from artesano.compare import charts, pictures
from artesano.compare.runs import Run
from artesano.compare.table import Comparison
from artesano.compare.text import cell, numbers, short, value

CHOSEN = 300  # runs whose configs can be compared within the page
PLOT = {"displayModeBar": False, "responsive": True}


def write_report(found: Comparison, path: str | os.PathLike, about: str) -> None:
    """Write the page.

    Args:
        about: a sentence below the title: what was asked, and what was left out.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    count = sum(len(row.runs) for row in found.rows)
    shots = pictures.samples(found)
    sections = {
        "Runs": table(found),
        "Differences": differences(),
        "Curves": curves(found),
        "Coordinates": plotted(charts.coordinates(found), "Drag along an axis to choose; drag an axis to move it."),
        "Importance": plotted(charts.bars(charts.importance(found)), IMPORTANCE),
        "Costs": costs(found),
        "Confusion": confusion(found),
        "Samples": samples(shots),
        "Health": health(found),
        "Stopped": stopped(found.without),
    }
    sections = {name: text for name, text in sections.items() if text}
    configs = configurations([run for row in found.rows for run in row.runs][:CHOSEN])
    content = json.dumps({"config": configs, "samples": shots}, ensure_ascii=False, default=str)
    page = Template(files("artesano.compare").joinpath("report.html").read_text("utf-8")).substitute(
        title=escape(f"{count} runs of {found.kind}, by {short(found.metrics[0])}"),
        about=escape(about),
        menu="".join(f'<a href="#{name}">{name}</a>' for name in sections),
        sections="".join(f'<h2 id="{name}">{name}</h2>{text}' for name, text in sections.items()),
        script=f"<script>{get_plotlyjs()}</script>",
        data=content.replace("</", "<\\/"),
    )
    draft = Path(f"{os.fspath(path)}.{os.getpid()}")
    try:
        draft.write_text(page, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


IMPORTANCE = (
    "How much of the variance of the first metric the values of one key explain alone (eta squared). It flatters keys "
    "with many values and few runs."
)


def table(found: Comparison) -> str:
    """Sortable; a tick chooses a run for the differences below."""
    heads = ["", "run", *map(short, found.columns), "n", *map(short, found.metrics)]
    first = 2 + len(found.columns)
    head = "".join(f'<th class="{"n" * (at >= first)}">{escape(text)}</th>' for at, text in enumerate(heads))
    body = []
    for place, row in enumerate(found.rows):
        name = row.runs[0].folder.name
        cells = [f'<td><input type="checkbox" class="choose" value="{escape(name)}"{" checked" * (place < 2)}></td>']
        cells += [f"<td>{escape(text)}</td>" for text in (numbers(row), *map(cell, row.about.values()))]
        cells.append(f'<td class="n">{len(row.runs)}</td>')
        for metric in found.metrics:
            mean = row.mean(metric)
            marked = " best" if found.best.get(metric) == place else ""
            number = "" if mean is None else f"{mean!r}"
            cells.append(f'<td class="n{marked}" data-value="{number}">{escape(value(row, metric))}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        "<p>A click on a title sorts. Mean ± standard deviation over seeds; the best of a column is marked.</p>"
        f'<div class="wide"><table class="sortable"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody>'
        "</table></div>"
    )


def differences() -> str:
    return '<p class="screen">Of the runs that are ticked.</p><div class="wide"><table id="difference"></table></div>'


def curves(found: Comparison) -> str:
    """One figure for each metric, of which one is shown."""
    figures = charts.curves(found)
    if not figures:
        return ""
    thinned = f" The {charts.DRAWN} best rows of {len(found.rows)}." if len(found.rows) > charts.DRAWN else ""
    names = "".join(f"<option>{escape(name)}</option>" for name in figures)
    parts = [
        f'<div class="curve" data-name="{escape(name)}"{" hidden" * (at > 0)}>{html(figure)}</div>'
        for at, (name, figure) in enumerate(figures.items())
    ]
    note = (
        f"<p>Means over seeds, bands from the lowest to the highest.{thinned} At most {charts.POINTS} points a run.</p>"
    )
    return f'{note}<p class="screen"><select id="curve">{names}</select></p>{"".join(parts)}'


def costs(found: Comparison) -> str:
    """Against time and against what was trained."""
    parts = [
        charts.cost(found, "seconds", "seconds"),
        charts.cost(found, "parameters.trainable", "trainable parameters"),
    ]
    return "".join(plotted(part) for part in parts)


def confusion(found: Comparison) -> str:
    shown = pictures.confusions(found)
    return f'<div class="row">{"".join(figure(name, url) for name, url in shown.items())}</div>' if shown else ""


def samples(shots: dict[str, list[tuple[int, str]]]) -> str:
    """Side by side, with one slider over the steps of all."""
    if not shots:
        return ""
    slider = '<p class="screen"><input type="range" id="moment" min="0" max="100" value="100" aria-label="moment"></p>'
    parts = [
        f'<figure class="moments" data-run="{escape(name)}"><img alt="samples of {escape(name)}" src="{steps[-1][1]}">'
        f"<figcaption>{escape(name)} <output>step {steps[-1][0]:,}</output></figcaption></figure>"
        for name, steps in shots.items()
    ]
    return f'{slider}<div class="row">{"".join(parts)}</div>'


def health(found: Comparison) -> str:
    """The verdicts of GANs."""
    runs = [run for row in found.rows for run in row.runs if run.record.get("health")]
    return listed(("run", "verdict", "in words"), [(run.folder.name, *verdict(run)) for run in runs]) if runs else ""


def verdict(run: Run) -> tuple[str, str]:
    return run.record["health"]["verdict"], run.record["health"]["sentence"]


def stopped(runs: list[Run]) -> str:
    """Failed, interrupted, killed and running ones."""
    return listed(("run", "state"), [(run.folder.name, run.trouble or run.state) for run in runs]) if runs else ""


def listed(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table class="sortable"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def figure(name: str, url: str) -> str:
    return f'<figure><img alt="{escape(name)}" src="{url}"><figcaption>{escape(name)}</figcaption></figure>'


def plotted(drawn: go.Figure | None, note: str = "") -> str:
    return "" if drawn is None else (f"<p>{note}</p>" if note else "") + html(drawn)


def html(drawn: go.Figure) -> str:
    return drawn.to_html(full_html=False, include_plotlyjs=False, config=PLOT)


def configurations(runs: list[Run]) -> dict[str, dict[str, Any]]:
    """Run -> the keys whose values differ among these runs."""
    whole = {run.folder.name: {**run.record["config"], **run.record["choices"]} for run in runs}
    keys = dict.fromkeys(key for values in whole.values() for key in values)
    differing = [key for key in keys if len({repr(values.get(key)) for values in whole.values()}) > 1]
    return {name: {key: values.get(key) for key in differing} for name, values in whole.items()}
