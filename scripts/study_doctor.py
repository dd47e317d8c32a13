"""Does `artesano doctor` heal? Ten failures, provoked on points and on digits of 16 px, three seeds; 15 healthy runs.

  python scripts/study_doctor.py --list                  the runs and their minutes
  python scripts/study_doctor.py --only 'rings-.*-s0'    some of them
  python scripts/study_doctor.py                         run what is missing, write docs/results/doctor.csv
  python scripts/study_doctor.py --summary               detection, false alarms, healed share; runs nothing

A row is a run with `keep_checkpoints=10`, then `artesano doctor --restart` on it where its verdict is no good one: what
the doctor saw and when, what it tried, what was best, and how doing nothing and the same run with another seed ended.
Stop and start at will."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from forked_jobs import Row, study
from jobs import Job, as_table, console, parser, published

from artesano.experiment.ranks import by_itself
from artesano.experiment.start import start
from artesano.runs import record

TABLE = "doctor"
COMMON = ("keep_checkpoints=10", "trainer.devices=1", "evaluation.raw=false", "health.every=25")
BASES: dict[str, tuple[str, ...]] = {
    "rings": ("gan=toy", "data=rings", "hacks=best_points", "max_steps=2500", "eval_every=250", "samples_every=2500",
              *COMMON),
    "digits": ("gan=dcgan", "image_size=16", "generator.width=16", "discriminator.width=16", "max_steps=3000",
               "eval_every=300", "samples_every=3000", "evaluation=fast", *COMMON),
}  # fmt: skip
SECONDS = {"rings": 150.0, "digits": 600.0}  # of a run and its doctor, on one core
HEALTHY_SECONDS = {"rings": 12.0, "digits": 60.0}
BOTH = tuple(BASES)
#: {what is provoked: {data: its words}}
FAILURES: dict[str, Mapping[str, tuple[str, ...]]] = {
    "rate_high": dict.fromkeys(BOTH, ("hacks.lr=0.05",)),
    "rate_low": dict.fromkeys(BOTH, ("hacks.lr=5e-6",)),
    "no_norm": {
        "rings": ("hacks.generator_norm=none", "hacks.lr=0.01"),
        "digits": ("hacks.discriminator_norm=none", "hacks.lr=0.01"),
    },
    "d_strong": dict.fromkeys(BOTH, ("hacks.lr=2e-6", "hacks.discriminator_lr_factor=100")),
    "d_weak": dict.fromkeys(BOTH, ("hacks.discriminator_lr_factor=0.01",)),
    "saturating": dict.fromkeys(BOTH, ("hacks.flip_generator_labels=false", "hacks.extra_critic_steps=2")),
    "momentum": dict.fromkeys(BOTH, ("hacks.betas=[0.98,0.999]", "hacks.lr=0.002")),
    "sgd": dict.fromkeys(BOTH, ("hacks.generator_optimizer=sgd", "hacks.lr=1e-4")),
    "small_d": {"rings": ("discriminator.hidden=[4]",), "digits": ("discriminator.width=1",)},
    "few_data": {
        "rings": ("data.samples=60", "data.batch_size=32"),
        "digits": ("data.fraction=0.02", "data.batch_size=32"),
    },
}
#: {healthy recipe: (data, its words)}
HEALTHY: dict[str, tuple[str, tuple[str, ...]]] = {
    "base": ("rings", ()),
    "hinge": ("rings", ("hacks=critic_points", "loss=hinge", "hacks.r1=0.1", "hacks.lr=0.001")),
    "pairs": ("rings", ("hacks=critic_points", "loss=relativistic", "terms=r1_r2", "terms.r1.interval=1",
                        "terms.r2.interval=1", "max_steps=4000", "eval_every=400", "samples_every=4000")),
    "dcgan": ("digits", ()),
    "lsgan": ("digits", ("gan=lsgan",)),
}  # fmt: skip
GOOD = ("healthy", "game in balance")


def jobs(seeds: Sequence[int]) -> list[Job]:
    """Seed by seed, so that a part of them is a study of fewer seeds."""
    return [one for seed in seeds for one in (*provoked(seed), *healthy(seed))]


def provoked(seed: int) -> list[Job]:
    return [job(data, kind, words[data], seed, True) for kind, words in FAILURES.items() for data in BASES]


def healthy(seed: int) -> list[Job]:
    return [job(data, recipe, words, seed, False) for recipe, (data, words) in HEALTHY.items()]


def job(data: str, kind: str, words: tuple[str, ...], seed: int, ill: bool) -> Job:
    """One run; `provoked` says whether it is to fail. Words come in place of the base's of the same key."""
    keys = {word.partition("=")[0] for word in words}
    base = tuple(word for word in BASES[data] if word.partition("=")[0] not in keys)
    about = {"data": data, "kind": kind, "provoked": ill, "seed": seed}
    seconds = (SECONDS if ill else HEALTHY_SECONDS)[data]
    return Job(f"{data}-{kind}-s{seed}", (*base, *words, f"seed={seed}"), about, seconds)


def run(job: Job) -> Row | int:
    """The row of a run and of its doctor; or an exit code."""
    with tempfile.TemporaryDirectory(prefix="artesano-study-", ignore_cleanup_errors=True) as scratch:
        env, log = by_itself() | {"ARTESANO_OUTPUTS": scratch}, Path(scratch, "log.txt")
        code = start(["train", *job.overrides({})], env, log, bound=True).wait()
        folders = [path.parent for path in Path(scratch).glob("gan/*/run.json")]
        if not folders or code not in (0, 1):
            console.print(f"{job.name} failed ({code})\n{log.read_text(errors='replace')[-1000:]}", markup=False)
            return code
        known = record.read(folders[0])
        code = start(["doctor", str(folders[0]), "--restart"], env, log, bound=True).wait()
        if code in (130, 143):
            return code
        told = next((json.loads(path.read_text()) for path in Path(scratch).glob("doctor/*/doctor.json")), None)
        if told is None and code != 2:  # 2 = nothing to heal
            console.print(f"{job.name}: the doctor failed ({code})\n{log.read_text(errors='replace')[-1000:]}")
            return code
        return row_of(job, known, told)


def row_of(job: Job, known: dict[str, Any], told: dict[str, Any] | None) -> Row:
    """What is kept of a run and of what the doctor told, which is None where it had nothing to heal.

    The best is that of all remedies, `branch` the best that began in mid-run, `advice` the best of those that the
    verdict names; the others take back what the run had changed. `again` is the same run with another seed.
    """
    arms = told["arms"] if told else []
    own = {word.partition("=")[0] for word in job.words}
    remedies = [arm for arm in arms if arm["changes"] and not arm["changes"][0].startswith("seed=")]
    ways = {
        "best": remedies,
        "branch": [arm for arm in remedies if arm["at"]],
        "advice": [arm for arm in remedies if arm["changes"][0].partition("=")[0] not in own],
        "nothing": [arm for arm in arms if not arm["changes"]],
        "again": [arm for arm in arms if arm["changes"] and arm["changes"][0].startswith("seed=")],
    }
    last = (known["health"]["evaluations"] or [{}])[-1] if known["status"] == "finished" else {}
    row = {
        "name": job.name,
        **job.about,
        "verdict": told["verdict"] if told else known["health"]["verdict"],
        "first_sign": told["first_sign"] if told else None,
        "at": told["at"] if told else None,
        "coverage": last.get("coverage", float("nan")),
        "distance": last.get("fd"),
        "tried": len(arms),
        "steps": sum(known["steps"] - arm["at"] for arm in arms),
    }
    for way, chosen in ways.items():  # the arms are ranked
        first = chosen[0] if chosen else {}
        if way not in ("nothing", "again"):
            row[way] = " ".join(first.get("changes", [])) + (f" from {first['at']}" if first else "")
        row |= {f"{way}_{name}": first.get(name) for name in ("verdict", "distance", "coverage")}
    return row | {"seconds": round(known["seconds"], 1), "command": published(job, {})}


WAYS = ("best", "branch", "advice", "nothing", "again")


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """For each data set: how many failures were seen, false alarms, and how many runs ended well by each way."""
    lines = []
    for data, part in rows.groupby("data", sort=False):
        ill, well = part[part["provoked"]], part[~part["provoked"]]
        seen = ill[~ill["verdict"].isin(GOOD)]
        lines.append(
            {
                "data": data,
                "failures": len(ill),
                "seen": len(seen) / len(ill) if len(ill) else float("nan"),
                "healthy_runs": len(well),
                "false_alarms": int((~well["verdict"].isin(GOOD)).sum()),
                **{f"healed_by_{way}": seen[f"{way}_verdict"].isin(GOOD).mean() for way in WAYS},
                "below_nothing": float((1 - seen["best_distance"] / seen["nothing_distance"]).median()),
                "below_again": float((1 - seen["best_distance"] / seen["again_distance"]).median()),
                "steps_mean": seen["steps"].mean(),
            }
        )
    return pd.DataFrame(lines).round(3)


def main(args: Namespace) -> int:
    path = args.out / f"{TABLE}.csv"
    if not args.summary:
        return study(jobs(args.seeds), args, TABLE, run)
    if not path.is_file():
        console.print(f"{path}: no row yet")
        return 1
    summary = summarise(pd.read_csv(path))
    summary.to_csv(path.with_name(f"{TABLE}_summary.csv"), index=False)
    console.print(as_table(summary, "the doctor"))
    return 0


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--summary", action="store_true", help="of the rows there are; runs nothing")
    sys.exit(main(options.parse_args()))
