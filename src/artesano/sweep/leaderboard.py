"""The results of a sweep: the best trials, importances, steps saved by pruning, the command of the best trial."""

from __future__ import annotations

import shlex
from collections import Counter

import optuna
from optuna.trial import FrozenTrial, TrialState
from rich import box
from rich.table import Table

from artesano.sweep.space import Space
from artesano.sweep.worker import text

SHOWN = 10
ENOUGH = 8  # complete trials from which importance can be said


def leaderboard(study: optuna.Study, space: Space) -> Table:
    """The best trials of one objective; of several the Pareto front, of which none is worse in everything."""
    front = len(space.objectives) > 1
    title = "Pareto front" if front else "the best complete trials"
    table = Table(title=f"{study.study_name}: {title}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("trial", style="dim")
    for name in space.objectives:
        table.add_column(name, justify="right")
    for key in space.space:
        table.add_column(key, overflow="fold")
    for trial in ranked(study)[:SHOWN]:
        values = [f"{value:.4g}" for value in trial.values]
        table.add_row(f"{trial.number:04d}", *values, *(shown(trial.params.get(key)) for key in space.space))
    return table


def shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else text(value)


def complete(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def ranked(study: optuna.Study) -> list[FrozenTrial]:
    """The best first; of several objectives the front, by the first of them."""
    several = len(study.directions) > 1
    trials = study.best_trials if several else complete(study)
    downwards = study.directions[0] == optuna.study.StudyDirection.MAXIMIZE
    return sorted(trials, key=lambda trial: trial.values[0], reverse=downwards)


def summary(study: optuna.Study) -> str:
    """`24 trials: 14 complete, 10 pruned, 1 failed or killed; pruning saved 38 % of the steps`."""
    counts = Counter(trial.state for trial in study.get_trials(deepcopy=False))
    done = counts[TrialState.COMPLETE] + counts[TrialState.PRUNED]
    line = (
        f"{done} trial{'s' * (done != 1)}: {counts[TrialState.COMPLETE]} complete, {counts[TrialState.PRUNED]} pruned"
    )
    if counts[TrialState.FAIL]:
        line += f"; {counts[TrialState.FAIL]} more failed or were killed"
    saved = saved_share(study)
    return line if saved is None else f"{line}; pruning saved {100 * saved:.0f} % of the steps"


def saved_share(study: optuna.Study) -> float | None:
    """Of the steps that the trials would have made without pruning; None where none was pruned."""
    steps = {
        state: [trial.user_attrs.get("steps", 0) for trial in study.get_trials(deepcopy=False, states=(state,))]
        for state in (TrialState.COMPLETE, TrialState.PRUNED)
    }
    whole, part = steps[TrialState.COMPLETE], steps[TrialState.PRUNED]
    if not whole or not part:
        return None
    would_be = sum(whole) + max(whole) * len(part)
    return 1 - (sum(whole) + sum(part)) / would_be


def importances(study: optuna.Study) -> dict[str, float]:
    """Key -> importance for good trials (PED-ANOVA, Watanabe et al. 2023, arXiv 2304.10255); of one objective."""
    if len(study.directions) > 1 or len(complete(study)) < ENOUGH:
        return {}
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances  # scikit-learn comes with it: 2 s

    try:
        return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    except (ValueError, RuntimeError):  # all trials have the same values
        return {}


def best_command(study: optuna.Study, space: Space, overrides: list[str]) -> str | None:
    """The command that trains the best trial again; None where no trial is complete."""
    trials = ranked(study)
    if not trials:
        return None
    chosen = [f"{key}={text(value)}" for key, value in trials[0].params.items()]
    return f"artesano train {shlex.join([*space.overrides, *overrides, *chosen])}"
