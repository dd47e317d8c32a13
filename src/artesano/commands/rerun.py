"""Rerun: repeat a run from its record and compare the metrics.

  artesano rerun last
  artesano rerun 12 trainer.accelerator=cpu

Lists first what has changed since: versions, commit, uncommitted changes, more steps by resume. The split is that of
the run; with images that are missing or replaced the same numbers cannot come out, and nothing is run. Exit code 0 =
every metric and the whole metrics.csv are bit for bit the same (as on one CPU they should be), 1 = they are not, with
what differs."""

from __future__ import annotations

import argparse
import sys


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run folder, its number (3, or transfer/3), or last")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="trainer.* or logger.*")


def main(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    from artesano.progress_bars import load_torch

    load_torch()
    from artesano.experiment.rerun import changes, lengthened, rerun
    from artesano.kinds.registry import refuse_bundle
    from artesano.lines import wrapped
    from artesano.next_steps import next_steps, quoted
    from artesano.runs import record
    from artesano.runs.find import find_run

    name = args.run.removeprefix("run=")
    known = record.read(find_run(name))
    refuse_bundle(name, known, "rerun")
    for change in changes(known):
        print(wrapped(f"WARNING: {change}", sys.stdout))
    repeated = rerun(name, args.overrides)
    if repeated.identical:
        count = sum(len(repeated.run.record["metrics"][state]) for state in ("last", "best"))
        print(f"identical: {count} metrics and metrics.csv are bit for bit those of {repeated.of}")
    else:
        table = Table("", "then", "now", title=f"not the same as {repeated.of}", title_justify="left")
        for key, (then, now) in repeated.different.items():
            table.add_row(key, str(then), str(now))
        Console().print(table if repeated.different else "the final metrics are the same; rows of metrics.csv differ")
        for reason in lengthened(known):
            print(wrapped(f"why: {reason}", sys.stdout))
    next_steps(f"artesano compare {quoted(repeated.of)} {quoted(repeated.run.folder)} --all-keys")
    return 0 if repeated.identical else 1
