"""`artesano check` of a set of points: counts, and a picture."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
from rich.console import Console
from rich.table import Table

from artesano.config.compose import Composed
from artesano.data.points import PointData
from artesano.figures.points import Scene, draw_points
from artesano.kinds.check_images import picture_of
from artesano.next_steps import next_steps, quoted

SHOWN = 2500  # points of the picture


def command(data: PointData, composed: Composed, arguments: Namespace) -> int:
    """Print the table, draw, and raise what is wrong with the data last."""
    table = Table("class", *data.listing().splits, title=data.place(), title_justify="left")
    counts = [np.bincount(split.labels, minlength=len(data.classes)) for split in data.listing().splits.values()]
    for row, name in enumerate(data.classes):
        table.add_row(name, *(f"{count[row]:,}" for count in counts))
    Console().print(table)
    picture = picture_of(arguments, composed)
    points = data.fresh(SHOWN, "picture")
    draw_points(Scene(extent=1.1 * float(np.abs(points).max()), real=points), picture)
    print(f"picture: {picture}")
    data.check(labels=False)
    words = [word for word in arguments.overrides if not word.startswith(("gan=", "task="))]
    next_steps(f"artesano train gan=toy {' '.join(map(quoted, words))}".rstrip(), "artesano options data")
    return 0
