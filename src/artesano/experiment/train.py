"""`artesano train`: overrides -> a composed and checked config -> a run, or a resumed one."""

from __future__ import annotations

import yaml
from rich.console import Console

from artesano.config.compose import compose
from artesano.experiment.announce import announce
from artesano.experiment.pinned import pin_config
from artesano.experiment.process import keep_freed_memory
from artesano.experiment.resume import resume
from artesano.experiment.run import Run, begin, built, settings
from artesano.experiment.same_data import keep_split_of_sweep, seen_before
from artesano.kinds.all_problems import all_problems
from artesano.kinds.kind import Training
from artesano.kinds.registry import experiment_of


def train(overrides: list[str]) -> Run:
    """Compose, check and run; nothing is written before all checks have passed.

    Raises:
        BadInput: a key, a type, the data or the weights cannot be used.
    """
    keep_freed_memory()
    with all_problems(overrides):
        composed = compose(overrides)
    config = composed.resolved
    if (run := config.get("resume")) is not None:
        return resume(run, [word for word in overrides if not word.startswith("resume=")])
    with all_problems(overrides):
        config = pin_config(config)
        experiment = experiment_of(config, composed.origins, composed.choices)
    for line in keep_split_of_sweep(experiment):
        print(line)
    experiment.check()
    for line in seen_before(experiment, config):
        print(line)
    options = experiment.options
    if options.dry_run:
        show(Console(), built(experiment))
        return Run(None, {})
    name = options.name or experiment.default_name(composed.choices)
    return begin(experiment, name, composed.overrides, composed.choices)


def show(console: Console, training: Training) -> None:
    """What a run of the config would be: the resolved config, the data, the table of what learns, the minutes."""
    text = yaml.safe_dump(settings(training), sort_keys=False, allow_unicode=True)
    console.print(text, markup=False, highlight=False)
    announce(console, training)
