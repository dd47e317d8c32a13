"""Advise: which strategy for these images, how good will it be, and how sure is that? A minute instead of a grid.

artesano advise data=folder data.root=~/photos            your images, one subfolder per class
artesano advise ~/photos max_steps=500 image_size=128     for a run of this length and size
artesano advise ~/photos --minutes 10                     the best of those that are trained in ten minutes
artesano advise ~/photos --backbones tf_efficientnet_lite0,tf_efficientnet_lite1
artesano advise ~/photos backbone=resnet50 weights.source=hub

One pass of features gives nearest neighbours, probes, a learning curve and what each depth is worth. From how well a
probe separates the classes, how many images there are and how long the run is, a regression on past runs forecasts the
test accuracy of freeze, partial, lpft and full, with a 90 % interval. Writes advice/<data>.json and .png below the
outputs folder. `artesano train ... strategy=auto` trains as it says."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="as for `artesano train`, without strategy=")
    parser.add_argument("--backbones", metavar="A,B", help="to compare (those whose weights are here, or backbone=)")
    parser.add_argument("--minutes", type=float, metavar="M", help="that the training may take (any)")
    parser.add_argument("--out", metavar="FOLDER", help="of the JSON and the picture (outputs/advice)")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    load_torch()
    from artesano.kinds import advise

    return advise.command(args)
