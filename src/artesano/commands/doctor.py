"""Doctor: heal a GAN's run. It goes back to before the first sign, tries the remedies beside doing nothing, ranks them.

  artesano train gan=dcgan keep_checkpoints=10         a run that keeps ten states on its way
  artesano doctor last                                 its verdict was mode collapse, diverged, stuck, ...: what helps?
  artesano doctor last --list                          what would be tried, and how many steps that takes
  artesano doctor 7 --at 1000                          from a step of your choice
  artesano doctor 7 --restart                          each remedy also in a new run from step 0

The remedies are what the run itself changed, taken back one by one and together, and the advice of its verdict. Each
that may change in mid-run is a branch (`artesano branch`) from the last kept state before the first sign, to the same
end as the run's; others are left out with a word, or tried from step 0 with --restart, and so is another seed. One arm
changes nothing: what the others are compared with. The arms are ranked by their verdict, then by the distance of their
samples from the data (FD, of points the energy distance), and are whole runs in outputs/doctor/<run>/, with doctor.json
beside them. Run the same command again to go on after Ctrl-C."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="the run of a GAN from noise: a run folder, its number (3, or gan/3), or last")
    parser.add_argument("--at", type=int, metavar="STEP", help="to go back to (the last kept before the first sign)")
    parser.add_argument("--restart", action="store_true", help="try each remedy also in a new run from step 0")
    parser.add_argument("--list", action="store_true", help="print what would be tried, and run nothing")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    load_torch()
    from artesano.doctor.doctor import doctor

    return doctor(args.run.removeprefix("run="), args.at, args.restart, args.list)
