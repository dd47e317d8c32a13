"""`artesano options backbone=<part of a name>`: the backbones to choose from, with what each costs."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from artesano.backbones.catalog import backbone, families, search
from artesano.config.option_tables import listing
from artesano.lines import say
from artesano.next_steps import next_steps
from artesano.progress_bars import progress

MOST = 20  # nets that are built for the table; each takes up to a second


def command(pattern: str, console: Console) -> int:
    """Print the backbones of such a name; without one, the families of timm.

    Raises:
        BadInput: there is none.
    """
    if not pattern:
        console.print(families_table())
        next_steps("artesano options backbone='*convnext*'", "artesano options backbone='resnet50.*'")
        return 0
    names = search(pattern)
    console.print(backbones_table(names[:MOST]))
    if len(names) > MOST:
        say(console, f"... and {len(names) - MOST} more; a longer part of the name shows fewer")
    say(
        console,
        "parameters: without classifier. GMACs: billions of multiply-adds for one image of image_size, counted and not "
        "timed: a guide to speed, by which nets of many small or depthwise convolutions look faster than they are. "
        f"`artesano options backbone='{names[0].partition('.')[0]}.*'` lists all weights of one.",
    )
    next_steps(f"artesano train backbone={names[0]} weights.source=hub dry_run=true", "artesano options train")
    return 0


def backbones_table(names: list[str]) -> Table:
    """A row for each backbone."""
    table = listing("backbone=", "parameters (M)", "image_size", "GMACs", "weights")
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in progress(map(backbone, names), len(names), "counting"):
        macs = "-" if one.macs is None else f"{one.macs / 1e9:.2f}"
        table.add_row(one.name, f"{one.parameters / 1e6:.2f}", str(one.image_size), macs, one.weights)
    return table


def families_table() -> Table:
    """The families of timm and how many backbones each has."""
    table = listing("family", "backbones")
    for family, count in families().items():
        table.add_row(family, str(count))
    return table
