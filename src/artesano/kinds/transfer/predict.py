"""Label images: one row per file, in the order given, also for the files that cannot be read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO

import torch

from artesano.data.io.stream import stream
from artesano.errors import BadInput
from artesano.kinds.transfer.load import Loaded

COLUMNS = ("path", "label", "probability", "top5", "error")


@dataclass(frozen=True)
class Prediction:
    """What the network says about one file.

    Attributes:
        top5: at most five (label, probability), the best first; empty when the file could not be read.
        error: why it could not.
    """

    path: str
    top5: list[tuple[str, float]] = field(default_factory=list)
    error: str | None = None

    def row(self) -> dict:
        """path, label, probability, top5 and error; label and probability are None where there is an error."""
        label, probability = self.top5[0] if self.top5 else (None, None)
        return dict(zip(COLUMNS, (self.path, label, probability, self.top5, self.error), strict=True))


def predict(loaded: Loaded, paths: Sequence[str], batch_size: int = 32) -> Iterator[Prediction]:
    """Predictions for image files, read and asked batch by batch."""
    for batch in stream(paths, loaded.preprocessing, batch_size):
        readable = len(batch.images) > 0
        answers = iter(loaded(batch.images).double().softmax(1) if readable else torch.empty(0))
        for path, error in zip(batch.paths, batch.errors, strict=True):
            if error is not None:
                yield Prediction(path, error=error)
                continue
            best = next(answers).topk(min(5, len(loaded.classes)))
            ranked = zip(best.indices.tolist(), best.values.tolist(), strict=True)
            yield Prediction(path, [(loaded.classes[k], round(probability, 6)) for k, probability in ranked])


def write(predictions: Iterable[Prediction], stream: TextIO, form: Literal["csv", "json"]) -> None:
    """Write rows as they come. In CSV the top five are one column of JSON, since class names may hold any sign."""
    if form == "json":
        separator = "["
        for prediction in predictions:
            row = prediction.row()
            row["top5"] = [{"label": label, "probability": probability} for label, probability in prediction.top5]
            stream.write(separator + "\n  " + json.dumps(row, ensure_ascii=False))
            separator = ","
        stream.write("\n]\n" if separator == "," else "[]\n")
        return
    table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    table.writeheader()
    for prediction in predictions:
        row = prediction.row()
        row["top5"] = json.dumps(prediction.top5, ensure_ascii=False) if prediction.top5 else ""
        table.writerow(row)


def output_format(output: str | None, given: str | None) -> Literal["csv", "json"]:
    """`--format`, else the file's ending, else CSV.

    Raises:
        BadInput: an ending that is neither .csv nor .json, without `--format`.
    """
    if given is not None:
        return given  # type: ignore[return-value]
    ending = Path(output).suffix.lower() if output else ".csv"
    if ending not in (".csv", ".json"):
        raise BadInput(f"--output {output}: the ending must be .csv or .json, or give --format csv|json.")
    return ending[1:]  # type: ignore[return-value]


def refuse_to_overwrite(output: str | None, paths: Sequence[str]) -> None:
    """An image of the user's is never written to."""
    if output is not None and Path(output).expanduser().resolve() in {Path(path).resolve() for path in paths}:
        raise BadInput(f"--output {output} is one of the images; originals are never written to.")
