"""Artesano: transfer learning and GANs as config-driven experiments.

import artesano
run = artesano.train("strategy=partial", "data=folder", "data.root=photos")
run.metrics["test/accuracy"], run.folder
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artesano.experiment.run import Run

__all__ = ["train"]


def train(*overrides: str) -> Run:
    """Compose, validate and run one experiment, as `artesano train` does.

    Args:
        overrides: `key=value`, as on the command line.

    Returns:
        The finished run: `folder`, `record` (run.json) and `metrics` of the best checkpoint.

    Raises:
        artesano.errors.BadInput: the overrides, the data or the weights cannot be used; nothing was written.
    """
    from artesano.experiment.train import train as run_experiment

    return run_experiment(list(overrides))
