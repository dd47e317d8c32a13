"""Optuna's samplers and pruners, set up for many workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import optuna
from optuna import pruners, samplers
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from artesano.sweep.space import Space

STARTUP = 4  # complete trials before the median pruner acts


class Numbered(samplers.BaseSampler):
    """A sampler seeded by the trial's number: workers draw different values, and a resumed sweep the same as an
    uninterrupted one.

    Args:
        make: a sampler of a seed.
    """

    def __init__(self, make: Callable[[int], samplers.BaseSampler]):
        self.make = make
        self.sampler = make(0)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self.sampler = self.make(trial.number)
        self.sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self.sampler.infer_relative_search_space(study, trial)

    def sample_relative(self, study: optuna.Study, trial: FrozenTrial, search_space: dict) -> dict[str, Any]:
        return self.sampler.sample_relative(study, trial, search_space)

    def sample_independent(self, study: optuna.Study, trial: FrozenTrial, name: str, among: BaseDistribution) -> Any:
        return self.sampler.sample_independent(study, trial, name, among)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self.sampler.after_trial(study, trial, state, values)


class Grid(samplers.GridSampler):
    """Optuna's grid without its stop: that is for Optuna's own loop; here `exhausted` ends the sweep."""

    def after_trial(self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Any) -> None:
        pass


def sampler(space: Space) -> samplers.BaseSampler:
    if space.sampler == "grid":  # the seed is the order of the points: one for all workers
        return Grid({key: space.grid_values(key) or [] for key in space.space}, seed=0)
    made: dict[str, Callable[[int], samplers.BaseSampler]] = {
        "tpe": lambda seed: samplers.TPESampler(seed=seed, constant_liar=True),
        "random": lambda seed: samplers.RandomSampler(seed=seed),
        "cmaes": lambda seed: samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
        "nsga2": lambda seed: samplers.NSGAIISampler(seed=seed),
    }
    return Numbered(made[space.sampler])


def pruner(space: Space, study: optuna.Study) -> pruners.BasePruner:
    """The pruner by what is known now.

    Hyperband's brackets go from the first validation of a complete trial to its last; before there is one, nothing is
    pruned.
    """
    if space.pruner == "median":
        return pruners.MedianPruner(n_startup_trials=STARTUP)
    if space.pruner == "hyperband":
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            if steps := sorted(step for step in trial.intermediate_values if step > 0):
                return pruners.HyperbandPruner(min_resource=steps[0], max_resource=steps[-1])
    return pruners.NopPruner()


def exhausted(space: Space, trials: list[FrozenTrial]) -> bool:
    """True when every point of a grid has had its trial, and none waits to be tried again."""
    if space.sampler != "grid":
        return False
    begun = {trial.system_attrs["grid_id"] for trial in trials if "grid_id" in trial.system_attrs}
    return len(begun) == space.points() and all(trial.state != TrialState.WAITING for trial in trials)
