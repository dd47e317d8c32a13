"""The transfer task: data, backbone, head and strategy put together from the config."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.table import Table

from artesano.backbones.create import check_backbone, create_backbone, data_config, feature_dim
from artesano.backbones.weights import Weights, check_weights, weights_fingerprint
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput
from artesano.evaluation.classification import classification_metrics, confusion
from artesano.experiment.saving import NotFinite
from artesano.experiment.targets import instantiate
from artesano.figures.calibration import calibration
from artesano.figures.confusion import confusion as draw_confusion
from artesano.figures.curves import curves
from artesano.figures.grid import most_wrong
from artesano.seeding import seed_everything
from artesano.transfer.cache import FeatureLoaders
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.module import TransferModule
from artesano.transfer.network import Classifier
from artesano.transfer.table import group_table


class TransferTask:
    """See `artesano.experiment.tasks.Task`."""

    def __init__(self, config: dict[str, Any]):
        self.config = config
        self.data = instantiate(config["data"])
        self.strategy = instantiate(config["strategy"])
        self.weights = Weights(**config["weights"])
        self.module: TransferModule | None = None

    @property
    def step(self) -> int | None:
        return None if self.module is None else self.module.step

    def check(self) -> None:
        problems: list[str] = []
        for check in (self.check_network, self.data.check, self.check_together):
            try:
                check()
            except BadInput as error:
                problems += error.problems
        if problems:
            raise BadInput(*problems)

    def check_network(self) -> None:
        check_backbone(self.config["backbone"])
        check_weights(self.config["backbone"], self.weights)
