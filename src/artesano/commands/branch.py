"""Branch: a new run that begins with the state of an old one at one of its steps, with some keys changed.

  artesano train gan=toy keep_checkpoints=10                  a run that keeps ten states on its way
  artesano branch last --at 2500 hacks.lr=0.0001              from step 2500 on at another learning rate
  artesano branch 7 --at 2500 hacks.real_label=0.9 hacks.instance_noise=0.1
  artesano branch 7 --at 5000 max_steps=10000 hacks.r1=1.0    from its end on, for longer
  artesano branch 7 --at 2500                                 nothing changed: what the old run became, bit for bit

Taken over are weights, optimisers, averages, the order of the data, random numbers, image pool and health history. The
old run stays as it is; the new one has its rows of metrics.csv up to that step, and `branch_of` in run.json. What may
change: learning rates, betas, labels, weights of terms, noise, dropout, augmentation, ema, critic steps, health,
evaluation, max_steps. Not: networks, data, batch size, seed. `--at` takes the steps of kept checkpoints
(keep_checkpoints=...), of the best and of the last; any other is answered with the nearest."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run folder, its number (3, or transfer/3), or last")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="what the new run has otherwise")
    parser.add_argument("--at", type=int, metavar="STEP", required=True, help="a step of which there is a checkpoint")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    load_torch()
    from artesano.experiment.branch import branch
    from artesano.kinds.registry import of_record
    from artesano.next_steps import next_steps, quoted

    run = branch(args.run.removeprefix("run="), args.at, args.overrides)
    if run.record:
        compare = f"artesano compare {quoted(run.record['branch_of']['run'])} {quoted(run.folder)}"
        next_steps(compare, *of_record(run.record).next_steps(quoted(run.folder), run.record["model"]))
    return 0
