"""Sample: draw images from a GAN's run; the same seed draws the same images.

artesano sample last                              64 samples: <run>/samples/grid.png
artesano sample last --per-class                  a row per class (conditional GANs)
artesano sample last --class cat --count 16       a grid of one class
artesano sample last --count 5000 --to out/       single PNGs, 000001.png …
artesano sample last --count 5000 --to out.npz    images, labels and z as arrays
artesano sample last --interpolate both           lerp above slerp, between the same ends
artesano sample last --walk walk.gif              a walk through the latent space, closed (.gif or .mp4)
artesano sample last --codes                      what each code of an InfoGAN does
artesano sample last --neighbours                 is it memorising? The nearest training images
artesano sample last --truncation 0.7             less variety, more typical samples"""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run folder, its number, or last")
    parser.add_argument("--per-class", action="store_true", help="a row per class, the same noise in each")
    parser.add_argument("--interpolate", choices=["lerp", "slerp", "both"], help="rows from one latent to another")
    parser.add_argument("--walk", metavar="FILE", help="a latent walk as .gif or .mp4")
    parser.add_argument("--codes", action="store_true", help="InfoGAN: a block of rows per code")
    parser.add_argument("--neighbours", action="store_true", help="samples beside their nearest training images")
    parser.add_argument("--extractor", default="lite0", metavar="NAME", help="whose features --neighbours uses (lite0)")
    parser.add_argument("--count", type=int, help="how many samples (64; --neighbours 500)")
    parser.add_argument("--to", metavar="PLACE", help="an empty or new folder for single PNGs, or a file.npz")
    parser.add_argument("--class", action="append", default=[], dest="classes", metavar="NAME", help="name or index")
    parser.add_argument("--truncation", type=float, metavar="T", help="redraw Gaussian noise beyond +-T")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--which", choices=["best", "last", "raw"], default="best", help="raw = without the average")


def main(args: argparse.Namespace) -> int:
    from artesano.commands.hints import next_steps, quoted
    from artesano.inference.load_gan import load_gan
    from artesano.inference.sample import Wanted
    from artesano.inference.sample_plan import draw

    gan = load_gan(args.run.removeprefix("run="), args.which)
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
