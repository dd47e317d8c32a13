"""Report: a report on Weights & Biases of the chosen runs: results, curves, keys that differ, pictures.

  artesano report                                                  all runs below outputs/, if of one kind
  artesano report outputs/sweeps/transfer --title "Learning rates"
  artesano report --where 'kind=gan and data.shots<=20' --metric fd_lite0_1k
  artesano report --where kind=transfer --workspace                a saved view of the project instead

It shows exactly these runs, with the columns and metrics of `artesano compare`; seeds of one config are one line. It
needs pip install 'artesano[report]', an API key (wandb login) and a network. Runs that were logged offline must have
been sent; the command to send them is printed. Without a server: artesano compare --html."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("places", nargs="*", metavar="folder or run", help="folders of runs, runs, numbers, last")
    parser.add_argument("--where", metavar="CONDITION", help="only these runs")
    parser.add_argument(
        "--metric", metavar="A,B", default="", help="names, separated by commas; the first sorts the table"
    )
    parser.add_argument("--title", help="of the report, up to 128 characters")
    parser.add_argument(
        "--workspace", action="store_true", help="make a saved view of the project's workspace instead of a report"
    )


def main(args: argparse.Namespace) -> int:
    import sys

    from artesano.compare.table import compare
    from artesano.compare.wandb_report import save, title_of
    from artesano.compare.wandb_sent import known_to_wandb, require_all_sent
    from artesano.compare.where import choose, require_one_kind
    from artesano.errors import BadInput

    chosen, problems = choose(args.places, args.where)
    require_one_kind(chosen)
    runs, strange = known_to_wandb(chosen)
    unknown = "not on W&B (logger.wandb.mode=disabled, or the run ended early)"
    problems += [f"{run.folder}: {unknown}" for run in strange]
    for problem in problems:
        print(f"artesano: skipped: {problem}", file=sys.stderr)
    if not runs:
        raise BadInput(f"none of the {len(chosen)} runs was logged to W&B; artesano compare shows them.")
    comparison = compare(runs, [name for name in args.metric.split(",") if name])
    if not comparison.rows:
        raise BadInput(f"none of the {len(runs)} runs has a result to show yet.")
    require_all_sent(runs)
    left_out = f"; {len(problems)} left out" if problems else ""
    about = f"Made by artesano report{f' --where {args.where!r}' if args.where else ''}{left_out}."
    print(save(comparison, runs, args.title or title_of(comparison), about, args.workspace))
    return 0
