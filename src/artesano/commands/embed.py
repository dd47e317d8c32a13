"""Embed: turn images into features of a run or of a pretrained backbone; draw them as a map.

  artesano embed last photos/                                  a run's features of a folder
  artesano embed --backbone tf_efficientnet_lite0 photos/      ImageNet's features, no training at all
  artesano embed --backbone tf_efficientnet_lite0 data=mnist5k     of a data set
  artesano embed last photos/ -o features.npz                  NPZ instead of Parquet: path, label, features

With class subfolders or a data set it also prints the k-NN accuracy: of the features without training.
Needs: pip install 'artesano[embed]'"""

from __future__ import annotations

import argparse

from artesano.kinds.flags import add_flags, chosen


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="run input", help="a run, then images or data=... overrides")
    parser.add_argument("-o", "--output", metavar="FILE", help=".parquet or .npz; the map lies beside it as .png")
    add_flags(parser, "embed")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    kind, run, inputs = chosen("embed", args)
    load_torch()
    return kind.embed(run, inputs, args)
