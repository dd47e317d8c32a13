"""What is known of a data set and a backbone after a pass of features."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

STRATEGIES = ("freeze", "partial", "lpft", "full")  # cheapest first


@dataclass(frozen=True)
class Evidence:
    """Accuracies are shares in [0, 1], on the validation part unless said otherwise.

    Attributes:
        images, held_out, tested: in the training, validation and test part.
        fewest, most: training images of the rarest and the commonest class.
        pixels: of the shorter side of the images as they come, the median of a few.
        size: pixels of a side that the network gets.
        steps, batch_size: of the run that is advised on.
        cached: strategy=freeze computes the features once; False where images are augmented.
        copies: validation images whose features are those of a training image.
        knn: five nearest training images vote.
        probe: closed-form ridge on the features.
        leave_one_out: the same, on the training part, each image left out in turn.
        freeze: the head as strategy=freeze trains it, with all steps.
        curve: {images per class: ridge probe on so many of them}.
        depths: {share of the backbone, 0 to 1: ridge probe on what comes out there, on some of the images}.
        logme, h_score: see `artesano.metrics.transferability`.
        step_seconds: {strategy: one image in training}, but for `freeze`.
        forward_seconds: one image through the backbone.
        seconds: that the gathering took.
    """

    backbone: str
    classes: int
    images: int
    held_out: int
    tested: int
    fewest: int
    most: int
    pixels: int
    size: int
    steps: int
    batch_size: int
    cached: bool
    copies: int
    knn: float
    probe: float
    leave_one_out: float
    freeze: float
    logme: float
    h_score: float
    curve: dict[int, float] = field(default_factory=dict)
    depths: dict[float, float] = field(default_factory=dict)
    step_seconds: dict[str, float] = field(default_factory=dict)
    forward_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def shots(self) -> float:
        """Training images per class, on average."""
        return self.images / self.classes

    @property
    def epochs(self) -> float:
        """Passes over the training part in the run that is advised on; its last batch may be a small one."""
        return self.steps / math.ceil(self.images / self.batch_size)

    def minutes(self, strategy: str) -> float:
        """To train and to measure at the end, as far as the network's time goes."""
        measured = self.forward_seconds * (self.held_out + self.tested)
        trained = self.epochs * self.images
        if strategy == "freeze":
            return (measured + self.forward_seconds * (self.images if self.cached else trained)) / 60
        return (measured + self.step_seconds[strategy] * trained) / 60

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON holds them."""
        return asdict(self)
