"""`artesano sample` of a GAN that makes images from noise."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace) -> int:
    from artesano.commands.hints import next_steps, quoted
    from artesano.kinds.gan.load import load_gan
    from artesano.kinds.gan.sample import Wanted
    from artesano.kinds.gan.sample_plan import draw

    gan = load_gan(args.run, args.which)
    labels = tuple(gan.label(name) for name in args.classes)
    for line in draw(gan, Wanted(args.seed, labels, args.truncation), args):
        print(line)
    where = quoted(gan.folder)
    special = "--per-class" if gan.conditional else "--codes" if gan.latent.code_dim else "--interpolate both"
    next_steps(
        f"artesano sample {where} {special}",
        f"artesano sample {where} --neighbours   # is it memorising?",
        f"artesano evaluate {where}",
    )
    return 0
