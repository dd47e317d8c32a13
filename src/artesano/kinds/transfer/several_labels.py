"""Any number of labels for each image: sigmoids, average precision, thresholds.

There is no confusion matrix, as an image has no one true and no one predicted class, and no diagram of the calibration,
which is of the probability of the class that is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artesano.config.options import Monitor
from artesano.config.targets import instantiate
from artesano.data.labels import several
from artesano.errors import BadInput
from artesano.figures.grid import Images, image_grid
from artesano.figures.label_bars import label_bars
from artesano.figures.style import shorten
from artesano.kinds.transfer.labelling import Cuts, Labelling, Threshold, ranked
from artesano.kinds.transfer.options import TransferOptions
from artesano.kinds.transfer.prediction import TOP, LabelsPrediction, Prediction
from artesano.metrics.multilabel import (
    THRESHOLD,
    best_thresholds,
    decided,
    multilabel_metrics,
    per_label,
    worst_decisions,
)
from artesano.transfer import losses

PICTURES = 16


@dataclass(frozen=True)
class SeveralLabels(Labelling):
    """See `Labelling`; labels are 0 and 1, uint8 [N, K].

    Attributes:
        thresholds: [K], the probability from which each label has its best F1 on the validation images; None = not
            known yet.
    """

    thresholds: list[float] | None = None

    headline = "map"
    prediction = LabelsPrediction
    same = "same labels"
    output = "logits: float32 [batch, classes], before the sigmoid of each"
    over_known = "the metrics are"
    refuses = False

    def monitor(self, monitor: Monitor) -> Monitor:
        return Monitor("val/map", "max") if monitor.name == "val/accuracy" else monitor

    def facts(self) -> dict[str, Any]:
        return {"several_labels": True} | ({"thresholds": self.thresholds} if self.thresholds else {})

    def loss(
        self, options: TransferOptions | None = None, counts: np.ndarray | None = None, images: int = 0
    ) -> losses.SeveralLabels:
        if options is None:
            return losses.SeveralLabels(losses.BinaryCrossEntropy())
        weighed = (counts, images) if options.class_weights else ()
        return losses.SeveralLabels(instantiate(options.multilabel), options.label_smoothing, *weighed)

    def metrics(self, logits: Tensor, labels: Tensor) -> dict[str, float]:
        return multilabel_metrics(logits, labels, self.thresholds)

    def tuned(self, logits: Tensor, labels: Tensor) -> SeveralLabels:
        return SeveralLabels(best_thresholds(logits, labels))

    def without(
        self, missing: Sequence[str], classes: list[str], logits: Tensor, labels: Tensor
    ) -> tuple[SeveralLabels, list[str], Tensor, Tensor]:
        """Of a label that the data do not have nobody knows which images have it."""
        known = [label for label, name in enumerate(classes) if name not in missing]
        thresholds = None if self.thresholds is None else [self.thresholds[label] for label in known]
        return SeveralLabels(thresholds), [classes[label] for label in known], logits[:, known], labels[:, known]

    def per_class(self, logits: Tensor, labels: Tensor, classes: list[str]) -> list[dict[str, Any]]:
        return per_label(logits, labels, classes, self.thresholds or [THRESHOLD] * len(classes))

    def draw(self, folder: Path, logits: Tensor, labels: Tensor, classes: list[str], images: Images) -> list[Path]:
        rows = self.per_class(logits, labels, classes)
        precision, support = (np.array([row[column] for row in rows]) for column in ("ap", "support"))
        label_bars(precision, support, len(labels), classes, folder / "per_class.png")
        worst = worst_decisions(logits, labels, PICTURES)
        captions = [
            f"{'' if labels[row, label] else 'no '}{shorten(classes[label], 26)} · {probability:.2f}"
            for row, label, probability in worst
        ]
        wrong = int((decided(logits) != (labels == 1)).sum())
        title = f"the worst of {wrong} wrong labels: truth · probability" if wrong else "no mistakes"
        image_grid([images[row] for row, _, _ in worst], captions, folder / "most_wrong.png", title=title)
        return [folder / "per_class.png", folder / "most_wrong.png"]

    def mistakes(self, logits: Tensor, labels: Tensor, classes: Sequence[str], count: int) -> list[tuple[int, str]]:
        return [
            (row, f"has {'' if labels[row, label] else 'no '}{classes[label]}, given {probability:.2f}")
            for row, label, probability in worst_decisions(logits, labels, count)
        ]

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.double().sigmoid()

    def predict(self, probabilities: Tensor, classes: Sequence[str], cuts: Cuts) -> Prediction:
        least = torch.as_tensor(cuts, dtype=torch.float64)
        has = dict(zip(classes, (probabilities >= least).tolist(), strict=True))
        every = ranked(probabilities, classes, len(classes))
        return LabelsPrediction(None, every[:TOP], labels=[one for one in every if has[one[0]]])

    def cuts(self, threshold: Threshold) -> Cuts:
        if threshold == "tuned":
            if self.thresholds is None:
                raise BadInput("threshold=tuned: the run ended before its thresholds were chosen; give a number.")
            return self.thresholds
        if threshold is None:
            return THRESHOLD
        if isinstance(threshold, str) or not 0 <= threshold <= 1:
            raise BadInput(f"threshold={threshold}: accepted: a number from 0 to 1, or tuned.")
        return threshold

    def agreement(self, logits: Tensor, others: Tensor) -> int:
        return int((decided(logits) == decided(others)).all(dim=1).sum())

    def aligned(self, labels: Tensor, places: Sequence[int], classes: int, where: str) -> Tensor:
        """Data with one label for each image are fine: that one, and no other."""
        own = torch.zeros(len(labels), classes, dtype=torch.uint8)
        if several(labels):
            own[:, list(places)] = labels.to(torch.uint8)
        else:
            own[torch.arange(len(labels)), torch.tensor(places)[labels]] = 1
        return own
