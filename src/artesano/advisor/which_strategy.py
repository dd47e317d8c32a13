"""Which strategy, with how much data, how near ImageNet? A 2x2 out of the runs of `experiment=which_strategy`.

  python -m artesano.advisor.which_strategy --near <photographs>   run both grids, 12 minutes of CPU, then report
  python -m artesano.advisor.which_strategy                        report on the runs there are

Near is the data set given by `--near` (any run with data=folder), far is MNIST-5k. The four cases are those of the
notes on transfer learning of Stanford's course CS231n. Writes which_strategy.csv and which_strategy.png."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from rich.console import Console
from rich.table import Table

from artesano.errors import BadInput
from artesano.figures.style import BLUE, MUTED, ORANGE, picture
from artesano.own_folders import outputs_root
from artesano.runs import record

STRATEGIES = ("freeze", "partial", "lpft", "full")  # cheapest first
AMOUNTS = ("few", "many")
DISTANCES = {"near": "near ImageNet", "far": "far from ImageNet"}
WORTH_IT = 0.01  # gain in accuracy from which a slower strategy is advised


def runs(root: Path) -> pd.DataFrame:
    """One row for each finished run of the grid, the newest of equal ones.

    Returns:
        distance (near, far), amount (few, many), strategy, seed, data, images, image_size, max_steps, accuracy,
        macro_f1, seconds, command.
    """
    newest: dict[tuple, dict[str, Any]] = {}
    for path in sorted(root.glob("*/*/run.json")):
        try:
            run = record.read(path.parent)
        except BadInput:
            continue
        if run["status"] != "finished" or run["choices"].get("experiment") != "which_strategy":
            continue
        row = as_row(run)
        newest[row["distance"], row["amount"], row["strategy"], row["seed"]] = row
    return pd.DataFrame(newest.values())


def as_row(run: dict[str, Any]) -> dict[str, Any]:
    """The row of a record; a data folder is identified by its name, not its path."""
    metrics, root = run["metrics"]["best"], run["config"].get("data.root")
    overrides = [
        override if not override.startswith("data.root=") else "data.root=<folder>" for override in run["overrides"]
    ]
    return {
        "distance": "near" if run["choices"]["data"] == "folder" else "far",
        "amount": "many" if run["config"]["data.shots"] is None else "few",
        "strategy": run["choices"]["strategy"],
        "seed": run["seed"],
        "data": Path(root).name if root else run["choices"]["data"],
        "images": run["data"]["images"]["train"],
        "image_size": run["config"]["image_size"],
        "max_steps": run["config"]["max_steps"],
        "accuracy": metrics["test/accuracy"],
        "macro_f1": metrics["test/macro_f1"],
        "seconds": run["seconds"],
        "command": " ".join(["artesano train", *overrides]),
    }


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean, lowest and highest accuracy and mean seconds over the seeds, by distance, amount and strategy."""
    order = {name: place for place, name in enumerate((*STRATEGIES, *AMOUNTS, *DISTANCES))}
    groups = rows.groupby(["distance", "amount", "strategy"])
    summary = groups.agg(
        data=("data", "last"),
        images=("images", "last"),
        seeds=("seed", "size"),
        accuracy=("accuracy", "mean"),
        lowest=("accuracy", "min"),
        highest=("accuracy", "max"),
        seconds=("seconds", "mean"),
    )
    by_place = lambda column: column.map(lambda name: order.get(name, len(order)))  # noqa: E731
    return summary.reset_index().sort_values(["distance", "amount", "strategy"], key=by_place, ignore_index=True)


def advice(cell: pd.DataFrame) -> str:
    """One sentence: the cheapest strategy whose mean accuracy is within a point of the best."""
    first, best = cell.iloc[0], cell.loc[cell["accuracy"].idxmax()]
    near_best = cell[cell["accuracy"] >= best["accuracy"] - WORTH_IT]
    advised = near_best.loc[near_best["seconds"].idxmin()]
    worst = cell.loc[cell["accuracy"].idxmin()]
    where = f"{str(first['amount']).capitalize()} images ({first['images']}), {DISTANCES[first['distance']]}"
    sentence = f"{where}: take {advised['strategy']} ({advised['accuracy']:.3f} in {advised['seconds']:.0f} s)"
    if advised["strategy"] != best["strategy"]:
        gain = best["accuracy"] - advised["accuracy"]
        return f"{sentence}; {best['strategy']} gains {gain:.3f} in {best['seconds']:.0f} s."
    return f"{sentence}; {worst['strategy']} stays at {worst['accuracy']:.3f}." if len(cell) > 1 else f"{sentence}."


def cells(summary: pd.DataFrame) -> list[pd.DataFrame]:
    """The cells of the 2x2 that have runs: few near, many near, few far, many far."""
    chosen = [
        summary[(summary["distance"] == distance) & (summary["amount"] == amount)]
        for distance in DISTANCES
        for amount in AMOUNTS
    ]
    return [cell for cell in chosen if len(cell)]


def as_table(summary: pd.DataFrame) -> Table:
    """Strategies of each cell, the best accuracy in bold."""
    table = Table(title="Which strategy? Test accuracy, mean and range over the seeds", title_justify="left")
    for column in ("data", "images", "strategy", "accuracy", "range", "seconds"):
        table.add_column(column, justify="left" if column in ("data", "strategy") else "right")
    for cell in cells(summary):
        for row in cell.itertuples():
            best = row.accuracy == cell["accuracy"].max()
            values = (f"{row.accuracy:.3f}", f"{row.lowest:.3f}..{row.highest:.3f}", f"{row.seconds:.0f}")
            table.add_row(
                f"{row.distance}: {row.data}", str(row.images), row.strategy, *values, style="bold" if best else ""
            )
        table.add_section()
    return table


def draw(summary: pd.DataFrame, path: Path) -> None:
    """2x2 panels, near above far and few beside many; a bar for each strategy, a line for its range."""
    with picture(path, 8, 6) as figure:
        axes = figure.subplots(2, 2, sharey=True, squeeze=False)
        for line, distance in enumerate(DISTANCES):
            for column, amount in enumerate(AMOUNTS):
                cell = summary[(summary["distance"] == distance) & (summary["amount"] == amount)]
                panel(axes[line, column], cell, f"{amount} images, {DISTANCES[distance]}")
        for line in axes:
            line[0].set_ylabel("test accuracy")


def panel(axes: Axes, cell: pd.DataFrame, title: str) -> None:
    """One cell; the best strategy in orange."""
    if cell.empty:
        axes.set_title(title)
        axes.text(0.5, 0.5, "no runs", transform=axes.transAxes, ha="center", color=MUTED)
        axes.set_xticks([])
        return
    axes.set_title(f"{title}\n{cell['data'].iloc[0]}, {cell['images'].iloc[0]} training images")
    colours = [ORANGE if value == cell["accuracy"].max() else BLUE for value in cell["accuracy"]]
    error = [cell["accuracy"] - cell["lowest"], cell["highest"] - cell["accuracy"]]
    bars = axes.bar(cell["strategy"], cell["accuracy"], color=colours, yerr=error, ecolor=MUTED, capsize=4)
    axes.bar_label(bars, [f"{value:.3f}" for value in cell["accuracy"]], label_type="center", color="white")
    axes.set_ylim(0, 1)
    axes.grid(axis="y")


def run_grids(near: str) -> int:
    """Both grids, each `artesano train experiment=which_strategy`; the exit code of the first that fails."""
    for overrides in ([], ["data=folder", f"data.root={near}"]):
        command = [sys.executable, "-m", "artesano", "train", "experiment=which_strategy", *overrides]
        code = subprocess.run([*command, "logger.wandb.mode=disabled"], check=False).returncode
        if code:
            return code
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--near", metavar="FOLDER", help="photographs, one subfolder per class: run the grids first")
    parser.add_argument("--out", type=Path, default=Path("docs/results"), metavar="FOLDER", help="(docs/results)")
    args = parser.parse_args()
    if args.near and (code := run_grids(args.near)):
        return code
    rows = runs(outputs_root())
    console = Console()
    if rows.empty:
        console.print(f"no finished run of experiment=which_strategy in {outputs_root()}; give --near <folder>")
        return 2
    settings = rows[["image_size", "max_steps"]].drop_duplicates()
    if len(settings) > 1:
        console.print(
            f"[yellow]runs of {len(settings)} different settings are compared here:[/]\n{settings.to_string()}"
        )
    summary = summarise(rows)
    args.out.mkdir(parents=True, exist_ok=True)
    rows.to_csv(args.out / "which_strategy.csv", index=False)
    draw(summary, args.out / "which_strategy.png")
    console.print(as_table(summary))
    for cell in cells(summary):
        console.print(advice(cell), highlight=False)
    if summary["seeds"].min() < 2:
        console.print("Strategies with one run each: a second seed shows how much of a gap is chance.", highlight=False)
    console.print(f"{args.out / 'which_strategy.csv'}  {args.out / 'which_strategy.png'}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
