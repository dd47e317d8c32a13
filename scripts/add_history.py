"""Append what the verdict on a GAN is made of, of a run, to tests/gan/histories.jsonl: its probes and its evaluations.
docs/results/gan_verdicts.csv is made anew from all of them.

  python scripts/add_history.py outputs/gan/0007-mnist5k-dcgan-best --state healthy \\
      --person "digits of all kinds, one in five broken"

Look at plots/samples.png and say what you see before you look at the verdict; `--state` is the one it should get."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from artesano.gan.health import NAMES
from artesano.runs import record as records
from artesano.runs.floors import FLOOR, floors_of, kind
from artesano.runs.metrics import read_rows

ROOT = Path(__file__).resolve().parent.parent
HISTORIES = ROOT / "tests" / "gan" / "histories.jsonl"
TABLE = ROOT / "docs" / "results" / "gan_verdicts.csv"


def history(folder: Path, name: str | None, person: str, state: str) -> dict[str, Any]:
    """A line of the file: four digits of each number that the verdict reads, and what it is expected to say."""
    record = records.read(folder)
    rows = read_rows(folder / "metrics.csv")
    at = {key: {step: value for step, one, value in rows if one == f"health/{key}"} for key in NAMES}
    steps = sorted(at["loss_d"])
    return {
        "name": name or record["name"],
        "person": person,
        "state": state,
        "patience": record["config"].get("health.patience", 4),
        "probes": {"step": steps} | {key: [digits(values.get(step)) for step in steps] for key, values in at.items()},
        "evaluations": evaluations(record, rows),
    }


def evaluations(record: dict[str, Any], rows: list[tuple[int, str, float]]) -> list[dict[str, Any]]:
    """Those that the run has kept; of an older run what metrics.csv and its last metrics tell."""
    kept = (record.get("health") or {}).get("evaluations")
    if kept:
        return [{key: digits(value) for key, value in one.items()} for one in kept]
    last = record["metrics"]["last"]
    floors = {f"{key}_floor": value for key, value in floors_of(last).items() if key in ("fd", "coverage")}
    by_step: dict[int, dict[str, Any]] = {}
    for step, name, value in rows:
        if name.startswith("val/") and FLOOR not in name and kind(name) in ("fd", "coverage"):
            by_step.setdefault(step, {})[kind(name)] = digits(value)
    counted = {"of": record["steps"], **floors}
    in_training = {"samples": record["config"].get("evaluation.samples_in_training"), **counted}
    looks = [in_training | {"step": step} | values for step, values in sorted(by_step.items())]
    end = {kind(name): value for name, value in last.items() if FLOOR not in name and not name.endswith("_raw")}
    if "coverage" in end:
        final = {"samples": record["config"].get("evaluation.samples"), "step": record["steps"], **counted}
        looks.append(final | {key: digits(end.get(key)) for key in ("fd", "coverage")})
    return looks


def digits(value: float | None) -> float | None:
    """Four significant ones; None for what is not a number. Counts stay whole."""
    if value is None or isinstance(value, int):
        return value
    return float(f"{value:.4g}") if math.isfinite(value) else None


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, help="of the run")
    options.add_argument("--person", required=True, help="what you see in plots/samples.png")
    options.add_argument("--state", required=True, help="the verdict that such samples deserve")
    options.add_argument("--name", help="of the history (default: the run's)")
    options.add_argument("--to", type=Path, default=HISTORIES, help="default: %(default)s")
    args = options.parse_args()
    line = json.dumps(history(args.folder, args.name, args.person, args.state), ensure_ascii=False)
    with args.to.open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
    if args.to == HISTORIES:
        table(HISTORIES).to_csv(TABLE, index=False)
    return 0


def table(histories: Path) -> pd.DataFrame:
    """What a person says of each grid beside the verdict and the last evaluation."""
    lines = [json.loads(line) for line in histories.read_text(encoding="utf-8").splitlines()]
    return pd.DataFrame(
        {
            "run": line["name"],
            "steps": line["evaluations"][-1]["step"],
            "a person says": line["person"],
            "verdict": line["state"],
            "fd": round(line["evaluations"][-1]["fd"]),
            "coverage": line["evaluations"][-1]["coverage"],
        }
        for line in lines
    )


if __name__ == "__main__":
    sys.exit(main())
