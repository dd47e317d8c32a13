"""One label for each image: softmax, accuracy, a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano.data.labels import several
from artesano.errors import BadInput
from artesano.figures.calibration import reliability_diagram
from artesano.figures.confusion import confusion_matrix
from artesano.figures.grid import Images, captions_of_mistakes, most_wrong, wrongest
from artesano.figures.risk_coverage import risk_coverage_curve
from artesano.kinds.transfer.calibration import Calibration, softmax
from artesano.kinds.transfer.labelling import Cuts, Labelling, Threshold, ranked
from artesano.kinds.transfer.options import TransferOptions
from artesano.kinds.transfer.prediction import TOP, Prediction
from artesano.metrics.classification import classification_metrics, confusion, per_class, reliability
from artesano.metrics.selective import aurc, risk_coverage
from artesano.transfer import losses


@dataclass(frozen=True)
class OneLabel(Labelling):
    """See `Labelling`; labels are int64 [N].

    Attributes:
        calibration: what makes logits probabilities; None = softmax alone.
        missing: classes that the data do not have. One that cannot occur has no F1; images that are called it count as
            mistakes.
    """

    calibration: Calibration | None = None
    missing: frozenset[int] = frozenset()

    headline = "accuracy"
    prediction = Prediction
    same = "same class"
    output = "logits: float32 [batch, classes]; probabilities are softmax(logits / temperature)"
    over_known = "macro_f1 is"
    refuses = True

    def facts(self) -> dict[str, Any]:
        return {"calibration": self.calibration.to_dict()} if self.calibration else {}

    def exported(self) -> dict[str, Any]:
        return {"temperature": self.calibration.temperature if self.calibration else 1.0}

    def loss(
        self, options: TransferOptions | None = None, counts: np.ndarray | None = None, images: int = 0
    ) -> losses.OneLabel:
        if options is None:
            return losses.OneLabel()
        return losses.OneLabel(options.label_smoothing, counts if options.class_weights else None)

    def metrics(self, logits: Tensor, labels: Tensor) -> dict[str, float]:
        metrics = classification_metrics(logits, labels)
        if self.missing:
            rows = per_class(logits, labels, [""] * logits.shape[1])
            metrics["macro_f1"] = float(
                np.nanmean([row["f1"] for label, row in enumerate(rows) if label not in self.missing])
            )
        return metrics | (self.calibration.metrics(logits, labels) if self.calibration else {})

    def tuned(self, logits: Tensor, labels: Tensor) -> OneLabel:
        return replace(self, calibration=Calibration.fitted(logits, labels))

    def without(
        self, missing: Sequence[str], classes: list[str], logits: Tensor, labels: Tensor
    ) -> tuple[OneLabel, list[str], Tensor, Tensor]:
        return replace(self, missing=frozenset(map(classes.index, missing))), classes, logits, labels

    def per_class(self, logits: Tensor, labels: Tensor, classes: list[str]) -> list[dict[str, Any]]:
        return per_class(logits, labels, classes)

    def draw(self, folder: Path, logits: Tensor, labels: Tensor, classes: list[str], images: Images) -> list[Path]:
        confusion_matrix(confusion(logits, labels), classes, folder / "confusion.png")
        scaled = self.scaled(logits)
        calibrated = reliability(scaled, labels) if self.calibration else None
        reliability_diagram(*reliability(logits, labels), folder / "calibration.png", calibrated)
        most_wrong(images, scaled, labels, classes, folder / "most_wrong.png")
        names = ["confusion", "calibration", "most_wrong"]
        if self.calibration and len(labels):
            best, answers = scaled.softmax(1).max(1)
            scores, right = best.numpy(), (answers == labels).numpy()
            curve = risk_coverage(scores, right)
            risk_coverage_curve(curve.coverage, curve.risk, aurc(scores, right), folder / "risk_coverage.png")
            names.append("risk_coverage")
        return [folder / f"{name}.png" for name in names]

    def scaled(self, logits: Tensor) -> Tensor:
        """Logits whose softmax are the probabilities."""
        return logits.double() / self.calibration.temperature if self.calibration else logits

    def explained(self, logits: Tensor, labels: Tensor, classes: list[str]) -> tuple[list[int], list[str]]:
        scaled = self.scaled(logits)
        rows = wrongest(scaled, labels)
        return rows.tolist(), captions_of_mistakes(scaled, labels, classes, rows)

    def mistakes(self, logits: Tensor, labels: Tensor, classes: Sequence[str], count: int) -> list[tuple[int, str]]:
        rows = wrongest(logits, labels, count).tolist()
        return [(row, f"is {classes[int(labels[row])]}, called {classes[int(logits[row].argmax())]}") for row in rows]

    def probabilities(self, logits: Tensor) -> Tensor:
        return softmax(logits, self.calibration)

    def cuts(self, threshold: Threshold) -> None:
        if threshold is not None:
            raise BadInput(
                f"threshold={threshold}: this network gives each image one label, the most probable one; leave it out."
            )

    def predict(self, probabilities: Tensor, classes: Sequence[str], cuts: Cuts) -> Prediction:
        return Prediction(None, ranked(probabilities, classes, TOP))

    def agreement(self, logits: Tensor, others: Tensor) -> int:
        return int((logits.argmax(1) == others.argmax(1)).sum())

    def aligned(self, labels: Tensor, places: Sequence[int], classes: int, where: str) -> Tensor:
        if several(labels):
            raise BadInput(f"{where}: an image has several labels there, and this run gives each image one.")
        return torch.tensor(places)[labels]
