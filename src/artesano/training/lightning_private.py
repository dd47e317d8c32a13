"""All that we set in Lightning's Trainer and that its documentation does not promise (tested with 2.6.4 to 2.6.6).

Lightning counts batches of this fit only, and validates by that count. A resumed run is a new fit, so the count starts
at the step of the whole run; and the last step is validated wherever it falls.
"""

from __future__ import annotations

import pytorch_lightning as pl


def count_from(trainer: pl.Trainer, step: int) -> None:
    """Let Lightning's batch counters begin at `step`: validation and the loggers' steps follow them."""
    epoch_loop = trainer.fit_loop.epoch_loop
    epoch_loop.batch_progress.total.ready = step
    epoch_loop._batches_that_stepped = step


def validation_follows(trainer: pl.Trainer, step: int) -> bool:
    """True when Lightning validates right after the batch that made `step` steps."""
    return step % trainer.val_check_batch == 0  # type: ignore[operator]


def validate_after(trainer: pl.Trainer, step: int) -> None:
    """Let Lightning validate after the batch that made `step` steps."""
    trainer.val_check_batch = step
