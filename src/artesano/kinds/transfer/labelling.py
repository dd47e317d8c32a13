"""What differs between a classifier that gives an image one label and one that gives it any number of labels.

Loss, metrics, pictures and answers are asked of a `Labelling`, so that training and commands have no cases.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from artesano.config.options import Monitor
from artesano.figures.grid import Images
from artesano.kinds.transfer.calibration import Calibration
from artesano.kinds.transfer.options import TransferOptions
from artesano.kinds.transfer.prediction import Prediction

Threshold = float | str | None  # of all labels; `tuned` = of each label its own; None = 0.5
Cuts = float | list[float] | None


class Labelling(ABC):
    """How images are labelled.

    Attributes:
        headline: the metric that matters most, in [0, 1].
        prediction: what is said about an image.
        same: what two networks agree in, for messages.
        output: of an exported network, for its description.
        over_known: what of the metrics is over the classes that data have, for messages.
        refuses: an image may be refused, as one of no class.
    """

    headline: ClassVar[str]
    prediction: ClassVar[type[Prediction]]
    same: ClassVar[str]
    output: ClassVar[str]
    over_known: ClassVar[str]
    refuses: ClassVar[bool]

    def monitor(self, monitor: Monitor) -> Monitor:
        """What chooses best.ckpt: the user's own, or the headline in the place of the default."""
        return monitor

    def facts(self) -> dict[str, Any]:
        """What `model` in run.json has of this."""
        return {}

    def exported(self) -> dict[str, Any]:
        """What the description of an exported network has of this."""
        return self.facts()

    @abstractmethod
    def loss(self, options: TransferOptions | None = None, counts: np.ndarray | None = None, images: int = 0) -> Any:
        """(logits [N, K], labels) -> a scalar.

        Args:
            options: with smoothing, weights and objective; None = the plain loss.
            counts: int [K], training images of each class.
            images: of the training part.
        """

    @abstractmethod
    def metrics(self, logits: Tensor, labels: Tensor) -> dict[str, float]:
        """Of a whole split, without prefix."""

    def tuned(self, logits: Tensor, labels: Tensor) -> Labelling:
        """The same with what is chosen on validation images."""
        return self

    @abstractmethod
    def without(
        self, missing: Sequence[str], classes: list[str], logits: Tensor, labels: Tensor
    ) -> tuple[Labelling, list[str], Tensor, Tensor]:
        """What can be measured of answers on data that do not have the classes `missing`."""

    @abstractmethod
    def per_class(self, logits: Tensor, labels: Tensor, classes: list[str]) -> list[dict[str, Any]]:
        """The rows of per_class.csv."""

    @abstractmethod
    def draw(self, folder: Path, logits: Tensor, labels: Tensor, classes: list[str], images: Images) -> list[Path]:
        """Pictures of the answers."""

    @abstractmethod
    def mistakes(self, logits: Tensor, labels: Tensor, classes: Sequence[str], count: int) -> list[tuple[int, str]]:
        """Rows of the most confident mistakes, the worst first, and what is wrong."""

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """float64 [N, K]."""

    @abstractmethod
    def cuts(self, threshold: Threshold) -> Cuts:
        """The probability from which an image gets a label, of all labels or of each.

        Raises:
            BadInput: a threshold where an image has one label, no number from 0 to 1, or `tuned` of a run that ended
                before any was chosen.
        """

    @abstractmethod
    def predict(self, probabilities: Tensor, classes: Sequence[str], cuts: Cuts) -> Prediction:
        """What is said about one image, of its probabilities [K]."""

    def explained(self, logits: Tensor, labels: Tensor, classes: list[str]) -> tuple[list[int], list[str]]:
        """Rows of the mistakes whose heatmaps are drawn, and their captions; none where a mistake is not one class."""
        return [], []

    @abstractmethod
    def agreement(self, logits: Tensor, others: Tensor) -> int:
        """Of how many of N images two networks say the same; logits [N, K] of both."""

    @abstractmethod
    def aligned(self, labels: Tensor, places: Sequence[int], classes: int, where: str) -> Tensor:
        """Labels of data whose classes have these places among those of the run, as labels of the run.

        Raises:
            BadInput: the data have several labels for an image, and the run gives one.
        """


def ranked(probabilities: Tensor, classes: Sequence[str], most: int) -> list[tuple[str, float]]:
    """(class, probability) of the most probable ones of [K]."""
    best = probabilities.topk(min(most, len(classes)))
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [(classes[label], round(probability, 6)) for label, probability in pairs]


def labelling_of(model: Mapping[str, Any], calibration: Calibration | None = None) -> Labelling:
    """Of the `model` in a run's record, with the calibration of the state that is used."""
    from artesano.kinds.transfer.one_label import OneLabel
    from artesano.kinds.transfer.several_labels import SeveralLabels

    return SeveralLabels(model.get("thresholds")) if model.get("several_labels") else OneLabel(calibration)


def labelling_for(several: bool) -> Labelling:
    """Of data, before anything is trained."""
    return labelling_of({"several_labels": several})
