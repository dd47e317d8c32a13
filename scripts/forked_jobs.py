"""A study of many short runs: each is forked, gives one row of a table, and leaves no run folder.

A row is written when its run has ended, so that a study may be stopped and started again at will, and two processes
may work on one table.
"""

from __future__ import annotations

import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from re import search
from typing import Any

import pandas as pd
from jobs import Job, console, published, show

from artesano.experiment.ranks import by_itself
from artesano.experiment.start import prepare, start
from artesano.runs import record

Row = dict[str, Any]
HEADLINES = {"test_accuracy", "high_quality", "coverage"}  # the column of a row that is printed


def study(jobs: Sequence[Job], args: Namespace, table: str, run: Callable[[Job], Row | int] | None = None) -> int:
    """List the jobs, or run those that `--only` names and that have no row yet; `run` and exit code of `run_all`."""
    path = args.out / f"{table}.csv"
    chosen = [replace(job, words=job.words + tuple(args.overrides)) for job in jobs if search(args.only, job.name)]
    left = missing(chosen, path)
    if args.list:
        names = {job.name for job in left}
        show(chosen, {job.name: Path() for job in chosen if job.name not in names})
        return 0
    return run_all(left, path, run)


def missing(all_jobs: Sequence[Job], table: Path) -> list[Job]:
    """Those that have no row with their very command."""
    rows = pd.read_csv(table) if table.is_file() else pd.DataFrame(columns=["name", "command"])
    there = set(zip(rows["name"], rows["command"], strict=True))
    return [job for job in all_jobs if (job.name, published(job, {})) not in there]


def run_all(chosen: Sequence[Job], table: Path, run: Callable[[Job], Row | int] | None = None) -> int:
    """One after the other; 0 = all finished, 1 = some failed, 130 or 143 = stopped.

    Args:
        run: makes the row of a job, or returns an exit code; None = `run_forked`.
    """
    run = run or run_forked
    prepare()
    began, done, worst = time.monotonic(), 0.0, 0
    for number, job in enumerate(chosen, start=1):
        try:
            row = run(job)
        except KeyboardInterrupt:
            return 130
        if isinstance(row, int):
            if row in (130, 143):
                return row
            worst = 1
            continue
        append(row, table)
        done += job.seconds
        left = (time.monotonic() - began) / done * sum(later.seconds for later in chosen[number:])
        (number_of,) = row.keys() & HEADLINES
        what = f"{job.name}  {number_of} {row[number_of]:.3f} in {row['seconds']:.0f} s"
        console.print(f"{drawn(number, len(chosen))} {what}, about {left / 60:.0f} min left", highlight=False)
    return worst


def drawn(done: int, total: int) -> str:
    """A bar that can also be read in a file."""
    full = 20 * done // total
    return f"{'#' * full}{'.' * (20 - full)} {done}/{total}"


def run_forked(job: Job) -> Row | int:
    """The row of a classifier's run; or its exit code."""
    known = record_of(job)
    if isinstance(known, int):
        return known
    return {
        "name": job.name,
        **job.about,
        "images": known["data"]["images"]["train"],
        "test_accuracy": round(known["metrics"]["last"]["test/accuracy"], 4),
        "seconds": round(known["seconds"], 1),
        "command": published(job, {}),
    }


def record_of(job: Job, diverged: bool = False) -> dict[str, Any] | int:
    """The record of a forked `artesano train`, whose run folder goes when it has been read; or its exit code.

    Args:
        diverged: the record is also wanted where a loss was not finite.
    """
    with tempfile.TemporaryDirectory(prefix="artesano-study-", ignore_cleanup_errors=True) as scratch:
        log = Path(scratch, "log.txt")
        env = by_itself() | {"ARTESANO_OUTPUTS": scratch}
        code = start(["train", *job.overrides({})], env, log, bound=True).wait()
        records = [record.read(path.parent) for path in Path(scratch).glob("*/*/run.json")]
        if code == 0 or (diverged and records and (records[0]["error"] or {}).get("type") == "NotFinite"):
            return records[0]
        console.print(f"{job.name} failed ({code})\n{log.read_text(errors='replace')[-1000:]}", markup=False)
        return code


def append(row: Row, table: Path) -> None:
    """A line at the end, written at once: another process may do the same."""
    table.parent.mkdir(parents=True, exist_ok=True)
    try:
        with table.open("x") as stream:
            stream.write(",".join(row) + "\n")
    except FileExistsError:
        pass
    with table.open("a") as stream:
        stream.write(pd.DataFrame([row]).to_csv(index=False, header=False))
