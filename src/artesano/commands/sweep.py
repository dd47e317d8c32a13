"""Sweep: many trials of a search space; hopeless ones are stopped early, the rest ends as a leaderboard.

  artesano sweep sweep=transfer n_trials=40 data=folder data.root=~/photos max_steps=500
  artesano sweep sweep=transfer n_trials=40 workers=2 ...     two at once, each with half of the cores
  artesano sweep sweep=hacks n_trials=20 max_steps=1000        two objectives: the Pareto front
  artesano sweep sweep=my_space.yaml name=second hours=3       a space of your own (see configs/sweep), for three hours
  artesano sweep ... launcher=ray workers=8 launcher.cpus=4 launcher.gpus=1       on the cluster of RAY_ADDRESS, or here
  artesano sweep ... launcher=slurm workers=8 launcher.minutes=240 launcher.partition=gpu launcher.gpus=1

The same command again goes on: after Ctrl-C, after a crash, or as one more worker, also on another machine that sees
the folder (storage=journal, the default, or sqlite) or the database (storage=postgresql://<user>@<host>/<database>; in
ARTESANO_STORAGE nobody sees its password). Each trial is a process of its own in outputs/sweeps/<name>/<trial>; killed
ones are tried again, failed ones are told and do not count.

Own words: sweep n_trials workers name hours storage sampler pruner launcher launcher.* grace (seconds of silence after
which a trial of another machine counts as killed; 60) fresh (true: each trial starts a new interpreter and is not
forked from one that has done the imports); all others go to every trial. What to use when: docs/scale.md"""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", metavar="key=value", help="sweep=<space>, and what every trial is given")


def main(args: argparse.Namespace) -> int:
    from artesano.sweep.options import SweepOptions
    from artesano.sweep.run import sweep

    return sweep(SweepOptions.of(args.words))
