"""Pictures of what a generator makes of the same inputs, drawn while it trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl


class SampleImages(pl.Callback):
    """<folder>/step_000500.png every `every` steps and at the end; a kind of GAN implements `draw`."""

    def __init__(self, folder: Path, every: int):
        self.folder, self.every = folder, every

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if trainer.is_global_zero and (module.step % self.every == 0 or module.step == module.max_steps):
            path = self.folder / f"step_{module.step:06d}.png"
            self.draw(module, path)
            for logger in trainer.loggers:
                if hasattr(logger, "log_image"):
                    logger.log_image("samples", [str(path)], step=module.step)

    def draw(self, module: Any, path: Path) -> None:
        """Write the picture."""
        raise NotImplementedError
