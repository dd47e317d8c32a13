"""The part of docs/hacks.md about points, and docs/images/points.png, from what points_summary.py leaves.

A cell is the mean over seeds of (with the trick - without it), its 95 % interval, and bold where the effect is seen."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from artesano.figures.style import BLUE, FAINT, INK, MUTED, picture

#: {data: {metric: what it is called}}: what a base that is half way can show
SHOWN = {
    "rings": {"modes": "modes of 8", "high_quality": "high quality", "kl": "KL"},
    "grid": {"modes": "modes of 25", "energy": "energy distance", "kl": "KL"},
}
PUBLISHED = ("modes", "high_quality", "kl")
BETTER = {"modes": 1, "high_quality": 1, "kl": -1, "energy": -1}
DECIMALS = {"modes": 1, "high_quality": 2, "kl": 2, "energy": 2}
HEAD = """
## The same tricks where the truth is known: rings and grid

Points in the plane, `gan=toy`: small networks, the same losses, step and flags, and a data distribution that is known
exactly. {seeds} seeds a cell; every run has 1,000 updates, after which nearly all are still `not learned yet`, and is
measured once by 2,500 points; a trick's run and its
base's run of the same seed make a pair. Each cell is the mean of *with the trick minus without it* and its 95 %
interval; it is **bold where the effect is seen**: p of the paired t test below 0.05, corrected by Holm for the
{tricks} tricks of that column (the losses among themselves). The base is `hacks=points`: for the tricks that are
on in it (marked "on"), the run without it is the changed one. Modes, high quality (within three standard deviations
of a mode) and KL are VEEGAN's and PacGAN's. Higher is better for modes and high quality, lower for KL and energy
distance.

```sh
python scripts/study_points.py
python scripts/study_points.py --summary
python scripts/study_hacks.py --page    # this page
```

![Effect of each trick](images/points.png)
"""
FOOT = """
**How to read it.** Three groups can be told apart on the rings. Norm in G, b1 = 0.5, tanh, flipped labels, the
average of G, and a rate of 1e-3 in place of the lecture's 2e-4 make the points sharp sooner; b1, tanh and flipped
labels pay with less even modes (a higher KL). What holds D back (R1, pairs with R1 and R2, packs, spectral norm,
instance noise) makes the modes even, and is less sharp at this budget. A gradient penalty of weight 1 beside the
lecture's losses, and points that are not scaled into the range of tanh, lose nearly all modes. Of separate batches,
of label smoothing and of minibatch stddev no effect is seen.

All runs are in [results/points.csv](results/points.csv), all effects in
[results/points_summary.csv](results/points_summary.csv). A trick that has no bold cell may still have an effect: the
interval says how large it can be. On the grid hardly a sample is of high quality after 1,000 updates ({percent:.0f} %
with the base; a cloud over the whole square has 2 %), so that column is left out there: the modes of the grid say where
the cloud lies, not that its points are sharp.

**Published beside it.** PacGAN (arXiv 1712.04086, table 1; 400,000 updates, networks of 400 and 200 units, ten seeds):
GAN 6.3 modes, high quality 0.98, KL 0.45 on the ring, 17.3, 0.95 and 0.70 on the grid; packs of two 7.9, 0.96 and 0.07,
and 23.8, 0.91 and 0.13. {beside}
"""
LONG = """
**The grid for longer.** `{command}` has twenty times the updates, R1, and a rate that falls from 1e-3 to nothing:
{modes} of 25 modes, high quality {quality}, KL {kl} ({seeds}). `python scripts/study_points.py --long` makes the rows
of [results/points_long.csv](results/points_long.csv). PacGAN's networks had twenty times as many updates again.
"""


def section(summary: pd.DataFrame, long: pd.DataFrame | None = None) -> str:
    """Markdown: a table for each data set, the largest effects first.

    Args:
        long: rows of long runs on the grid.
    """
    known = summary[summary["base"].isin(["points", "loss"])]
    tricks = known[(known["base"] == "points") & (known["metric"] == "modes")]["trick"].nunique()
    fewest, most = known["seeds"].min(), known["seeds"].max()
    text = HEAD.format(seeds=most if fewest == most else f"{fewest} to {most}", tricks=tricks)
    for data, metrics in SHOWN.items():
        part = known[known["data"] == data]
        if part.empty:
            continue
        titles = [f"{title} (base {base_value(part, metric):.2f})" for metric, title in metrics.items()]
        lines = [f"\n| {data} | {' | '.join(titles)} |", f"|---|{'--:|' * len(metrics)}"]
        for trick in order(part, next(iter(metrics))):
            cells = [cell(part, trick, metric) for metric in metrics]
            lines.append(f"| {called(part, trick)} | {' | '.join(cells)} |")
        text += "\n".join(lines) + "\n"
    quality = base_value(known[known["data"] == "grid"], "high_quality")
    text += FOOT.format(beside=beside(known), percent=100 * quality)
    return text if long is None else text + until_learned(long)


def until_learned(rows: pd.DataFrame) -> str:
    """What the long runs of the grid reach."""

    def span(metric: str, digits: int) -> str:
        low, high = (f"{value:.{digits}f}" for value in (rows[metric].min(), rows[metric].max()))
        return low if low == high else f"{low} to {high}"

    words = [word for word in rows["command"].iloc[0].split() if not word.startswith(("name=", "logger.", "seed="))]
    kept = [word for word in words if not word.startswith(("samples_every=", "trainer.", "evaluation."))]
    seeds = "one seed" if len(rows) == 1 else f"{len(rows)} seeds"
    ends = [f"{count} `{verdict}`" for verdict, count in rows["verdict"].value_counts().items() if verdict != "healthy"]
    seeds = "; ".join([seeds, *ends])
    values = {"modes": span("modes", 0), "quality": span("high_quality", 2), "kl": span("kl", 2)}
    return LONG.format(command=" ".join(kept), seeds=seeds, **values)


def order(part: pd.DataFrame, metric: str) -> list[str]:
    """From the best to the worst."""
    column = part[part["metric"] == metric].sort_values("effect", ascending=BETTER[metric] < 0)
    return list(column["trick"])


def row_of(part: pd.DataFrame, trick: str, metric: str) -> pd.Series | None:
    """None where it was not measured (yet)."""
    rows = part[(part["trick"] == trick) & (part["metric"] == metric)]
    return rows.iloc[0] if len(rows) else None


def called(part: pd.DataFrame, trick: str) -> str:
    """`name`, with a word on how it differs from the base."""
    row = part[part["trick"] == trick].iloc[0]
    if row["base"] == "loss":
        return f"`{trick}` as loss"
    return f"`{trick}` (on)" if row["switched"] == "off" else f"`{trick}`"


def cell(part: pd.DataFrame, trick: str, metric: str) -> str:
    row, digits = row_of(part, trick, metric), DECIMALS[metric]
    if row is None:
        return "-"
    said = f"{row['effect']:+.{digits}f} ({row['low']:+.{digits}f}..{row['high']:+.{digits}f})"
    return f"**{said}**" if row["seen"] != "not seen" else said


def base_value(part: pd.DataFrame, metric: str) -> float:
    """The mean of the base itself: what a trick that is off in it has without."""
    rows = part[(part["metric"] == metric) & (part["switched"] == "on")]
    return float(rows["without"].iloc[0]) if len(rows) else float("nan")


def beside(known: pd.DataFrame) -> str:
    """Our lines of what PacGAN compares."""
    said = []
    for data in SHOWN:
        part = known[known["data"] == data]
        if part.empty:
            continue
        names = {"base": None, "packs of two": "pac_2", "minibatch discrimination": "minibatch_discrimination"}
        for name, trick in names.items():
            rows = [row_of(part, trick, metric) if trick else None for metric in PUBLISHED]
            if trick is None:
                values = [base_value(part, metric) for metric in PUBLISHED]
            elif any(row is None for row in rows):
                continue
            else:
                values = [row["with"] for row in rows if row is not None]
            modes, quality, divergence = values
            said.append(f"{data}, {name} {modes:.1f}, {quality:.2f} and {divergence:.2f}")
    return f"Ours after 1,000 updates: {'; '.join(said)}."


def draw(summary: pd.DataFrame, path: Path) -> None:
    """A panel for each column of the tables: effects with their intervals, those that are seen in blue."""
    known = summary[summary["base"].isin(["points", "loss"])]
    tricks = order(known[known["data"] == "rings"], "high_quality")[::-1]
    columns = [(data, metric, title) for data, metrics in SHOWN.items() for metric, title in metrics.items()]
    with picture(path, 13.0, 0.27 * len(tricks) + 1.4) as figure:
        axes = figure.subplots(1, len(columns), sharey=True)
        for axis, (data, metric, title) in zip(axes, columns, strict=True):
            part = known[known["data"] == data]
            for height, trick in enumerate(tricks):
                row = row_of(part, trick, metric)
                if row is None:
                    continue
                colour = MUTED if row["seen"] == "not seen" else BLUE
                axis.plot([row["low"], row["high"]], [height] * 2, color=colour, linewidth=1.5)
                axis.plot([row["effect"]], [height], "o", color=colour, markersize=4)
            axis.axvline(0, color=INK, linewidth=0.8)
            axis.set_title(f"{data}: {title}", fontsize=9)
            axis.set_xlabel("more is better" if BETTER[metric] > 0 else "less is better", fontsize=8.5)
            axis.grid(axis="x", color=FAINT)
        axes[0].set_yticks(range(len(tricks)), tricks)
