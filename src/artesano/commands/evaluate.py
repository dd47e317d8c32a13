"""Evaluate: measure a run's best checkpoint, on its own test split or on other data with the same classes.

  artesano evaluate last                                    its own test split again
  artesano evaluate last data=rendered_digits               other data: how far does it carry? (domain change)
  artesano evaluate 12 data=folder data.root=~/new --split all    every image of a folder
  artesano evaluate last --split val                        another part of its own data

  artesano evaluate last --samples 10000 --extractor run:12     a GAN: FD, KID, precision, recall, ... of new samples
  artesano evaluate last data=sr_folder data.root=~/photos      a GAN from images: PSNR, ... beside the baselines

Leaves <run>/evaluations/<name>/: metrics.json and, of a classifier, per_class.csv, confusion.png, calibration.png,
most_wrong.png; of a GAN from images table.csv and strips.png."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="+", metavar="run data=...", help="a run (folder, number, last); then data words"
    )
    parser.add_argument("--split", choices=["test", "val", "train", "all"], help="which part (test; GAN: train)")
    parser.add_argument("--samples", type=int, metavar="N", help="GAN: images to draw (as many as the run did)")
    parser.add_argument("--extractor", metavar="NAME", help="GAN: lite0, inception, timm:<model> or run:<classifier>")
    parser.add_argument("--name", help="folder name of the results; without it made from the data words")


def main(args: argparse.Namespace) -> int:
    from artesano.commands import evaluate_classifier, evaluate_gan, evaluate_image_gan
    from artesano.data.io.inputs import run_and_inputs
    from artesano.errors import BadInput
    from artesano.runs.checkpoint import kind_of_run

    run, words = run_and_inputs(args.words, needs_run=True)
    assert run is not None
    kind = kind_of_run(run)
    given = [f"--{name}" for name in ("samples", "extractor") if getattr(args, name) is not None]
    if given and kind != "gan":
        raise BadInput(f"{', '.join(given)}: for GANs from noise; of this run no samples are drawn.")
    if kind != "transfer" and args.split == "all":
        raise BadInput("--split all: images are compared with one split; give train, val or test.")
    kinds = {"transfer": evaluate_classifier, "gan": evaluate_gan, "image_gan": evaluate_image_gan}
    return kinds[kind].main(args, run, words)
