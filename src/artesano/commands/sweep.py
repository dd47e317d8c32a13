"""Sweep: many trials of a search space; hopeless ones are stopped early, the rest ends as a leaderboard.

  artesano sweep sweep=transfer n_trials=40 data=folder data.root=~/photos max_steps=500
  artesano sweep sweep=transfer n_trials=40 workers=2 ...     two at once, each with half of the cores
  artesano sweep sweep=hacks n_trials=20 max_steps=1000        two objectives: the Pareto front
  artesano sweep sweep=my_space.yaml name=second hours=3       a space of your own (see configs/sweep), for three hours

The same command again goes on: after Ctrl-C, after a crash, or as one more worker, also on another machine that sees
the folder (storage=journal, the default, or sqlite) or the database (storage=postgresql://...). Trials are fresh
processes in outputs/sweeps/<name>/<trial>; killed ones are tried again, failed ones are told and do not count.

Own words: sweep n_trials workers name hours storage sampler pruner; all others go to every trial."""

from __future__ import annotations

import argparse

OWN = {"sweep", "n_trials", "workers", "name", "hours", "storage", "sampler", "pruner"}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", metavar="key=value", help="sweep=<space>, and what every trial is given")


def main(args: argparse.Namespace) -> int:
    from artesano.errors import BadInput
    from artesano.experiment.overrides import key, value
    from artesano.sweep.run import Asked, sweep

    given = {key(word): value(word) for word in args.words if key(word) in OWN}
    if "sweep" not in given:
        raise BadInput("which search space? sweep=transfer, gan, hacks, sr or a YAML file of yours.")
    asked = Asked.of(given, [word for word in args.words if key(word) not in OWN])
    return sweep(asked)
