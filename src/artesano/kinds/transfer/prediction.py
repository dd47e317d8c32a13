"""What a classifier says about one image: a label with its probability, or all labels above their thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

TOP = 5  # classes that are told with their probabilities
UNKNOWN = "unknown"  # the label of an image that is refused
COLUMNS = ("path", "label", "probability", "top5", "error")


@dataclass(frozen=True)
class Prediction:
    """One label.

    Attributes:
        path: of its file; None for an image that is in memory.
        top5: at most five (label, probability), the best first; empty when the file could not be read.
        error: why it could not.
        remark: what is odd about an image that is used all the same.
        known: False for an image that is refused.
    """

    path: str | None
    top5: list[tuple[str, float]] = field(default_factory=list)
    error: str | None = None
    remark: str = ""
    known: bool = True

    columns: ClassVar[Sequence[str]] = COLUMNS
    in_table: ClassVar[Sequence[str]] = COLUMNS  # of a CSV
    head: ClassVar[Sequence[str]] = ("image", "label", "probability", "second")  # of a table on a terminal

    @property
    def label(self) -> str | None:
        """The best class, `unknown` for an image that is refused, None where there is an error."""
        return None if not self.top5 else self.top5[0][0] if self.known else UNKNOWN

    def row(self) -> dict[str, Any]:
        """path, label, probability, top5 and error; label and probability are None where there is an error."""
        label, probability = self.label, self.top5[0][1] if self.top5 else None
        return dict(zip(self.columns, (self.path, label, probability, self.top5, self.error), strict=True))

    def cell(self, separator: str) -> str | None:
        """What a table of images has in its column `label`; the separator stands between several labels."""
        return self.label

    @property
    def name(self) -> str:
        """Of the file."""
        return Path(self.path or "").name

    def cells(self) -> tuple[str, ...]:
        """File name, label, probability, second label with its probability; of an unknown image its best label."""
        if self.error is not None:
            return self.name, "unreadable", "-", ""
        (best, probability), *others = self.top5
        second = f"{others[0][0]} {others[0][1]:.2f}" if others else ""
        return self.name, self.label or "", f"{probability:.2f}", second if self.known else best

    def caption(self) -> str:
        """Under the picture; of an unknown image with its best class."""
        _, label, probability, second = self.cells()
        said = f"{label} {probability}" if self.known else f"{label} ({second} {probability})"
        return f"{said}\n{self.name}"


@dataclass(frozen=True)
class LabelsPrediction(Prediction):
    """Any number of labels.

    Attributes:
        labels: (label, probability) of each whose probability is at least its threshold, the most probable first.
    """

    labels: list[tuple[str, float]] = field(default_factory=list)

    columns: ClassVar[Sequence[str]] = ("path", "labels", "top5", "error")
    in_table: ClassVar[Sequence[str]] = ("path", "label", "labels", "top5", "error")
    head: ClassVar[Sequence[str]] = ("image", "labels", "next")

    def row(self) -> dict[str, Any]:
        """path, labels, top5 and error; both lists are empty where there is an error."""
        return dict(zip(self.columns, (self.path, self.labels, self.top5, self.error), strict=True))

    def cell(self, separator: str) -> str | None:
        return separator.join(label for label, _ in self.labels)

    def cells(self) -> tuple[str, ...]:
        """File name, all labels with their probabilities, and the most probable one that the image does not get."""
        if self.error is not None:
            return self.name, "unreadable", ""
        others = [one for one in self.top5 if one not in self.labels]
        return self.name, _listed(self.labels) or "none", _listed(others[:1])

    def caption(self) -> str:
        return f"{_listed(self.labels) or 'none'}\n{self.name}"


def _listed(labels: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{label} {probability:.2f}" for label, probability in labels)
