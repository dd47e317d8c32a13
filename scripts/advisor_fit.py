"""Fit the advisor on the cases of advisor_grid.csv and judge it on fresh ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from advisor_cases import STRATEGIES, cases
from jobs import as_table, console

from artesano.advisor import forecast
from artesano.advisor.evidence import Evidence
from artesano.advisor.forecast import Model, fit

MARGINS = (0.0, 0.0025, 0.005, 0.01)
WITHIN = 0.01 + 1e-9  # regret that counts as none
SOURCES = {"homes": "tiles", "places": "tiles", "imbalanced": "tiles"}  # parts of UC Merced
SOURCES |= {name: name for name in ("mnist", "rendered", "fashion", "tiles")}
Rule = Callable[["Known"], str]


@dataclass(frozen=True)
class Known:
    """One case: what `advise` knew, and what each strategy reached, mean over the seeds."""

    name: str
    evidence: Evidence
    truth: Mapping[str, float]
    seconds: float
    grid_seconds: float

    def regret(self, strategy: str) -> float:
        """Test accuracy that the best strategy has more."""
        return max(self.truth.values()) - self.truth[strategy]


def write(out: Path, grid: Path, gathered: Path) -> int:
    """fitted.json, advisor_cases.csv, and the bars on the terminal."""
    known, fitting = read(grid, gathered), {case.name for case in cases()}
    tuned = [one for one in known if one.name in fitting]
    fresh = [one for one in known if one.name not in fitting]
    model = choose(tuned)
    points = [(one.evidence.shots, one.evidence.freeze, max(one.truth, key=one.truth.__getitem__)) for one in tuned]
    forecast.FITTED.write_text(json.dumps(model.to_dict() | {"past": points}, indent=1) + "\n")
    rows = [row(one, model, part) for part, ones in (("fitted", tuned), ("fresh", fresh)) for one in ones]
    pd.DataFrame(rows).to_csv(out / "advisor_cases.csv", index=False)
    report("fitted", tuned, model, tuned)
    left = [left_out_regret(tuned, place, model.margin) for place in range(len(tuned))]
    say("each left out of the fit", left)
    report("fresh", fresh, model, tuned)
    report_sources(tuned, model.margin)
    return 0


def left_out_regret(tuned: Sequence[Known], place: int, margin: float) -> float:
    """Of the strategy that a fit on all other cases advises."""
    one = tuned[place]
    model = fit([(other.evidence, other.truth) for other in tuned if other is not one], margin)
    return one.regret(model.best(model.forecast(one.evidence)).strategy)


def say(what: str, regrets: Sequence[float]) -> None:
    within = f"{(np.array(regrets) <= WITHIN).sum()} of {len(regrets)}"
    console.print(f"{what}: mean regret {np.mean(regrets):.4f}, within a point {within}", highlight=False)


def report_sources(known: Sequence[Known], margin: float) -> None:
    """Each source judged by a fit on the others: what is to be expected on images of another kind."""
    sources = list(dict.fromkeys(SOURCES.get(one.name.partition("-")[0], one.name) for one in known))
    regrets, inside, errors = [], [], []
    for source in sources:
        part = [one for one in known if SOURCES.get(one.name.partition("-")[0], one.name) == source]
        model = fit([(one.evidence, one.truth) for one in known if one not in part], margin)
        for one in part:
            forecasts = model.forecast(one.evidence)
            regrets.append(one.regret(model.best(forecasts).strategy))
            inside += [each.low <= one.truth[each.strategy] <= each.high for each in forecasts]
            errors += [abs(each.accuracy - one.truth[each.strategy]) for each in forecasts]
    within = f"{(np.array(regrets) <= WITHIN).sum()} of {len(regrets)}"
    console.print(
        f"{', '.join(sources)}, each judged by a fit on the others: mean regret {np.mean(regrets):.4f}, within a point "
        f"{within}; intervals hold {np.mean(inside):.0%}; mean error {np.mean(errors):.3f}; always partial "
        f"{np.mean([one.regret('partial') for one in known]):.4f}, always full "
        f"{np.mean([one.regret('full') for one in known]):.4f}",
        highlight=False,
    )


def read(grid: Path, gathered: Path) -> list[Known]:
    """Cases that have evidence and all strategies."""
    rows = pd.read_csv(grid).drop_duplicates(["case", "strategy", "seed"], keep="last")
    lines = {line["case"]: line for line in map(json.loads, gathered.read_text().splitlines())}
    known = []
    for name, part in rows.groupby("case", sort=False):
        if name not in lines or set(part["strategy"]) != set(STRATEGIES):
            continue
        line = lines[name]
        seeds = set.intersection(*(set(rows["seed"]) for _, rows in part.groupby("strategy")))
        part = part[part["seed"].isin(seeds)]  # noqa: PLW2901  all strategies with the same seeds
        truth = part.groupby("strategy")["test_accuracy"].mean().to_dict()
        plain = line["evidence"] | {
            "curve": {int(shots): value for shots, value in line["evidence"]["curve"].items()},
            "depths": {float(share): value for share, value in line["evidence"]["depths"].items()},
        }
        seconds = part.groupby("strategy")["seconds"].mean().sum()
        known.append(Known(str(name), Evidence(**plain), truth, line["seconds"], float(seconds)))
    return known


def choose(tuned: Sequence[Known]) -> Model:
    """The margin with the least regret where each case is left out of the fit."""
    regret = lambda margin: sum(left_out_regret(tuned, place, margin) for place in range(len(tuned)))  # noqa: E731
    return fit([(one.evidence, one.truth) for one in tuned], min(MARGINS, key=regret))


def row(one: Known, model: Model, part: str) -> dict[str, object]:
    forecasts = model.forecast(one.evidence)
    advised = model.best(forecasts).strategy
    said = {
        f"{each.strategy}_{what}": round(value, 4)
        for each in forecasts
        for what, value in (
            ("true", one.truth[each.strategy]), ("forecast", each.accuracy), ("low", each.low), ("high", each.high),
        )
    }  # fmt: skip
    return {
        "case": one.name, "part": part, "images": one.evidence.images, "steps": one.evidence.steps,
        "best": max(one.truth, key=one.truth.__getitem__), "advised": advised, "regret": round(one.regret(advised), 4),
        **said, "advice_seconds": one.seconds, "grid_seconds": round(one.grid_seconds, 1),
    }  # fmt: skip


def rules(tuned: Sequence[Known], model: Model) -> dict[str, Rule]:
    """The advisor, and what it must beat."""

    def by_neighbours(limit: float) -> Rule:
        return lambda one: "freeze" if one.evidence.knn >= limit else "full"

    limits = np.linspace(0, 1.01, 102)
    limit = min(limits, key=lambda limit: sum(one.regret(by_neighbours(limit)(one)) for one in tuned))
    always = {f"always {name}": (lambda one, name=name: name) for name in STRATEGIES}
    return {
        "advise": lambda one: model.best(model.forecast(one.evidence)).strategy,
        **always,
        f"k-NN below {limit:.2f}: full, else freeze": by_neighbours(limit),
    }


def report(what: str, part: Sequence[Known], model: Model, tuned: Sequence[Known]) -> None:
    """Regret of each rule, coverage of the intervals, and the time."""
    rows = []
    for name, rule in rules(tuned, model).items():
        regrets = np.array([one.regret(rule(one)) for one in part])
        within = f"{(regrets <= WITHIN).sum()} of {len(part)}"
        mean, worst = round(float(regrets.mean()), 4), round(float(regrets.max()), 4)
        rows.append({"rule": name, "mean_regret": mean, "worst": worst, "within_a_point": within})
    console.print(as_table(pd.DataFrame(rows), f"{what}: {len(part)} cases"))
    inside = [
        each.low <= one.truth[each.strategy] <= each.high for one in part for each in model.forecast(one.evidence)
    ]
    error = [abs(each.accuracy - one.truth[each.strategy]) for one in part for each in model.forecast(one.evidence)]
    share = sum(one.seconds for one in part) / sum(one.grid_seconds for one in part)
    console.print(
        f"90 % intervals hold {np.mean(inside):.0%} of {len(inside)} accuracies; mean error {np.mean(error):.3f}; "
        f"advice takes {share:.0%} of the grid's time", highlight=False,
    )  # fmt: skip
