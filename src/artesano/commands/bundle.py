"""Bundle: a run as one file to give away: best weights, config, preprocessing, metrics, model card.

  artesano bundle last                       ./<run>.safetensors
  artesano bundle 12 -o digits.safetensors

predict, sample, evaluate, embed and export take the file wherever they take a run. It is a safetensors file whose
metadata hold everything else, so nothing in it can run code; folders of this machine are not named in it."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run folder, its number, or last")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file, or a folder for it (the current one)")


def main(args: argparse.Namespace) -> int:
    from artesano.commands.hints import next_steps, quoted
    from artesano.kinds.bundle import bundle
    from artesano.runs.checkpoint import kind_of_run

    run = args.run.removeprefix("run=")
    path, card = bundle(run, args.output)
    print(card)
    print(f"bundle: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    use = "sample" if kind_of_run(run) == "gan" else "predict"
    next_steps(
        f"artesano {use} {quoted(path)}{' <images>' * (use == 'predict')}", f"artesano evaluate {quoted(path)} data=..."
    )
    return 0
