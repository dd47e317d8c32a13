"""`artesano predict` of a classifier: a row for each image."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout


def main(args: argparse.Namespace, run: str | None, given: list[str]) -> int:
    from artesano.commands.hints import next_steps, quoted
    from artesano.data.io import inputs
    from artesano.kinds.transfer import predict
    from artesano.kinds.transfer.load import load, load_backbone
    from artesano.progress_bars import watched, writer

    form = predict.output_format(args.output, args.format)
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
