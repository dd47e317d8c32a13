"""Logging of metrics to all loggers."""

from __future__ import annotations

import pytorch_lightning as pl


def log_row(trainer: pl.Trainer, metrics: dict[str, float], step: int) -> None:
    """Hand the metrics to every logger under our own step."""
    for logger in trainer.loggers:
        logger.log_metrics(dict(metrics), step)
