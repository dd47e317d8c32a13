"""Sweep: search hyperparameters; poor trials are pruned, the others are ranked in a leaderboard.

  artesano sweep sweep=transfer n_trials=40 data=folder data.root=~/photos max_steps=500
  artesano sweep sweep=transfer n_trials=40 workers=2 ...     two at once, each with half of the cores
  artesano sweep sweep=hacks n_trials=20 max_steps=1000        two objectives: the Pareto front
  artesano sweep sweep=my_space.yaml name=second hours=3       a space of your own (see configs/sweep), for three hours
  artesano sweep ... launcher=ray workers=8 launcher.cpus=4 launcher.gpus=1       on the cluster of RAY_ADDRESS, or here
  artesano sweep ... launcher=slurm workers=8 launcher.minutes=240 launcher.partition=gpu launcher.gpus=1

Run the same command again to continue after Ctrl-C or a crash, or to add a worker, also on another machine that sees
the folder (storage=journal, the default, or sqlite) or the database (storage=postgresql://<user>@<host>/<database>; in
ARTESANO_STORAGE it stays out of the shell's history). Each trial is a process of its own in
outputs/sweeps/<name>/<trial>; killed ones are started again, failed ones are reported and do not count.

Options of the sweep: sweep n_trials workers name hours storage sampler pruner launcher launcher.* grace (seconds
without a heartbeat after which a trial on another machine counts as killed; 60) fresh (true: each trial starts a new
interpreter instead of a fork); all other overrides are those of every trial. Which to use: docs/scale.md
Needs: pip install 'artesano[sweep]'"""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "arguments",
        nargs="+",
        metavar="key=value",
        help="sweep=<space>, options of the sweep, and overrides of every trial",
    )


def main(args: argparse.Namespace) -> int:
    from artesano.extras import require

    require("sweep", "a sweep", "optuna", "cmaes", "plotly")
    from artesano.sweep.options import SweepOptions
    from artesano.sweep.run import sweep

    return sweep(SweepOptions.of(args.arguments))
