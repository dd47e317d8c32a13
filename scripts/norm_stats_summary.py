"""What the rows of study_norm_stats.py say: a table, a picture, and whether `auto` chooses well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from jobs import as_table, console, short, summarise
from matplotlib.axes import Axes

from artesano.backbones.create import create_backbone, feature_dim
from artesano.backbones.weights import PACKAGED, Weights
from artesano.figures.style import BLUE, INK, MUTED, ORANGE, picture
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.heads import Linear
from artesano.transfer.network import Classifier
from artesano.transfer.strategies import Full, Gradual, LpFt, Norm, Partial, Strategy

TUNED: dict[str, Strategy] = {
    "partial": Partial(),
    "lpft": LpFt(),
    "full": Full(),
    "gradual": Gradual(),
    "norm": Norm(),
}
COLOURS = {"pretrained": BLUE, "updated": ORANGE}
PLACE = {name: place for place, name in enumerate(("none", "5", "10", "50", "all", "freeze", *TUNED, *COLOURS))}
CELL, MEAN = ["data", "shots", "strategy"], "test_accuracy_mean"
POINT = 0.01


def write(table: Path) -> int:
    """<table>_summary.csv and <table>.png; prints the table and the bars."""
    if not table.is_file():
        console.print(f"{table}: no rows yet", markup=False)
        return 2
    rows = pd.read_csv(table, dtype={"shots": str})
    by_place = lambda column: column.map(lambda name: PLACE.get(name, name))  # noqa: E731
    for column in ("norm_stats", "strategy", "shots", "data"):
        rows = rows.sort_values(column, key=by_place, kind="stable")
    summary = summarise(rows)
    chosen = meanings(summary)
    summary.insert(len(CELL) + 1, "auto", summary["norm_stats"] == chosen)
    summary.to_csv(table.with_name(f"{table.stem}_summary.csv"), index=False)
    draw(summary, table.with_suffix(".png"))
    console.print(as_table(short(summary), f"{table.stem}: {len(rows)} runs"))
    for line in bars(summary):
        console.print(line, highlight=False)
    return 0


def meanings(summary: pd.DataFrame) -> list[str | None]:
    """What `auto` means in each row; None for `freeze`."""
    backbone = create_backbone(PACKAGED, Weights("none"))
    groups = ParameterGroups(Classifier(backbone, Linear(feature_dim(backbone), num_classes=2)))
    cells = zip(summary["strategy"], summary["images"], strict=True)
    return [TUNED[name].auto_norm_stats(groups, images) if name in TUNED else None for name, images in cells]


def bars(summary: pd.DataFrame) -> Iterator[str]:
    """With few images no strategy loses to the frozen network, and `auto` is about as good as the better choice."""
    auto = summary[summary["auto"]].set_index(CELL)[MEAN]
    frozen = summary[summary["strategy"] == "freeze"].set_index(CELL[:2])[MEAN]
    for (data, shots, strategy), mean in auto.items():
        if shots in ("5", "10") and strategy in ("lpft", "full") and (data, shots) in frozen:
            base = frozen[data, shots]
            verdict = "holds" if mean >= base - POINT else "FAILS"
            yield f"{data}, {shots} per class: {strategy} {mean:.3f}, freeze {base:.3f}: {verdict}"
    both = summary[summary["strategy"] != "freeze"].pivot(index=CELL, columns="norm_stats", values=MEAN)
    both = both.reindex(columns=list(COLOURS)).dropna()
    lost = both.max(axis=1) - auto.reindex(both.index)
    within = int((lost <= POINT).sum())
    yield f"auto is within a point of the better one in {within} of {len(both)} cells"
    for cell, points in lost[lost > POINT].items():
        yield f"  {', '.join(cell)}: {100 * points:.1f} points below"


def draw(summary: pd.DataFrame, path: Path) -> None:
    """A panel for each data set and number of images; bars of both statistics, a line for `freeze`."""
    sets = summary["data"].unique()
    amounts = [shots for shots in PLACE if shots in set(summary["shots"])]
    with picture(path, 3.2 * len(amounts), 3 * len(sets)) as figure:
        axes = figure.subplots(len(sets), len(amounts), sharey=True, squeeze=False)
        for line, data in zip(axes, sets, strict=True):
            line[0].set_ylabel("test accuracy")
            for panel, shots in zip(line, amounts, strict=True):
                cell = summary[(summary["data"] == data) & (summary["shots"] == shots)]
                draw_cell(panel, cell, f"{data}, {shots if shots == 'all' else f'{shots} per class'}")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))


def draw_cell(axes: Axes, cell: pd.DataFrame, title: str) -> None:
    """One panel; a dot marks what `auto` chooses."""
    if cell.empty:
        axes.set_visible(False)
        return
    axes.set_title(title)
    axes.set_ylim(0, 1)
    axes.set_xlim(-0.6, len(TUNED) - 0.4)  # also where some have no runs yet
    axes.grid(axis="y")
    for shift, (norm_stats, colour) in zip((-0.2, 0.2), COLOURS.items(), strict=True):
        part = cell[cell["norm_stats"] == norm_stats]
        places = [list(TUNED).index(strategy) + shift for strategy in part["strategy"]]
        axes.bar(places, part[MEAN], 0.38, color=colour, label=norm_stats)
        if "test_accuracy_min" in part:
            axes.vlines(places, part["test_accuracy_min"], part["test_accuracy_max"], color=INK, linewidth=1)
        dots = [place for place, auto in zip(places, part["auto"], strict=True) if auto]
        label = "chosen by auto" if colour == ORANGE else None
        axes.plot(dots, [0.04] * len(dots), "o", color="white", markeredgecolor=INK, markersize=5, label=label)
    axes.set_xticks(range(len(TUNED)), list(TUNED), fontsize=8)
    for base in cell[cell["strategy"] == "freeze"][MEAN]:
        axes.axhline(base, color=MUTED, linestyle="--", label="freeze")
