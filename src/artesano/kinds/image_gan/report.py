"""The end of a run of a GAN from images in the terminal: the states of the model beside the baselines."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table


def pair_table(path: Path, name: str, part: str = "test") -> Table:
    """One row for each metric of <folder>/table.csv over all images, one column for each method.

    What is missing, and why, are notes of the run: a caption would be folded to the table's width, with its addresses.
    """
    import pandas as pd  # 0.5 s that only runs with such a table need

    frame = pd.read_csv(path)
    rows = frame[(frame["label"] == "all") & frame["method"].notna()]
    wide = rows.pivot_table(index="metric", columns="method", values="mean", sort=False)
    table = Table(title=f"{escape(name)}: {part} images", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("metric", no_wrap=True)
    for method in wide.columns:
        table.add_column(str(method), justify="right", no_wrap=True, style="bold" if method in ("best", "last") else "")
    for metric, values in wide.iterrows():
        table.add_row(str(metric), *("-" if pd.isna(value) else figure(value) for value in values))
    return table


def figure(value: float) -> str:
    """Four digits after the point; of large numbers four digits."""
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.4g}"
