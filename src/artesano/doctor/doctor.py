"""`artesano doctor`: a diagnosis, a plan, its arms, and the table of what helped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from artesano.doctor.outcome import Outcome, outcome_of, ranked
from artesano.doctor.plan import Arm, Plan, plan
from artesano.doctor.treat import case_folder, treat, write
from artesano.errors import BadInput, Interrupted
from artesano.kinds.kind import Illness
from artesano.kinds.registry import of_record, refuse_bundle
from artesano.lines import wrapped
from artesano.next_steps import next_steps, quoted
from artesano.runs import record
from artesano.runs.find import find_run
from artesano.runs.folder import alive


def doctor(run: str, at: int | None, restart: bool, only_list: bool) -> int:
    """Try what may heal the run, and print what did; returns the exit code.

    Args:
        at: the step to go back to; None = the last one with a checkpoint before the first sign.
        restart: each remedy is also tried in a new run from step 0.
        only_list: print the plan alone.

    Raises:
        BadInput: no such run, a run that is not ill, that has no health, or whose past was not kept.
        Interrupted: by a signal; the same command goes on.
    """
    folder = find_run(run)
    known = record.read(folder)
    refuse_bundle(run, known, "doctor")
    kind = of_record(known)
    if alive(folder):
        raise BadInput(f"{folder}: it is still training.")
    illness = kind.illness(folder, known)
    if known["steps"] is None:
        raise BadInput(
            f"{folder}: the run ended ({known['status']}) before its first step, so there is nothing to go on from."
        )
    if not illness.ill:
        raise BadInput(f"{folder}: {illness.state}, so there is nothing to heal ({illness.sentence}).")
    chosen = plan(folder, known, illness, at, restart)
    introduce(folder, illness, chosen, known["steps"])
    if only_list:
        return 0
    case, results = case_folder(folder), dict[Arm, Outcome]()
    try:
        for arm, outcome in treat(chosen, case):
            results[arm] = outcome
            write(case, content(folder, known, illness, chosen, results))
    except Interrupted:
        print(f"continue with  artesano doctor {quoted(folder)}{' --restart' * restart}{f' --at {at}' if at else ''}")
        raise
    conclude(folder, known, case, results)
    return 0


def introduce(folder: Path, illness: Illness, chosen: Plan, steps: int) -> None:
    """Print the diagnosis and the plan."""
    cost = sum(steps - arm.at for arm in chosen.arms)
    lines = [
        f"{folder.name}: {illness.state}, first seen at step {illness.first_sign:,}. {illness.sentence}.",
        f"{len(chosen.arms)} arms to step {steps:,}, {cost:,} steps in all:",
        *(f"  {arm.line}" for arm in chosen.arms),
        *(f"left out: {word}: {why}" for word, why in chosen.left_out.items()),
    ]
    print(*(wrapped(line, sys.stdout) for line in lines), sep="\n", flush=True)


def content(
    folder: Path, known: dict[str, Any], illness: Illness, chosen: Plan, results: dict[Arm, Outcome]
) -> dict[str, Any]:
    """What doctor.json holds: the diagnosis, and the arms that have ended, the best first."""
    case, nothing = case_folder(folder), do_nothing(folder, known, results)
    arms, outcomes = list(results), list(results.values())
    return {
        "run": str(folder),
        "verdict": illness.state,
        "sentence": illness.sentence,
        "first_sign": illness.first_sign,
        "at": chosen.at,
        "arms": [
            {
                "changes": list(arms[place].words),
                "at": arms[place].at,
                "verdict": outcomes[place].verdict,
                "healed": outcomes[place].healed,
                "distance": outcomes[place].distance,
                "of": outcomes[place].named,
                "coverage": outcomes[place].coverage,
                "lower_than_nothing": outcomes[place].lower_than(nothing),
                "sentence": outcomes[place].sentence,
                "folder": arms[place].folder,
                "command": arms[place].line,
            }
            for place in ranked(outcomes)
        ],
        "to_do": [arm.line for arm in chosen.arms if arm not in results],
        "left_out": chosen.left_out,
        "folder": str(case),
    }


def do_nothing(folder: Path, known: dict[str, Any], results: dict[Arm, Outcome]) -> Outcome:
    """What the remedies are compared with: the arm without a change, else the run itself."""
    arms = [outcome for arm, outcome in results.items() if not arm.words]
    return arms[0] if arms else outcome_of(folder, known)


def conclude(folder: Path, known: dict[str, Any], case: Path, results: dict[Arm, Outcome]) -> None:
    """Print the table, the best remedy, and what to do with it."""
    nothing, arms, outcomes = do_nothing(folder, known, results), list(results), list(results.values())
    order = ranked(outcomes)
    best, outcome = arms[order[0]], outcomes[order[0]]
    Console().print(table(arms, outcomes, nothing))
    print(f"all of it: {case / 'doctor.json'}")
    if not best.words or outcome.rank >= nothing.rank:
        print("Nothing that was tried did better than doing nothing.")
        return
    gain = outcome.lower_than(nothing)
    by = "" if gain is None else f", {outcome.named} {gain:.0%} lower" if gain >= 0 else f", {outcome.named} higher"
    print(f"Best: {best.title} from step {best.at:,}: {outcome.verdict} instead of {nothing.verdict}{by}.")
    if not outcome.healed:
        print("It is better, not healed: go on with its own doctor, or try --restart or an earlier --at.")
    run = quoted(case / best.folder)
    next_steps(best.line, f"artesano sample {run}", f"artesano compare {quoted(case)}")


def table(arms: list[Arm], outcomes: list[Outcome], nothing: Outcome) -> Table:
    """A row for each arm, the best first."""
    result = Table(title="what was tried, the best first", title_justify="left")
    result.add_column("changed", overflow="fold")
    result.add_column("from", justify="right", width=6)
    result.add_column("verdict", width=13)
    for name in (nothing.named, "lower by", "coverage"):
        result.add_column(name, justify="right", width=8)
    for place in ranked(outcomes):
        arm, outcome = arms[place], outcomes[place]
        lower = outcome.lower_than(nothing) if arm.words else None
        numbers = (number(outcome.distance), "-" if lower is None else f"{lower:.0%}", number(outcome.coverage))
        result.add_row(arm.title.replace("[", r"\["), f"{arm.at:,}", outcome.verdict, *numbers)
    return result


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
