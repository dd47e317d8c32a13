"""Bundle: write a run as one file to share: best weights, config, preprocessing, metrics, model card.

  artesano bundle last                       ./<run>.safetensors
  artesano bundle 12 -o digits.safetensors
  artesano bundle last --small               without the frozen weights: what was learned alone
  artesano bundle last --discriminator       of a GAN from noise: with what another GAN needs to start from it

The file is accepted wherever a run is: predict, sample, evaluate, embed, export, weights.run=, phases.run=. It is a
safetensors file whose metadata hold everything else, so nothing in it can run code; folders of this machine are not
named in it. One made with --small needs the same pretrained weights where it is used, which are known by their hash."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run folder, its number (3, or transfer/3), or last")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file, or a folder for it (the current one)")
    parser.add_argument(
        "--small", action="store_true", help="leave out the pretrained weights that the run has not changed"
    )
    parser.add_argument(
        "--discriminator", action="store_true", help="a GAN from noise: its discriminator too, for weights.run="
    )


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    load_torch()
    from artesano.kinds.bundle import bundle
    from artesano.kinds.registry import of_record
    from artesano.next_steps import next_steps, quoted
    from artesano.runs.find import find_run
    from artesano.runs.record import read

    run = args.run.removeprefix("run=")
    path, card = bundle(run, args.output, args.small, args.discriminator)
    print(card)
    print(f"bundle: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    record = read(find_run(run))
    use = of_record(record).next_steps(quoted(path), record["model"])[0]
    next_steps(use, f"artesano evaluate {quoted(path)} data=...")
    return 0
