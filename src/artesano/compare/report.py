"""A comparison as one self-contained page: table, curves, costs, pictures, unfinished runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from artesano.compare import charts, curves, pictures
from artesano.compare.pareto import pareto
from artesano.compare.runs import Run
from artesano.compare.table import Comparison, differences
from artesano.compare.text import cell, numbers, reason, short, titles, value

CHOSEN = 500  # rows whose configs can be compared within the page: the best
PRINTED = 40  # rows of a table on paper
PICTURES = ("confusion", "strips", "classes")  # of plots/, that say something beside each other
PLOT = {"displayModeBar": False, "responsive": True}


def write_report(
    comparison: Comparison, path: str | os.PathLike, about: str, objectives: tuple[str, str] | None = None
) -> None:
    """Write the page.

    Args:
        about: a sentence below the title: the selection, and what was left out.
        objectives: two metrics that were searched for at once, of which the page shows the Pareto front.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    count = sum(len(row.runs) for row in comparison.rows)
    first = pictures.first_runs(comparison)
    labels = charts.labels(comparison.rows[: len(first)], most=200)
    captions = dict(zip((run.folder for run in first), labels, strict=True))
    shots = pictures.samples(first)
    sections = {
        "Runs": table(comparison),
        "Differences": differences_of_ticked(len(comparison.rows)),
        "Front": plotted(pareto(comparison, objectives), FRONT) if objectives else "",
        "Curves": drawn_curves(comparison),
        "Coordinates": coordinates(comparison),
        "Importance": plotted(charts.bars(charts.importance(comparison)), IMPORTANCE),
        "Costs": costs(comparison),
        "Samples": samples(shots, captions),
        "Pictures": plots(first, captions),
        "Health": health(comparison),
        "Unfinished": unfinished(comparison.without),
    }
    sections = {name: text for name, text in sections.items() if text}
    chosen = [row.runs[0] for row in comparison.rows[:CHOSEN]]
    content = {"titles": titles(chosen), "config": differences(chosen), "samples": list(shots.values())}
    runs = f"{count:,} {'run' if count == 1 else 'runs'} of {comparison.kind}"
    page = Template(files("artesano.compare").joinpath("report.html").read_text("utf-8")).substitute(
        title=escape(f"{runs}, by {short(comparison.metrics[0])}"),
        about=escape(about),
        style=charts.STYLE,
        printed=PRINTED,
        menu="".join(f'<a href="#{name}">{name}</a>' for name in sections),
        sections="".join(f'<section><h2 id="{name}">{name}</h2>{text}</section>' for name, text in sections.items()),
        script=f"<script>{get_plotlyjs()}</script>",
        data=json.dumps(content, ensure_ascii=False, default=str).replace("</", "<\\/"),
    )
    draft = Path(f"{os.fspath(path)}.{os.getpid()}")
    try:
        draft.write_text(page, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


FRONT = "No other run is better in one of the two and not worse in the other than those on the line."
IMPORTANCE = (
    "How much of the variance of the first metric the values of one key explain alone, beyond what as many values "
    "would by chance (epsilon squared)."
)


def table(comparison: Comparison) -> str:
    """Sortable; a tick chooses a row for the differences below."""
    heads = ["", "run", *map(short, comparison.columns), "n", *map(short, comparison.metrics)]
    first = 2 + len(comparison.columns)
    body = []
    for place, row in enumerate(comparison.rows):
        box = f'<input type="checkbox" class="choose" value="{place}"{" checked" * (place < 2)} aria-label="choose">'
        cells = [f"<td>{box if place < CHOSEN else ''}</td>"]
        cells.append(f"<td>{escape(numbers(row)).replace(' ', '&nbsp;')}</td>")
        cells += [f"<td>{escape(cell(one))}</td>" for one in row.about.values()]
        cells.append(f'<td class="n">{len(row.runs)}</td>')
        for metric in comparison.metrics:
            mean = row.mean(metric)
            marked = " best" if comparison.best.get(metric) == place else ""
            number = "" if mean is None else f"{mean!r}"
            text = escape(value(row, metric)).replace("± ", "±&nbsp;")
            cells.append(f'<td class="n{marked}" data-value="{number}">{text}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    note = "A click on a title sorts. Mean ± standard deviation over seeds; the best of a column is marked."
    paper = f'<p class="paper">The first {PRINTED} of {len(body):,} rows.</p>' if len(body) > PRINTED else ""
    return f"<p>{note}</p>{sortable(heads, body, first)}{paper}"


def sortable(heads: Iterable[str], body: Iterable[str], numeric_from: int = 99) -> str:
    head = "".join(f'<th class="{"n" * (at >= numeric_from)}">{escape(text)}</th>' for at, text in enumerate(heads))
    return (
        f'<div class="wide tall"><table class="sortable"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def differences_of_ticked(rows: int) -> str:
    """Filled by the page itself."""
    best = f" The best {CHOSEN} rows can be ticked." if rows > CHOSEN else ""
    note = f"<p>Of the runs that are ticked above.{best}</p>"
    return f'{note}<div class="wide tall"><table id="difference"></table></div>'


def drawn_curves(comparison: Comparison) -> str:
    """One figure for each metric, of which one is shown."""
    figures = curves.curves(comparison)
    if not figures:
        return ""
    best = f" The {charts.DRAWN} best rows of {len(comparison.rows):,}." if len(comparison.rows) > charts.DRAWN else ""
    names = "".join(f"<option>{escape(name)}</option>" for name in figures)
    parts = [
        f'<div class="curve" data-name="{escape(name)}"{" hidden" * (at > 0)}>{html(figure)}</div>'
        for at, (name, figure) in enumerate(figures.items())
    ]
    note = f"<p>Means over seeds, bands from the lowest to the highest.{best} At most {curves.POINTS} points a run.</p>"
    return f'{note}<p class="screen"><select id="curve" aria-label="metric">{names}</select></p>{"".join(parts)}'


def coordinates(comparison: Comparison) -> str:
    """Scrolls on a narrow screen."""
    drawn = plotted(charts.coordinates(comparison))
    note = "<p>Drag along an axis to choose; drag an axis to move it.</p>"
    return (
        drawn
        and f'{note}<div class="wide"><div style="min-width: {9 * len(comparison.columns) + 18}rem">{drawn}</div></div>'
    )


def costs(comparison: Comparison) -> str:
    """Against time and against what was trained."""
    parts = [
        charts.cost(comparison, "seconds", "seconds"),
        charts.cost(comparison, "parameters.trainable", "trainable parameters"),
    ]
    drawn = "".join(f"<div>{plotted(part)}</div>" for part in parts if part is not None)
    return drawn and f'<div class="row broad">{drawn}</div>'


def plots(runs: list[Run], captions: dict[Path, str]) -> str:
    """Those of the last state, side by side."""
    parts = []
    for name, shown in pictures.plots(runs).items():
        if name in PICTURES:
            some = [(captions[run], pictures.inline(path, 2 * pictures.WIDTH)) for run, path in shown.items()]
            row = "".join(figure(caption, url) for caption, url in some if url)
            parts.append(f'<h3>{name}</h3><div class="row">{row}</div>' if row else "")
    return "".join(parts)


def samples(shots: dict[Path, list[tuple[int, str]]], captions: dict[Path, str]) -> str:
    """Side by side, with one slider over the steps of all."""
    if not shots:
        return ""
    slider = '<p class="screen"><input type="range" id="moment" min="0" max="100" value="100" aria-label="moment"></p>'
    parts = [figure(captions[run], steps[-1][1], "moments", f"step {steps[-1][0]:,}") for run, steps in shots.items()]
    return f'{slider}<div class="row">{"".join(parts)}</div>'


def figure(caption: str, url: str, kind: str = "", note: str = "") -> str:
    return (
        f'<figure class="{kind}"><img alt="{escape(caption)}" src="{url}"><figcaption>'
        f"{escape(caption)} <output>{escape(note)}</output></figcaption></figure>"
    )


def health(comparison: Comparison) -> str:
    """The verdicts of GANs."""
    rows = [(run.title, *run.health) for row in comparison.rows for run in row.runs if run.health]
    return listed(("run", "verdict", "in words", "try"), rows) if rows else ""


def unfinished(runs: list[Run]) -> str:
    """Failed, interrupted, killed and running ones."""
    rows = [(run.title, str(run.record["name"]), reason(run)) for run in runs]
    return listed(("run", "name", "reason"), rows) if runs else ""


def listed(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    body = [f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows]
    return sortable(heads, body)


def plotted(drawn: go.Figure | None, note: str = "") -> str:
    return "" if drawn is None else (f"<p>{note}</p>" if note else "") + html(drawn)


def html(drawn: go.Figure) -> str:
    return drawn.to_html(full_html=False, include_plotlyjs=False, config=PLOT)
