"""A study is a list of jobs: run those whose run folder is missing, then make one table of all that have finished.

Stop a study whenever you like and start it again: finished runs are found by their name and their overrides.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from artesano.config.overrides import normalise
from artesano.errors import BadInput
from artesano.own_folders import outputs_root
from artesano.runs import record

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
METRICS = ("test/accuracy", "test/macro_f1", "val/accuracy")
NAMED = re.compile(r"\{([\w.-]+)\}")  # in a job's words: the folder of that job's run
MOST = 10  # columns of a table that can be read
Column = Callable[[dict[str, Any]], Any]  # what it reads from a record
Columns = Mapping[str, Column]  # by name
console = Console(width=None if sys.stdout.isatty() else 200)


@dataclass(frozen=True)
class Job:
    """One run of `artesano train`.

    Args:
        name: finds the run again, so it is unique in its study.
        words: overrides; `{name of another job}` stands for the folder of that job's run.
        about: the columns that say what was run; jobs that differ only in `seed` are summarised together.
        seconds: rough time on two cores.
    """

    name: str
    words: tuple[str, ...]
    about: dict[str, Any] = field(default_factory=dict)
    seconds: float = 60.0

    def overrides(self, runs: dict[str, Path]) -> list[str]:
        """The words of the command line, names of other jobs replaced by their run folders."""
        words = [f"name={self.name}", "logger.wandb.mode=disabled", *self.words]
        for name, folder in runs.items():
            words = [word.replace("{" + name + "}", folder_text(folder)) for word in words]
        return words


def folder_text(folder: Path) -> str:
    """Relative to the current folder where it lies below, so that a published command fits other machines."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options that every study has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="added to every job, e.g. for a short trial")
    parser.add_argument("--list", action="store_true", help="show the jobs and their expected minutes, run nothing")
    parser.add_argument("--only", metavar="REGEX", default="", help="only the jobs whose name it matches")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the tables (docs/results)")
    return parser


def study(
    jobs: Sequence[Job],
    args: argparse.Namespace,
    table: str,
    metrics: Sequence[str] = METRICS,
    columns: Columns | None = None,
) -> int:
    """Run what is missing; write <table>.csv and <table>_summary.csv of all that have finished, and print the latter.

    Rows of an earlier table stay where their run folder is gone, as long as their command is the same.

    Args:
        columns: further columns, read from the record; not averaged.

    Columns in which no row has a value are left out.

    Returns:
        exit code: 0 all finished, 1 some failed, 130 or 143 stopped.
    """
    jobs = [replace(job, words=job.words + tuple(args.overrides)) for job in jobs]
    earlier = earlier_rows(args.out / f"{table}.csv", jobs)
    chosen = with_sources([job for job in jobs if re.search(args.only, job.name)], jobs, set(earlier.get("name", [])))
    if args.list:
        show(chosen, finished(jobs))
        return 0
    code = run_missing(chosen, jobs)
    earlier = earlier_rows(args.out / f"{table}.csv", jobs)  # again: another of this study's processes may have written
    rows = in_order(collect(jobs, metrics, columns), earlier, jobs).dropna(axis="columns", how="all")
    if len(rows):
        args.out.mkdir(parents=True, exist_ok=True)
        rows.to_csv(args.out / f"{table}.csv", index=False)
        if not metrics:
            return code
        summary = summarise(rows, tuple(columns or ()))
        summary.to_csv(args.out / f"{table}_summary.csv", index=False)
        shown = short(summary)
        console.print(
            as_table(shown if shown.shape[1] <= MOST else upright(shown), f"{table}: {len(rows)} of {len(jobs)} runs")
        )
    return code


def counted(pattern: str, state: str = "last") -> Column:
    """Reads the metric whose whole name matches, as where it holds a number of images that the data decide."""
    name = re.compile(pattern)
    return lambda record: next((value for key, value in record["metrics"][state].items() if name.fullmatch(key)), None)


def with_sources(wanted: Sequence[Job], jobs: Sequence[Job], rows: set[str]) -> list[Job]:
    """Those that have no row yet, and the jobs whose run they start from: a row is kept longer than a run folder."""
    left = [job for job in wanted if job.name not in rows]
    sources = {name for job in left for name in NAMED.findall(" ".join(job.words))}
    return [job for job in jobs if job in left or job.name in sources]


def show(jobs: Sequence[Job], runs: dict[str, Path]) -> None:
    """The jobs, what is left to do, and the expected minutes."""
    for job in jobs:
        state = "finished" if job.name in runs else f"{job.seconds / 60:.1f} min"
        console.print(f"{state:>9}  artesano train {shlex.join(job.overrides(runs))}", soft_wrap=True, highlight=False)
    left = [job.seconds for job in jobs if job.name not in runs]
    console.print(f"{len(left)} of {len(jobs)} jobs to run, about {sum(left) / 60:.0f} min on two cores")


def run_missing(jobs: Sequence[Job], known: Sequence[Job]) -> int:
    """One process after the other; a failure does not stop the rest, a signal does. `known`: all jobs of the study."""
    worst = 0
    for number, job in enumerate(jobs, start=1):
        runs = finished(known)
        if job.name in runs:
            console.print(f"[dim]{number}/{len(jobs)} {job.name}: finished, {folder_text(runs[job.name])}[/]")
            continue
        words = job.overrides(runs)
        if missing := NAMED.findall(" ".join(words)):
            console.print(f"[red]{job.name} needs the run of {missing[0]}[/]")
            worst = 1
            continue
        console.print(f"[bold]{number}/{len(jobs)}[/] artesano train {shlex.join(words)}", soft_wrap=True)
        code = subprocess.run([sys.executable, "-m", "artesano", "train", *words], check=False).returncode
        if code in (130, 143):
            return code
        worst = max(worst, min(1, abs(code)))
    return worst


def finished(jobs: Sequence[Job]) -> dict[str, Path]:
    """Name -> folder of the newest finished run that had exactly the overrides of the job."""
    newest: dict[str, list[tuple[Path, list[str]]]] = {}
    for folder in sorted(path.parent for path in outputs_root().glob("*/*/run.json")):
        try:
            run_record = record.read(folder)
        except BadInput:
            continue
        diverged = (run_record.get("error") or {}).get("type") == "NotFinite"  # is a result too
        if run_record["status"] == "finished" or diverged:
            newest.setdefault(run_record["name"], []).insert(0, (folder, run_record["overrides"]))
    runs: dict[str, Path] = {}
    for job in jobs:  # a job stands after those it needs, so their folders are known here
        wanted = normalise(job.overrides(runs))
        same = [folder for folder, overrides in newest.get(job.name, []) if overrides == wanted]
        runs |= {job.name: same[0]} if same else {}
    return runs


def earlier_rows(path: Path, jobs: Sequence[Job]) -> pd.DataFrame:
    """Rows of an earlier table of these very jobs, whose runs are not in outputs/ any more."""
    if not path.is_file():
        return pd.DataFrame()
    rows, runs = pd.read_csv(path), finished(jobs)
    commands = {job.name: without_numbers(published(job, runs)) for job in jobs if job.name not in runs}
    earlier = map(without_numbers, rows["command"])
    same = [commands.get(name) == command for name, command in zip(rows["name"], earlier, strict=True)]
    return rows[same]


def without_numbers(command: str) -> str:
    """Run folders as their job's name, `{name}`: another machine has other numbers, or the runs no more."""
    return re.sub(r"=outputs/\S*/\d{4,}-(\S+)", r"={\1}", command)


def in_order(rows: pd.DataFrame, earlier: pd.DataFrame, jobs: Sequence[Job]) -> pd.DataFrame:
    """New and earlier rows in the order of the jobs."""
    both = pd.concat([part for part in (rows, earlier) if len(part)]) if len(rows) or len(earlier) else rows
    place = {job.name: number for number, job in enumerate(jobs)}
    return both.sort_values("name", key=lambda names: names.map(place)).reset_index(drop=True) if len(both) else both


def published(job: Job, runs: dict[str, Path]) -> str:
    """The command of a job without places of this machine: run folders as they lie in `outputs`."""
    below = {name: Path("outputs", folder.relative_to(outputs_root())) for name, folder in runs.items()}
    words = [re.sub(r"^((adapt\.)?data\.root)=[~./].*", r"\1=<folder>", word) for word in job.overrides(below)]
    return f"artesano train {' '.join(words)}"


def collect(jobs: Sequence[Job], metrics: Sequence[str] = METRICS, columns: Columns | None = None) -> pd.DataFrame:
    """One row for each finished job: what it was, its metrics (of best.ckpt), its seconds and its command."""
    runs = finished(jobs)
    rows = []
    for job in jobs:
        if job.name in runs:
            run_record = record.read(runs[job.name])
            values = {name.replace("/", "_"): run_record["metrics"]["best"].get(name) for name in metrics}
            values |= {name: read(run_record) for name, read in (columns or {}).items()}
            command = published(job, runs)
            rows.append({"name": job.name, **job.about, **values, "seconds": run_record["seconds"], "command": command})
    return pd.DataFrame(rows)


def summarise(rows: pd.DataFrame, besides: Sequence[str] = ()) -> pd.DataFrame:
    """Mean, lowest and highest of each metric over the seeds, in the order of the rows; mean seconds.

    Of one seed the mean alone: it is its lowest and highest too.

    Args:
        besides: columns that are neither metrics nor what distinguishes one kind of job from another.
    """
    values = [column for column in rows if str(column).startswith(("test_", "val_", "target_test_"))]
    keys = [column for column in rows if column not in (*values, *besides, "name", "seed", "seconds", "command")]
    groups = rows.groupby(keys, sort=False, dropna=False)
    parts = {"seeds": groups.size()}
    spread = ("mean", "min", "max") if groups.size().max() > 1 else ("mean",)
    for column in values:
        parts |= {f"{column}_{what}": groups[column].agg(what) for what in spread}
    parts["seconds_mean"] = groups["seconds"].mean()
    return pd.DataFrame(parts).reset_index()


def short(summary: pd.DataFrame) -> pd.DataFrame:
    """For the terminal: `0.958 (0.955..0.960)` instead of three columns."""
    table = summary.copy()
    for mean in [column for column in summary if str(column).endswith("_mean") and column != "seconds_mean"]:
        name = str(mean).removesuffix("_mean")
        if f"{name}_min" not in summary:
            continue
        parts = summary[[f"{name}_{what}" for what in ("mean", "min", "max")]].itertuples(index=False)
        table[mean] = [f"{middle:.3f} ({low:.3f}..{high:.3f})" for middle, low, high in parts]
        table = table.drop(columns=[f"{name}_min", f"{name}_max"]).rename(columns={mean: name})
    return table.round({"seconds_mean": 0})


def upright(rows: pd.DataFrame) -> pd.DataFrame:
    """A column for each row: many metrics of a few runs can be read on a screen of any width that way."""
    columns = rows.T.rename_axis("").reset_index()
    return columns.rename(columns={number: str(number + 1) for number in range(len(rows))}).astype(object)


def as_table(rows: pd.DataFrame, title: str) -> Table:
    """Any data frame as a table for the terminal; what is not known is a dash."""
    table = Table(title=title, title_justify="left")
    for column in rows:
        table.add_column(str(column).replace("_", " "), justify="left" if rows[column].dtype == object else "right")
    for row in rows.itertuples(index=False):
        table.add_row(*map(text, row))
    return table


def text(value: Any) -> str:
    """A cell: floats short, unknown values as a dash."""
    return "-" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value)
