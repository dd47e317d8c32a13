"""Compare: runs beside each other, read from their folders.

  artesano compare                                             all runs below outputs/
  artesano compare outputs/transfer --metric accuracy,nll      the first metric decides the order
  artesano compare --where 'strategy=freeze and data.shots<=20 or seed=3'
  artesano compare --group-by strategy                         everything else is averaged over
  artesano compare --html report.html                          one page: curves, importance, costs, samples, config diff
  artesano compare --where kind=transfer --csv > runs.csv      also --json, --markdown, --latex

Columns are the choices and keys that differ between the runs; runs that differ in their seed alone are one line, as
mean ± standard deviation. Conditions: = != < <= > >= and ~ (contains), joined by and / or."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("places", nargs="*", metavar="folder or run", help="folders of runs, runs, numbers, last")
    parser.add_argument("--where", metavar="CONDITION", help="only these runs")
    parser.add_argument(
        "--metric", metavar="A,B", default="", help="names, separated by commas; the first sorts the table"
    )
    parser.add_argument(
        "--group-by", metavar="A,B", help="keys, separated by commas, that make a row; all others are averaged over"
    )
    parser.add_argument(
        "--all-keys", action="store_true", help="show also keys that differ only because another option was chosen"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page that opens offline")
    form = parser.add_mutually_exclusive_group()
    for name in ("csv", "json", "markdown", "latex"):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=f"print {name}")


def main(args: argparse.Namespace) -> int:
    import shlex
    import sys

    from artesano.compare import output
    from artesano.compare.table import compare_each_kind
    from artesano.compare.where import choose, require_one_kind

    chosen, problems = choose(args.places, args.where)
    for problem in problems:
        print(f"artesano: skipped: {problem}", file=sys.stderr)
    metrics = [name for name in args.metric.split(",") if name]
    group_by = None if args.group_by is None else [key for key in args.group_by.split(",") if key]
    if metrics or args.form or group_by:
        require_one_kind(chosen)
    comparisons = compare_each_kind(chosen, metrics, group_by, args.all_keys)
    if args.html:
        left_out = f"; {len(problems)} folders could not be read" if problems else ""
        output.to_page(comparisons, args.html, shlex.join(["artesano", "compare", *sys.argv[2:]]) + left_out)
    for comparison in comparisons:
        if args.form:
            output.to_program(comparison, args.form)
        elif not args.html:
            output.to_terminal(comparison)
    return 0
