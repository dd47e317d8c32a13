"""`--tta`: a loaded classifier that averages over views of each image."""

from __future__ import annotations

import dataclasses
from typing import Literal

from artesano.errors import BadInput
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.one_label import OneLabel
from artesano.transfer.test_time import Averaged

Views = Literal["auto", "shift", "mirror"]


def averaged(loaded: LoadedClassifier, views: Views) -> LoadedClassifier:
    """The same classifier, its probabilities the mean over the views of `artesano.transfer.test_time.views`.

    Args:
        views: `shift`: the image and four shifts; `mirror`: its mirror image as well; `auto`: that too where the run
            was trained on mirrored images.

    Raises:
        BadInput: a run with several labels, whose probabilities are no softmax.
    """
    if not isinstance(loaded.labelling, OneLabel):
        raise BadInput("--tta: for runs that give each image one label; leave it out.")
    mirror = views == "mirror" or (views == "auto" and trained_on_mirrored(loaded))
    temperature = loaded.calibration.temperature if loaded.calibration else 1.0
    return dataclasses.replace(loaded, network=Averaged(loaded.network, temperature, mirror).eval())


def described(averaged: LoadedClassifier) -> str:
    """The views in words."""
    assert isinstance(averaged.network, Averaged)
    return "the image, four shifts and its mirror image" if averaged.network.mirror else "the image and four shifts"


def trained_on_mirrored(loaded: LoadedClassifier) -> bool:
    """True where the run's augmentation mirrored images, so that left and right mean nothing."""
    config = loaded.record.get("config", {})
    return config.get("data.augment", "none") != "none" and bool(config.get("data.flip", True))
