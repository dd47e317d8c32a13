"""Evaluate: measure a run's best checkpoint, on its own test split or on other data.

  artesano evaluate last                                    its own test split again
  artesano evaluate last data=rendered_digits               other data with the same classes (domain shift)
  artesano evaluate 12 data=folder data.root=~/new --split all    every image of a folder
  artesano evaluate last --split val                        another part of its own data
  artesano evaluate last --split new                        images that were added to them since the run began
  artesano evaluate last --tta                              mean over the image and four shifts; says what it gains
  artesano evaluate last data=rendered_digits --interpolate     between pretrained and fine-tuned weights (WiSE-FT)

  artesano evaluate last --samples 10000 --extractor run:12     a GAN: FD, KID, precision, recall, ... of new samples
  artesano evaluate last data=sr_folder data.root=~/photos      a GAN from images: PSNR, ... beside the baselines

Leaves <run>/evaluations/<name>/: data.json, metrics.json and, of a classifier, per_class.csv, confusion.png,
calibration.png, risk_coverage.png, most_wrong.png, with --interpolate interpolation.csv and .png; of a GAN from images
table.csv and strips.png. ece_calibrated, nll_calibrated and aurc are those of the probabilities that predict gives."""

from __future__ import annotations

import argparse
from pathlib import Path

from artesano.errors import BadInput
from artesano.kinds.flags import add_flags, chosen


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="+",
        metavar="run data=...",
        help="a run (folder, 3, gan/3, last, bundle); then data=... overrides",
    )
    parser.add_argument("--name", help="folder name of the results; by default made from the data overrides")
    add_flags(parser, "evaluate")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    if args.name is not None and (Path(args.name).name != args.name or args.name in ("", "..")):
        raise BadInput(f"--name {args.name}: the name of a folder in <run>/evaluations, without / in it.")
    kind, run, overrides = chosen("evaluate", args)
    load_torch()
    return kind.evaluate(str(run), overrides, args)
