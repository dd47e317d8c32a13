"""How good is `artesano advise`? Fitted on 42 cases, four strategies each, and judged on 16 fresh ones.

  python scripts/study_advisor.py --ucmerced <folder> --list      the runs and their minutes
  python scripts/study_advisor.py --ucmerced <folder>             run what is missing in docs/results/advisor_grid.csv
  python scripts/study_advisor.py --ucmerced <folder> --evidence  ask for advice on each: advisor_evidence.jsonl
  python scripts/study_advisor.py --fit                           fit the 42, judge the 16

The first two need hours and minutes; a row is written when it is known, so stop and start at will. `--fit` writes
docs/results/advisor_cases.csv and src/artesano/advisor/fitted.json. Every strategy has the steps, the batches and the
seed of the others, and the options of its YAML file."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from re import search
from typing import Any

from advisor_cases import SECONDS, SIZE, STEPS, STRATEGIES, Case, cases, folders, fresh
from forked_jobs import drawn, study
from jobs import Job, console, parser

GRID, EVIDENCE = "advisor_grid", "advisor_evidence"


def jobs(seeds: Sequence[int], places: dict[str, str]) -> list[Job]:
    """Seed by seed and case by case, so that a part of them is a study of fewer."""
    return [
        job(case, strategy, seed, places) for seed in seeds for case in (*cases(), *fresh()) for strategy in STRATEGIES
    ]


def job(case: Case, strategy: str, seed: int, places: dict[str, str]) -> Job:
    words = (*case.overrides(places), f"strategy={strategy}", f"seed={seed}")
    about = {"case": case.name, "strategy": strategy, "seed": seed}
    seconds = SECONDS[strategy] * case.steps / STEPS * (case.size / SIZE) ** 2
    return Job(f"{case.name}-{strategy}-s{seed}", words, about, seconds)


def gather_all(chosen: Sequence[Case], places: dict[str, str], file: Path) -> int:
    """A line for each case that has none."""
    known = {json.loads(line)["case"] for line in file.read_text().splitlines()} if file.is_file() else set()
    for number, case in enumerate(chosen, start=1):
        if case.name in known:
            continue
        with tempfile.TemporaryDirectory(prefix="artesano-advice-") as cache:
            os.environ["ARTESANO_CACHE"] = cache  # features of the grid's runs must not help
            row = {"case": case.name, **evidence(case, places)}
        with file.open("a") as stream:
            stream.write(json.dumps(row) + "\n")
        what = f"{case.name}  probe {row['evidence']['probe']:.3f}, frozen {row['evidence']['freeze']:.3f}"
        console.print(f"{drawn(number, len(chosen))} {what} in {row['seconds']:.0f} s", highlight=False)
    return 0


def evidence(case: Case, places: dict[str, str]) -> dict[str, Any]:
    """What `artesano advise` would know, and the seconds from the config to its end."""
    from artesano.config.compose import compose
    from artesano.kinds.registry import experiment_of
    from artesano.kinds.transfer.advise import advise

    began = time.monotonic()
    composed = compose([*case.overrides(places), "strategy=auto"])
    experiment: Any = experiment_of(composed.resolved, composed.origins, composed.choices)
    experiment.check()
    advice = advise(experiment, *experiment.parts())
    return {"seconds": round(time.monotonic() - began, 1), "evidence": advice.evidence.to_dict()}


def main(args: Namespace) -> int:
    if args.fit:
        from advisor_fit import write

        return write(args.out, args.out / f"{GRID}.csv", args.out / f"{EVIDENCE}.jsonl")
    if args.ucmerced is None:
        console.print("--ucmerced <folder>: the 21 classes of UC Merced, one subfolder each")
        return 2
    places = folders(args.ucmerced, args.work)
    if args.evidence:
        chosen = [case for case in (*cases(), *fresh()) if search(args.only, case.name)]
        return gather_all(chosen, places, args.out / f"{EVIDENCE}.jsonl")
    return study(jobs(args.seeds, places), args, GRID)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--ucmerced", metavar="FOLDER", type=Path, help="one subfolder per class")
    options.add_argument("--work", metavar="FOLDER", type=Path, default=Path("outputs/advisor"), help="of made data")
    options.add_argument("--evidence", action="store_true", help="ask for advice on each case")
    options.add_argument("--fit", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
