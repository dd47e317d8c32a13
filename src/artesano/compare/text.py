"""A comparison for a terminal, a spreadsheet, a program or a paper."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from artesano.compare.runs import Run
from artesano.compare.table import SECONDS, Comparison, Row, usual
from artesano.runs.duration import format_minutes

BESIDE = 4  # columns of keys side by side; more are written as words
KEYS = 24  # letters of a line that are left for keys, before further metrics
NAME, LONGEST = 24, 40  # letters of a run's name, of a value
SHOWN = 200  # rows on a terminal: the best


def terminal(comparison: Comparison, width: int = 200) -> Table:
    """One line for each row, the best value of each metric in green, mean ± standard deviation over seeds.

    Neither a number nor a word is broken: the metrics that fit stand right after the run, the keys get the rest of
    the line, side by side where they fit, else as `key=value` of what is not as in most rows.

    Args:
        width: of the terminal, in letters.
    """
    rows, count = comparison.rows[:SHOWN], sum(len(row.runs) for row in comparison.rows)
    runs = [f"{numbers(row)} {shortened(str(row.runs[0].record['name']), NAME)}" for row in rows]
    metrics = {name: [value(row, name) for row in rows] for name in comparison.metrics}
    left = width - breadth("run", runs) - (breadth("n", ["1"]) if several(rows) else 0)
    fitting: list[str] = []
    for name, texts in metrics.items():
        needed = breadth(short(name), texts)
        if fitting and left - needed < (KEYS if comparison.columns else 0):
            break
        fitting.append(name)
        left -= needed
    keys = {key: [cell(row.about[key]) for row in rows] for key in comparison.columns}
    beside = len(keys) <= BESIDE and sum(breadth(short(key), texts) for key, texts in keys.items()) <= left
    common = None if beside else usual(comparison.rows)

    table = Table(title=f"{comparison.kind}: {count} runs", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("run", no_wrap=True, style="dim")
    for name in fitting:
        table.add_column(short(name), justify="right", no_wrap=True)
    if several(rows):
        table.add_column("n", justify="right", no_wrap=True)
    for key in keys if common is None else ("what differs",):
        table.add_column(short(key), no_wrap=common is None)
    for place, row in enumerate(rows):
        values = [marked(metrics[name][place], place in comparison.best.get(name, ())) for name in fitting]
        about = [keys[key][place] for key in keys] if common is None else [unusual(row, common)]
        table.add_row(escape(runs[place]), *values, *[str(len(row.runs))] * several(rows), *map(escape, about))
    table.caption, table.caption_justify = escape("\n".join(captions(comparison, common, len(fitting)))), "left"
    return table


def captions(comparison: Comparison, common: dict[str, Any] | None, fitting: int) -> list[str]:
    """What stands below the table: values that most rows have, and what is not in it."""
    lines = list(comparison.notes)
    if common is not None:
        known = " ".join(f"{key}={cell(one)}" for key, one in common.items() if one is not None)
        lines.append(f"unless shown otherwise: {known}")
    if missing := comparison.metrics[fitting:]:
        lines.append(f"not shown at this width: {', '.join(map(short, missing))}")
    if len(comparison.rows) > SHOWN:
        lines.append(f"the best {SHOWN} of {len(comparison.rows):,} lines; --csv, --json and --html have all")
    return lines


def several(rows: Sequence[Row]) -> bool:
    """True where a row holds more than one run."""
    return any(len(row.runs) > 1 for row in rows)


def breadth(head: str, texts: Sequence[str]) -> int:
    """Letters of a column with the space at its sides and the gap to the next."""
    return max(map(len, (head, *texts))) + 3


def shortened(text: str, most: int) -> str:
    """`text`, or its beginning with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def place_of(text: str) -> str:
    """`/home/me/photos` -> `…/photos`; other texts as they are, up to LONGEST letters."""
    return f"…/{Path(text).name}" if text.startswith("/") and len(Path(text).parts) > 2 else shortened(text, LONGEST)


def unusual(row: Row, common: Mapping[str, Any], names: Mapping[str, str] = MappingProxyType({})) -> str:
    """`key=value ...` of the keys whose value differs from most rows; some keys by other names."""
    rare = {key: one for key, one in row.about.items() if key not in common or repr(one) != repr(common[key])}
    settings = [f"{names.get(key, key)}={cell(one)}" for key, one in rare.items()]
    return " ".join(settings) or "(as most)"


def troubled(runs: list[Run]) -> Table | None:
    """Runs that have not finished, and why."""
    if not runs:
        return None
    table = Table(title=f"not finished: {len(runs)}", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("run", "name", "reason"):
        table.add_column(column, overflow="fold")
    for run in runs:
        table.add_row(*map(escape, (number(run), run.record["name"], reason(run))))
    return table


def reason(run: Run) -> str:
    """Why a run has not finished."""
    return run.trouble or run.state


def numbers(row: Row) -> str:
    """The runs' numbers: `0012`, `0012 +2`."""
    more = len(row.runs) - 1
    return number(row.runs[0]) + (f" +{more}" if more else "")


def number(run: Run) -> str:
    """`0012`; the title of a run that has none."""
    return run.title[:4] if run.title[:4].isdigit() else run.title


def titles(runs: Sequence[Run]) -> list[str]:
    """Those of the runs; the whole folder where several would have the same."""
    counts = Counter(run.title for run in runs)
    return [run.title if counts[run.title] == 1 else str(run.folder) for run in runs]


def value(row: Row, name: str) -> str:
    """`0.9340 ± 0.0021`; durations as `2 h 10 min`."""
    mean, spread = row.mean(name), row.spread(name)
    if mean is None:
        return "-"
    if name == SECONDS:
        return format_minutes(mean / 60)
    return figure(mean) if spread is None else f"{figure(mean)} ± {figure(spread)}"


def figure(number: float) -> str:
    """Four significant digits, without an exponent for usual magnitudes."""
    return f"{number:.4f}" if abs(number) < 10 else f"{number:,.4g}" if abs(number) < 1000 else f"{number:,.0f}"


def marked(text: str, best: bool) -> str:
    return f"[bold green]{text}[/]" if best else text


def cell(value: Any) -> str:
    """The value of a key, with six digits, of a path its last folder; `--csv` and `--json` have all."""
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else place_of(str(value))


def short(key: str) -> str:
    """`test/accuracy` -> `accuracy`."""
    return key.removeprefix("test/")


# Files ------------------------------------------------------------------------------------------------------------


def records(comparison: Comparison) -> list[dict[str, Any]]:
    """One plain mapping for each row: the columns, n, `<metric>`, `<metric>_std`, the folders."""
    rows = []
    for row in comparison.rows:
        values: dict[str, Any] = {**row.about, "n": len(row.runs)}
        for name in comparison.metrics:
            values |= {name: row.mean(name), f"{name}_std": row.spread(name)}
        rows.append(values | {"runs": [str(run.folder) for run in row.runs]})
    return rows


def as_csv(comparison: Comparison) -> str:
    rows = [values | {"runs": " ".join(values["runs"])} for values in records(comparison)]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else ["runs"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def as_json(comparison: Comparison) -> str:
    without = [{"run": str(run.folder), "reason": reason(run)} for run in comparison.without]
    content = {"kind": comparison.kind, "rows": records(comparison), "without": without, "notes": comparison.notes}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def lines(comparison: Comparison) -> list[list[str]]:
    """Header and cells, the best marked with a star."""
    made = [[short(key) for key in [*comparison.columns, "n", *comparison.metrics]]]
    for place, row in enumerate(comparison.rows):
        values = [value(row, name) + " *" * (place in comparison.best.get(name, ())) for name in comparison.metrics]
        made.append([*map(cell, row.about.values()), str(len(row.runs)), *values])
    return made


def as_markdown(comparison: Comparison) -> str:
    head, *body = [[text.replace("|", "\\|") for text in line] for line in lines(comparison)]
    rule = ["---"] * len(comparison.columns) + ["--:"] * (len(head) - len(comparison.columns))
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *body))


SPECIAL = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{"}
SPECIAL |= {"}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$"}


def as_latex(comparison: Comparison) -> str:
    """A tabular with booktabs' rules; the best in bold."""

    def escaped(text: str) -> str:
        bold, text = text.endswith(" *"), text.removesuffix(" *")
        text = "".join(SPECIAL.get(letter, letter) for letter in text)
        return rf"\textbf{{{text}}}" if bold else text

    head, *body = [" & ".join(map(escaped, line)) + r" \\" for line in lines(comparison)]
    columns = "l" * len(comparison.columns) + "r" * (len(comparison.metrics) + 1)
    parts = [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(parts) + "\n"


FORMATS: dict[str, Callable[[Comparison], str]] = {
    "csv": as_csv,
    "json": as_json,
    "markdown": as_markdown,
    "latex": as_latex,
}
