"""The end of a sweep: leaderboard, importance, the report page, and commands to copy."""

from __future__ import annotations

import shlex

import optuna
from optuna.trial import TrialState
from rich.console import Console

from artesano.compare.report import write_report
from artesano.compare.runs import gather
from artesano.compare.table import compare
from artesano.sweep import leaderboard
from artesano.sweep import study as studies
from artesano.sweep.space import Space
from artesano.sweep.storage import Storage


def report(console: Console, study: optuna.Study, space: Space, overrides: list[str], storage: Storage) -> None:
    """Leaderboard, importance, failures, page and commands."""
    line = lambda text: console.print(text, highlight=False, markup=False, soft_wrap=True)  # noqa: E731
    if whole := leaderboard.complete(study):
        console.print(leaderboard.leaderboard(study, space))
    line(leaderboard.summary(study))
    if shares := leaderboard.importances(study):
        line("importance (PED-ANOVA): " + ", ".join(f"{key} {share:.2f}" for key, share in shares.items()))
    for trial in study.get_trials(deepcopy=False, states=(TrialState.FAIL,)):
        if reason := trial.user_attrs.get("reason"):
            line(f"trial {trial.number:04d} failed: {reason}")
    if space.pruner and whole and not any(trial.intermediate_values for trial in whole):
        line(f"No trial was pruned: {next(iter(space.objectives))} is not measured during training.")
    page(line, study, space, storage)
    if command := leaderboard.best_command(study, space, overrides):
        line(f"\nThe best again:\n  {command}")
    line(f"Next:\n  artesano compare {shlex.quote(str(storage.folder))}")
    line(f"  optuna-dashboard {shlex.quote(storage.for_dashboard)}")


def page(line, study: optuna.Study, space: Space, storage: Storage) -> None:
    """`report.html` of the trials whose folders lie here."""
    runs, _ = gather([str(storage.folder)])
    comparison = compare(runs, group_by=list(space.space)) if any(run.metrics for run in runs) else None
    if comparison is None or not comparison.rows:
        return
    known = {name for run in runs for name in run.values}
    comparison = compare(runs, [name for name in space.objectives if name in known], list(space.space))
    file = storage.folder / "report.html"
    first, *more = comparison.metrics
    about = f"sweep {storage.folder.name}: {leaderboard.summary(study)}"
    write_report([comparison], file, about, (first, more[0]) if more else None)
    done = study.get_trials(deepcopy=False, states=studies.COUNTED)
    away = sum(not (storage.folder / f"{trial.number:04d}").exists() for trial in done)
    line(f"page: {file}" + (f" (without {away} whose folders lie on other machines)" if away else ""))
