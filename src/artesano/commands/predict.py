"""Predict: label images with a run, or with a pretrained backbone as it is.

  artesano predict last photo.jpg                           the newest run, one image; CSV on the screen
  artesano predict last photos/ -o labels.csv               a folder at any depth
  artesano predict last 'photos/**/*.tif' -o labels.json    a glob, as JSON
  artesano predict --backbone tf_efficientnet_lite0 photo.jpg    ImageNet's own 1,000 labels

Columns: path, label, probability, top5, error. Unreadable files get a row with the error; the others go on."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="run input", help="a run (folder, number, last), then images")
    parser.add_argument("--backbone", metavar="NAME", help="a timm model with its own labels, instead of a run")
    parser.add_argument("--weights", metavar="FILE", help="weights file of --backbone, where there is no network")
    parser.add_argument("-o", "--output", metavar="FILE", help=".csv or .json; without it rows go to the screen")
    parser.add_argument("--format", choices=["csv", "json"], help="instead of the output file's ending")
    parser.add_argument("--batch-size", type=int, default=32, help="images at once (32)")


def main(args: argparse.Namespace) -> int:
    from artesano.commands.hints import next_steps, quoted
    from artesano.inference import inputs, predict
    from artesano.inference.load import load, load_backbone
    from artesano.inference.watch import watched, writer

    form = predict.output_format(args.output, args.format)
    run, given = inputs.run_and_inputs(args.words, needs_run=args.backbone is None)
    loaded = load(run) if run else load_backbone(args.backbone, file=args.weights, classifier=True)
    paths = inputs.find_images(given)
    predict.refuse_to_overwrite(args.output, paths)
    failed: list[str] = []
    found = predict.predict(loaded, paths, args.batch_size)
    with writer(args.output) as stream:
        predict.write(watched(found, len(paths), "predicting", failed), stream, form)

    with redirect_stdout(sys.stderr):  # the screen's standard output holds rows only
        where = f": {args.output}" if args.output else ""
        print(f"{len(paths) - len(failed)} of {len(paths)} images labelled{where}")
        print("".join(f"  unreadable: {line}\n" for line in failed), end="")
        if loaded.folder:
            folder = quoted(loaded.folder)
            measure = f"artesano evaluate {folder} data=folder data.root=<labelled images>"
            next_steps(f"artesano embed {folder} <images>", measure, f"artesano export {folder}")
        else:
            next_steps(
                "artesano train data=folder data.root=<one subfolder per class>   # your own classes",
                f"artesano embed --backbone {args.backbone} <images>",
                "artesano options",
            )
    return 1 if len(failed) == len(paths) else 0
