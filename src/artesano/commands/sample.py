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
artesano sample last --truncation 0.7             less variety, more typical samples

Of a GAN from images (super-resolution, translation, inpainting) before and after, as strips and as a page with sliders:

artesano sample last                              of its own test images
artesano sample last --count 12 data=...          of more, or of other data
artesano sample last photos/                      of your images (their middle, where they are large)"""

from __future__ import annotations

import argparse

from artesano.kinds.flags import add_flags, chosen
from artesano.kinds.numbers import whole


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="+",
        metavar="run image",
        help="a run (folder, 3, gan/3, last, bundle); images or data=...",
    )
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), default=0, help="seed of the latents")
    add_flags(parser, "sample")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    kind, run, inputs = chosen("sample", args)
    load_torch()
    from artesano.experiment.process import keep_freed_memory

    keep_freed_memory()
    return kind.sample(str(run), inputs, args)
