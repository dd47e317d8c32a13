"""`artesano options backbone=<part of a name>`: the backbones to choose from, with what each costs."""

from __future__ import annotations

from rich.table import Table

from artesano.backbones.catalog import backbone, families, search
from artesano.config.option_tables import listing
from artesano.progress_bars import progress

MOST = 20  # nets that are built for the table; each takes up to a second


def backbones_table(pattern: str) -> tuple[Table, list[str], int]:
    """The first backbones of this name.

    Returns:
        the table, the names in it, and how many more there are.

    Raises:
        BadInput: there is none.
    """
    names = search(pattern)
    shown = names[:MOST]
    table = listing("backbone=", "parameters (M)", "image_size", "GMACs", "weights")
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in progress(map(backbone, shown), len(shown), "counting"):
        macs = "-" if one.macs is None else f"{one.macs / 1e9:.2f}"
        table.add_row(one.name, f"{one.parameters / 1e6:.2f}", str(one.image_size), macs, one.weights)
    return table, shown, len(names) - len(shown)


def families_table() -> Table:
    """The families of timm and how many backbones each has."""
    table = listing("family", "backbones")
    for family, count in families().items():
        table.add_row(family, str(count))
    return table
