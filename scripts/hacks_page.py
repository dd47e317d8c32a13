"""docs/hacks.md and docs/images/hacks.png from the table that study_hacks.py leaves, and that of study_points.py."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import points_page
import yaml
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from artesano.config.option_tables import keys
from artesano.config.search_path import shipped
from artesano.figures.style import BLUE, FAINT, INK, MUTED, picture

FD, COVERAGE = "test_fd_lite0_1k", "test_coverage_lite0_1k"
HEAD = """# What each trick of the lecture does

`hacks=lecture`, with each trick switched off alone. DCGAN of width 32, MNIST-5k, 32 px, batch 64, 2,500 updates of the
generator, bf16; FD and coverage once, at the end, of 1,000 samples of the final generator (the averaged one,
except where the average was switched off), against the 3,500 training images, on features of EfficientNet-Lite0
at 64 px. FD: lower is better, coverage: higher is better. Run by

```sh
artesano train -m experiment=hacks_ablation
```

or, one run after the other and resumable, by `python scripts/study_hacks.py`; all runs with their commands are in
[results/hacks.csv](results/hacks.csv).
"""
READING = """
**How to read it.** The last column says what the change does. The range of the lecture itself over its seeds is the
reference: a mean inside it is reported as "no difference seen", which is not the same as "no difference"; a single
run must lie beyond it by the width of the range. Each trick is measured at one budget, on one small data set, with all
other tricks on; results may differ elsewhere. FD on these features is most sensitive to speckle in the black
background: without tanh (`output`) the digits are legible, but the background is not clean. The column *health* is the
verdict: `healthy` where the game stayed in balance and the coverage is at least half of what real data reach.
"""


OFF = """
## The tricks that the lecture leaves off

| flag | off | what it does |
|---|---|---|
"""


def write(table: Path, docs: Path) -> None:
    """Both files; nothing without a table."""
    if not table.is_file():
        return
    rows = pd.read_csv(table)
    by_change = summary(rows)
    effects = table.with_name("points_summary.csv")
    points = pd.read_csv(effects) if effects.is_file() else None
    long = table.with_name("points_long.csv")
    long_runs = pd.read_csv(long) if long.is_file() else None
    text = page(by_change) + ("" if points is None else points_page.section(points, long_runs)) + left_off()
    docs.joinpath("hacks.md").write_text(text, encoding="utf-8")
    if points is not None:
        points_page.draw(points, docs / "images" / "points.png")
    draw(rows, by_change, docs / "images" / "hacks.png")


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each change, the lecture first, then from the worst to the best."""
    groups = rows.groupby("without", sort=False)
    table = pd.DataFrame(
        {
            "seeds": groups.size(),
            "fd": groups[FD].mean(),
            "low": groups[FD].min(),
            "high": groups[FD].max(),
            "coverage": groups[COVERAGE].mean(),
            "verdicts": groups["verdict"].agg(lambda verdicts: ", ".join(dict.fromkeys(verdicts))),
        }
    )
    lecture = table.loc["nothing"]
    table["effect"] = [effect(row, lecture) for _, row in table.iterrows()]
    rest = table.drop("nothing").sort_values("fd", ascending=False, na_position="first")
    return pd.concat([table.loc[["nothing"]], rest])


def effect(row: pd.Series, lecture: pd.Series) -> str:
    """In words, against the range of the lecture."""
    if math.isnan(row["fd"]):
        return "diverged"
    if row.name == "nothing":
        return "reference"
    # One run alone must lie beyond the lecture's range by as much again.
    alone = row["seeds"] == 1
    margin, said = (lecture["high"] - lecture["low"], " (one seed)") if alone else (0.0, "")
    if row["low"] > lecture["high"] + margin:
        return f"worse{said}"
    if row["high"] < lecture["low"] - margin:
        return f"better{said}"
    if alone:
        return "no difference seen (one seed)"
    inside = lecture["low"] <= row["fd"] <= lecture["high"]
    return "no difference seen" if inside else "ranges overlap: no difference seen"


def page(table: pd.DataFrame) -> str:
    """The markdown."""
    lines = ["", "| change | seeds | FD mean (range) | coverage | health | effect |", "|---|--:|--:|--:|---|---|"]
    for name, row in table.iterrows():
        spread = f"{row['fd']:.0f} ({row['low']:.0f}..{row['high']:.0f})" if row["seeds"] > 1 else f"{row['fd']:.0f}"
        description = "**hacks=lecture**" if name == "nothing" else f"`{name}`: {comment(str(name))}"
        cells = (description, row["seeds"], spread, f"{row['coverage']:.2f}", row["verdicts"], row["effect"])
        lines.append(f"| {' | '.join(map(str, cells))} |")
    missing = "" if table["seeds"].min() > 1 else "\nNot all seeds have been run: look at the column *seeds*.\n"
    pictured = HEAD + missing + "\n![FD without each trick](images/hacks.png)\n"
    return pictured + "\n".join(lines) + "\n" + READING


def left_off() -> str:
    """A table of the flags that the lecture leaves at their off values, as the YAML describes them."""
    folder = shipped() / "hacks"
    off, lecture = keys(folder / "none.yaml"), keys(folder / "lecture.yaml")
    rows = [
        f"| `hacks.{flag}` | `{value}` | {said.replace('|', 'or')} |"
        for flag, (value, said) in off.items()
        if lecture[flag][0] == value
    ]
    return OFF + "\n".join(rows) + "\n"


def comment(change: str) -> str:
    """What the YAML says of itself."""
    text = (shipped() / "ablate" / f"{change}.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    return text.splitlines()[1].lstrip("# ")


def draw(rows: pd.DataFrame, table: pd.DataFrame, path: Path) -> None:
    """A point for each run, a bar at the mean, the lecture's range as a band."""
    order = list(table.index[::-1])
    lecture = table.loc["nothing"]
    with picture(path, 8.0, 0.32 * len(order) + 1.0) as figure:
        axes = figure.add_subplot()
        axes.axvspan(lecture["low"], lecture["high"], color=FAINT, label="range of hacks=lecture")
        for height, change in enumerate(order):
            values = rows.loc[rows["without"] == change, FD].dropna()
            axes.plot(values, [height] * len(values), "o", color=BLUE, markersize=4)
            axes.plot([values.mean()], [height], "|", color=INK, markersize=14)
        names = ["hacks=lecture" if change == "nothing" else change for change in order]
        axes.set_yticks(range(len(order)), names)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("FD (Lite0, 1,000 samples), lower is better; | = mean")
        axes.grid(axis="x")
        axes.tick_params(axis="x", colors=MUTED)
        axes.legend(loc="lower right", fontsize=8.5)
