"""The table of a run's validations: a line each, in columns of one width, for a terminal and for a log file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

NARROWEST = 7  # letters of a column of values: 12.3456
TIME = 7  # of the last column: 1:02:03


class ValidationTable:
    """Lines of counts (epoch, step), values and the time since the line before.

    Values that do not fit into `width` are left out, the last ones first; metrics.csv has all.

    Args:
        counts: the names of the first columns.
        values: those of losses and metrics, in their order.
        needed: of them, those that are shown at any width.
        width: of the terminal, in letters; None = a file, where all fit.
        most: the letters of the largest count.
    """

    def __init__(self, counts: list[str], values: list[str], needed: Iterable[str], width: int | None, most: int):
        self.counts = {name: max(len(name), most) for name in counts}
        widths = {name: max(len(name), NARROWEST) for name in values}
        required = set(needed)
        left = None if width is None else width - TIME - sum(2 + one for one in self.counts.values())
        if left is not None:
            left -= sum(2 + widths[name] for name in values if name in required)
        self.values: dict[str, int] = {}
        full = False
        for name, letters in widths.items():
            if name not in required and left is not None:
                full = full or 2 + letters > left
                if full:
                    continue
                left -= 2 + letters
            self.values[name] = letters

    def head(self) -> str:
        """The names of the columns."""
        return "  ".join([*(f"{name:>{letters}}" for name, letters in self.columns()), f"{'time':>{TIME}}"])

    def line(self, counts: list[str], values: Mapping[str, float], time: str) -> str:
        """One validation; a dash for what was not measured."""
        cells = [*counts, *(figure(values.get(name)) for name in self.values)]
        padded = [f"{cell:>{letters}}" for cell, (_, letters) in zip(cells, self.columns(), strict=True)]
        return "  ".join([*padded, f"{time:>{TIME}}"])

    def columns(self) -> list[tuple[str, int]]:
        """Name and letters of each but the time."""
        return [*self.counts.items(), *self.values.items()]


def figure(value: float | None) -> str:
    """Four digits after the point where they fit; a dash for what is not a number."""
    if value is None or value != value:  # noqa: PLR0124
        return "-"
    return f"{value:.4f}" if abs(value) < 100 else f"{value:.5g}"
