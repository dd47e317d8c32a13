"""Resume: continue a run from its last checkpoint; on CPU the result is bit-identical to an uninterrupted run.

  artesano resume last
  artesano resume outputs/transfer/0007-freeze max_steps=2000
  artesano resume last patience=6                a run that patience=3 has ended
  artesano resume last max_minutes=null          a run whose time was over

Only trainer.*, logger.*, max_steps, max_minutes and patience may be given; a run that has finished goes on where that
of them is larger, or null, which ended it. The run keeps its split: images that were added go nowhere; where images are
missing or replaced, or classes are others, nothing is written."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run folder, its number (3, or transfer/3), or last")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="trainer.*, logger.*, max_steps, max_minutes, patience"
    )


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    load_torch()
    from artesano.experiment.resume import resume
    from artesano.kinds.registry import of_record
    from artesano.next_steps import next_steps, quoted

    run = resume(args.run.removeprefix("run="), args.overrides)
    if run.record:
        next_steps(*of_record(run.record).next_steps(quoted(run.folder), run.record["model"]))
    return 0
