"""`artesano predict` of a GAN from images: a picture for each picture."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace, run: str, given: list[str]) -> int:
    import os
    from pathlib import Path

    from artesano.commands.hints import next_steps, quoted
    from artesano.experiment.process import keep_freed_memory
    from artesano.kinds.image_gan import output_files as image_outputs
    from artesano.kinds.image_gan.load import load_image_gan
    from artesano.kinds.image_gan.masks import masks_for
    from artesano.kinds.image_gan.predict import predict_files
    from artesano.kinds.image_gan.whole_images import WholeImages
    from artesano.progress_bars import Bars

    gan = load_image_gan(run, args.which or "best", args.direction or "forth")
    label, masks = gan.label(args.label), masks_for(gan, args.mask)
    folder = Path(args.output).expanduser() if args.output else image_outputs.default_folder(gan, args)
    jobs = image_outputs.plan(given, folder, gan, named=not args.output, overwrite=args.overwrite)
    whole = WholeImages(gan, memory=args.memory, tile=args.tile)
    keep_freed_memory()
    with Bars(len(jobs)) as whole.bars:
        outcome = predict_files(whole, jobs, label, masks)

    made, kept, failed = outcome.written, outcome.kept, outcome.failed
    where = f": {made[0] if len(made) == 1 else os.path.commonpath([path.parent for path in made])}" if made else ""
    print(f"{len(made)} of {len(jobs)} images written{where}")
    if kept:
        print(f"  {len(kept)} were there already and stay as they are (--overwrite makes them anew): {kept[0].parent}")
    print("".join(f"  left out: {line}\n" for line in failed), end="")
    name = quoted(gan.folder)
    next_steps(
        f"artesano sample {name} <images>   # before and after, side by side",
        f"artesano evaluate {name}",
        f"artesano export {name}",
    )
    return 1 if len(failed) == len(jobs) else 0
