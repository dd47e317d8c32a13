"""Predict: apply a run to your images: labels from a classifier, pictures from a GAN from images.

  artesano predict last photo.jpg                           a classifier, one image; a table; CSV in a pipe
  artesano predict last photos/ -o labels.csv               a folder at any depth
  artesano predict last 'photos/**/*.tif' -o labels.json    a glob, as JSON
  artesano predict last photos/ --sheet sheet.png           a sheet of the images under their labels
  artesano predict last photos/ --threshold tuned           several labels: those above each one's best threshold
  artesano predict last photos/ --coverage 0.95             "unknown" where a picture is hardly like any class
  artesano predict last photos/ --reject 0.7                "unknown" where no class has a probability of 0.7
  artesano predict last photos/ --explain heat.png          which places spoke for each label (Grad-CAM)
  artesano predict last photos/ --tta                       the mean over the image and four small shifts
  artesano predict --backbone tf_efficientnet_lite0 photo.jpg    ImageNet's own 1,000 labels

  artesano predict 12 photos/                               a GAN (super-resolution, translation, inpainting):
                                                            <run>/predictions/photos/, subfolders mirrored
  artesano predict --weights RealESRGAN_x4plus.pth photo.jpg    a published file in place of a run (ESRGAN,
                                                            Real-ESRGAN, MSRResNet, SwinIR, pix2pix, CycleGAN)
  artesano predict 12 photos/ -o out/ --overwrite           into another folder; results there are made anew
  artesano predict 12 big.tif --memory 4                    tiles that need no more than 4 GB
  artesano predict 12 photos/ --mask masks/                 inpainting: white = missing (or transparent pixels)
  artesano predict 12 photos/ --label "level 128"           of a GAN that was trained with labels

Columns of labels: path, label, probability, top5, error; of a run with several labels path, label, labels, top5, error,
where `label` joins all of them (cat;dog), so that the file can be trained on: data=csv data.file=labels.csv
data.label_separator=';'. Paths are those of the command line, or absolute where the file lies in another folder.
Unreadable files get a row with the error; the others go on.
Probabilities are calibrated on val, and so are the thresholds of --coverage and --accuracy; an unknown image keeps its
top5. What a network is sure of may still be none of its classes: of such images --coverage refuses more than --reject.
With --tta the thresholds stay those that were measured without it.
What a file of weights holds is read off its tensors, and no code in it is run; without -o its results go to
outputs/weights/<its name>-<a hash of them>/predictions/.
Pictures are PNG (of TIFF: TIFF), upright, of the file's depth, with its opacity (not of drawings). Originals stay.
"""

from __future__ import annotations

import argparse

from artesano.kinds.flags import add_flags, chosen


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="run input", help="a run (folder, 3, gan/3, last, bundle), then images"
    )
    parser.add_argument(
        "-o", "--output", metavar="PLACE", help="labels: .csv or .json; pictures: a folder, or a .png or .tif of one"
    )
    add_flags(parser, "predict")


def main(args: argparse.Namespace) -> int:
    from artesano.progress_bars import load_torch

    kind, run, inputs = chosen("predict", args)
    load_torch()
    from artesano.experiment.process import keep_freed_memory

    keep_freed_memory()
    return kind.predict(run, inputs, args)
