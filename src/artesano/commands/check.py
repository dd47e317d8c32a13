"""Check: look at a data set before training on it.

artesano check                                     the embedded MNIST-5k
artesano check data=folder data.root=~/photos      your images, one subfolder per class
artesano check data=csv data.file=labels.csv       your images, listed in a CSV
artesano check ~/photos --labels                   which labels are likely wrong
artesano check data=paired_folder data.root=maps   pairs of images; with gan=pix2pix also at its image_size and scale

Prints images per class and split, sizes, modes, duplicates across splits, unreadable files; draws the first images.
Of pairs: counts, sizes, channels and depth, what does not fit together; draws source and target side by side.

--labels is confident learning (Northcutt et al. 2021, arXiv 1911.00068): a probe of a pretrained backbone's features
learns four fifths of the images and judges the rest, five times, so that no image is judged by its own label. It prints
the most suspicious with the likelier class, writes all to a CSV and draws a sheet; backbone=, weights.* and image_size=
choose the features. It finds what to look at, and changes nothing."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="data=..., data.root=... as for train")
    parser.add_argument("--labels", action="store_true", help="look for labels that are likely wrong")
    parser.add_argument("--picture", metavar="PNG", help="where to draw the first images (outputs/check/<data>.png)")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    load_torch()
    from artesano.config.compose import compose
    from artesano.data.pairs.base import PairData
    from artesano.data.points import PointData
    from artesano.kinds import check_images, check_pairs, check_points
    from artesano.kinds.all_problems import all_problems
    from artesano.kinds.data_of_run import data_of
    from artesano.kinds.places import file_to_write

    if args.picture:
        file_to_write(args.picture, (".png",), "--picture")
    if args.labels:
        from artesano.kinds import check_labels

        return check_labels.command(args)
    with all_problems(args.overrides, lambda composed: data_of(composed).listing):
        composed = compose(args.overrides)
        data = data_of(composed)
    if isinstance(data, PointData):
        return check_points.command(data, composed, args)
    return (check_pairs if isinstance(data, PairData) else check_images).command(data, composed, args)
