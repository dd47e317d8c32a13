"""Predict: what a run makes of your images: labels of a classifier, pictures of a GAN from images.

  artesano predict last photo.jpg                           a classifier, one image; CSV on the screen
  artesano predict last photos/ -o labels.csv               a folder at any depth
  artesano predict last 'photos/**/*.tif' -o labels.json    a glob, as JSON
  artesano predict --backbone tf_efficientnet_lite0 photo.jpg    ImageNet's own 1,000 labels

  artesano predict 12 photos/                               a GAN (super-resolution, translation, inpainting):
                                                            <run>/predictions/photos/, subfolders mirrored
  artesano predict 12 photos/ -o out/ --overwrite           into another folder; results there are made anew
  artesano predict 12 big.tif --memory 4                    tiles that need no more than 4 GB
  artesano predict 12 photos/ --mask masks/                 inpainting: white = missing (or transparent pixels)
  artesano predict 12 photos/ --label "level 2"             of a GAN that was trained with labels

Columns of labels: path, label, probability, top5, error. Unreadable files get a row with the error; the others go on.
Pictures are PNG (of TIFF files TIFF), upright, of the file's own depth, with its opacity. Originals are never touched.
"""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="run input", help="a run (folder, number, last), then images")
    parser.add_argument("-o", "--output", metavar="PLACE", help="labels: .csv or .json; pictures: a folder")
    classifier = parser.add_argument_group("labels of a classifier")
    classifier.add_argument("--backbone", metavar="NAME", help="a timm model with its own labels, instead of a run")
    classifier.add_argument("--weights", metavar="FILE", help="weights file of --backbone, where there is no network")
    classifier.add_argument("--format", choices=["csv", "json"], help="instead of the output file's ending")
    classifier.add_argument("--batch-size", type=int, metavar="N", help="images at once (32)")
    pictures = parser.add_argument_group("pictures of a GAN from images")
    pictures.add_argument("--overwrite", action="store_true", help="make results anew that are there already")
    pictures.add_argument("--mask", metavar="PLACE", help="inpainting: a picture, or a folder of the images' names")
    pictures.add_argument("--label", metavar="NAME", help="name or index of the class or zoom level")
    pictures.add_argument("--memory", type=float, metavar="GB", help="what tiles may need (half of what is free)")
    pictures.add_argument("--tile", type=int, metavar="PX", help="side of the tiles, instead of from the memory")
    pictures.add_argument("--which", metavar="NAME", help="best (default), last, raw (without average), or a phase")
    pictures.add_argument("--direction", choices=["forth", "back"], help="of a cycle run (forth)")


def main(args: argparse.Namespace) -> int:
    from artesano.commands import predict_classifier, predict_images
    from artesano.data.io.inputs import run_and_inputs
    from artesano.errors import BadInput
    from artesano.runs.checkpoint import kind_of_run

    run, given = run_and_inputs(args.words, needs_run=args.backbone is None)
    pictures = ("overwrite", "mask", "label", "memory", "tile", "which", "direction")
    labels = ("backbone", "weights", "format", "batch_size")
    from_images = run is not None and kind_of_run(run) == "image_gan"
    foreign = [f"--{name.replace('_', '-')}" for name in (labels if from_images else pictures) if getattr(args, name)]
    if foreign:
        what = "for classifiers; this run makes pictures" if from_images else "for GANs from images; this gives labels"
        raise BadInput(f"{', '.join(foreign)}: {what}.")
    args.batch_size = args.batch_size or 32
    return predict_images.main(args, str(run), given) if from_images else predict_classifier.main(args, run, given)
