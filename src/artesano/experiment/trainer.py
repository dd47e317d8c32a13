"""The Lightning trainer of a run: the user's arguments, with our saver, progress bar and logger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from rich.console import Console

from artesano.experiment.early_end import EarlyEnd
from artesano.experiment.engine import engine
from artesano.experiment.metrics_logger import MetricsCsv
from artesano.experiment.progress import RunProgress
from artesano.experiment.saving import Saver
from artesano.experiment.stop import StopSignals
from artesano.kinds.kind import Training


def make_trainer(
    training: Training, folder: Path, logger: Any, stop: StopSignals, console: Console
) -> tuple[pl.Trainer, Saver, RunProgress]:
    """A trainer for one long epoch of `training.max_steps` batches, with our saver, progress bar and metrics file.

    Everything that depends on time is keyed on the module's step: Lightning's epochs, checkpoints and sanity runs
    are out of the way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options, metrics = training.options, MetricsCsv(folder)
    saver = Saver(
        folder / "checkpoints",
        training.monitor,
        options.checkpoint_every,
        options.log_every,
        stop,
        EarlyEnd(options.patience, options.max_minutes, metrics.seconds, metrics.before),
        training.phase_monitors,
        options.keep_checkpoints,
    )
    epoch = getattr(training, "steps_per_epoch", None)  # not every kind counts in epochs
    progress = RunProgress(console, training.max_steps, training.monitor.name, epoch)
    trainer = pl.Trainer(
        **engine(options.trainer),
        max_epochs=1,
        logger=[metrics, *([logger] if logger is not None else [])],
        callbacks=[progress, saver],
        num_sanity_val_steps=0,
        val_check_interval=training.eval_every,
        check_val_every_n_epoch=None,
        log_every_n_steps=options.log_every,
        enable_model_summary=False,
        use_distributed_sampler=False,
        default_root_dir=str(folder),
    )
    return trainer, saver, progress
