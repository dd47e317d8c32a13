"""`artesano train`: overrides -> a composed and checked config -> a run, or a resumed one."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from artesano.config.compose import compose
from artesano.experiment.announce import announce
from artesano.experiment.process import keep_freed_memory
from artesano.experiment.resume import resume
from artesano.experiment.run import Run, begin
from artesano.kinds.registry import experiment_of


def train(overrides: list[str]) -> Run:
    """Compose, check and run; nothing is written before all checks have passed.

    Raises:
        BadInput: a key, a type, the data or the weights cannot be used.
    """
    keep_freed_memory()
    composed = compose(overrides)
    config = composed.resolved
    if config["resume"] is not None:
        return resume(config["resume"], [word for word in overrides if not word.startswith("resume=")])
    task: Any = experiment_of(config, composed.origins)
    task.check()
    if config["dry_run"]:
        task.build()
        announce(Console(), task, config, show_config=True)
        return Run(None, {})
    name = config["name"] or task.default_name(composed.choices)
    return begin(config, task, name, composed.overrides, composed.choices)
