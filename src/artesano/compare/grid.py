"""How a grid of runs ends: its runs beside each other, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from artesano.compare import output
from artesano.compare.runs import gather
from artesano.compare.table import compare_each_kind
from artesano.kinds.registry import of_record
from artesano.next_steps import next_steps, quoted, shortest

NAMED = 8  # runs whose folders a command lists; of more it names the place


def conclude(folders: Sequence[Path]) -> None:
    """Print the comparison of these runs and the next commands."""
    if not folders:
        return
    runs, _ = gather([str(folder) for folder in folders])
    comparisons = compare_each_kind(runs, [], None, False)
    for comparison in comparisons:
        output.to_terminal(comparison)
    places = folders if len(folders) <= NAMED else sorted({folder.parent for folder in folders})
    commands = [f"artesano compare {shlex.join(map(shortest, places))} --html grid.html"]
    if best := [comparison.rows[0].runs[0] for comparison in comparisons if comparison.rows]:
        commands += of_record(best[0].record).next_steps(quoted(best[0].folder), best[0].record["model"])[:1]
    next_steps(*commands)
