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

NOISE = ("per_class", "interpolate", "walk", "codes", "neighbours", "to", "truncation")
IMAGES = ("direction",)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run folder, its number, or last")
    parser.add_argument("words", nargs="*", metavar="image data=...", help="GAN from images: which images")
    parser.add_argument("--per-class", action="store_true", help="a row per class, the same noise in each")
    parser.add_argument("--interpolate", choices=["lerp", "slerp", "both"], help="rows from one latent to another")
    parser.add_argument("--walk", metavar="FILE", help="a latent walk as .gif or .mp4")
    parser.add_argument("--codes", action="store_true", help="InfoGAN: a block of rows per code")
    parser.add_argument("--neighbours", action="store_true", help="samples beside their nearest training images")
    parser.add_argument("--extractor", default="lite0", metavar="NAME", help="whose features --neighbours uses (lite0)")
    parser.add_argument("--count", type=int, help="how many samples (64; --neighbours 500; a GAN from images 6)")
    parser.add_argument("--to", metavar="PLACE", help="an empty or new folder for single PNGs, or a file.npz")
    parser.add_argument("--class", action="append", default=[], dest="classes", metavar="NAME", help="name or index")
    parser.add_argument("--truncation", type=float, metavar="T", help="redraw Gaussian noise beyond +-T")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--which", default="best", help="best, last, raw (= without the average), or a phase")
    parser.add_argument("--direction", choices=["forth", "back"], help="of a cycle run (forth)")


def main(args: argparse.Namespace) -> int:
    from artesano.commands import sample_gan, sample_images
    from artesano.errors import BadInput
    from artesano.runs.checkpoint import kind_of_run

    args.run = args.run.removeprefix("run=")
    from_images = kind_of_run(args.run) == "image_gan"
    foreign = [f"--{name.replace('_', '-')}" for name in (NOISE if from_images else IMAGES) if getattr(args, name)]
    if not from_images:
        foreign += args.words
    if foreign:
        kinds = ("from noise", "from images") if from_images else ("from images", "from noise")
        raise BadInput(f"{', '.join(foreign)}: for GANs {kinds[0]}; {args.run} makes images {kinds[1]}.")
    return (sample_images if from_images else sample_gan).main(args)
