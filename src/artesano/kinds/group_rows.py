"""The groups of a network's parameters as rows of a table: what learns, how fast, from when on."""

from __future__ import annotations

from rich import box
from rich.table import Table

from artesano.transfer.table import GroupRow, folded


def groups_table(title: str) -> Table:
    """A table without rows."""
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("group", justify="right", no_wrap=True)
    table.add_column("modules", max_width=48)
    for column in ("parameters", "trainable", "lr"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("mode", no_wrap=True)
    return table


def add_groups(table: Table, rows: list[GroupRow], *, every: bool, before: str = "", times: str = "") -> bool:
    """Add a row for each group; frozen ones that follow each other share one, unless `every` is to be listed.

    Args:
        before: what the number of a group begins with: `generator `.
        times: what follows a rate.

    Returns:
        whether some share a row.
    """
    parts = rows if every else folded(rows)
    for part in parts:
        if isinstance(part, list):
            place, count = f"{before}{part[0].group} - {part[-1].group}", sum(row.parameters for row in part)
            table.add_row(place, f"{len(part)} frozen groups", f"{count:,}", "0 %", "-", "eval", style="dim")
            continue
        joins = f" from {part.start:.0%}" if part.start else ""
        table.add_row(
            f"{before}{part.group}",
            part.modules,
            f"{part.parameters:,}",
            f"{part.trainable:.0f} %",
            f"{part.lr:.3g}{times}" if part.trainable else "-",
            part.mode + joins,
            style="bold" if part.trainable else "dim",
        )
    return len(parts) < len(rows)
