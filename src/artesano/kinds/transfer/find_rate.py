"""`optimizer.lr=auto`: a range test before the first step sets the rate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from artesano.config.options import ONE_PROCESS
from artesano.errors import BadInput, RunFailed
from artesano.figures.learning_rate import range_test_curve
from artesano.kinds.transfer.options import TransferOptions
from artesano.progress_bars import progress
from artesano.runs import record
from artesano.transfer.module import TransferModule
from artesano.transfer.range_test import HIGHEST, LOWEST, STEPS, range_test


def find_rate(trainer: pl.Trainer, options: TransferOptions, module: TransferModule, loaders: Any) -> None:
    """Put a rate in the place of `auto`, also in the config of the run folder: `resume` and `rerun` go on with it.

    Draws <run>/plots/learning_rate.png.

    Raises:
        BadInput: the run has several processes.
        RunFailed: the loss falls at no rate.
    """
    if trainer.world_size > 1:
        raise BadInput(ONE_PROCESS)
    folder = Path(trainer.default_root_dir)
    module.to(trainer.strategy.root_device)
    batches = loaders.train(lambda: 0, STEPS)
    test = range_test(module, progress(batches, STEPS, "learning-rate range test"))
    best, curve = test.best, folder / "plots" / "learning_rate.png"
    range_test_curve(test.rates, test.losses, test.smooth, best, curve)
    if best is None:
        raise RunFailed(f"optimizer.lr=auto: the loss falls at no rate from {LOWEST:g} to {HIGHEST:g} ({curve}).")
    module.optimizer = partial(module.optimizer, lr=best)
    options.optimizer["lr"] = best
    record.write_config(folder, options.resolved)
    record.update(folder, config=record.flat(options.resolved))
    print(f"optimizer.lr={best:g}, by a range test of {STEPS} steps: {curve}")
