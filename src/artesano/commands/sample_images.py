"""`artesano sample` of a GAN from images: before and after."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace) -> int:
    from artesano.commands.hints import next_steps, quoted
    from artesano.data.io.inputs import data_words, find_images
    from artesano.errors import BadInput
    from artesano.experiment.process import keep_freed_memory
    from artesano.kinds.image_gan import before_after
    from artesano.kinds.image_gan.load import load_image_gan
    from artesano.kinds.image_gan.whole_images import WholeImages
    from artesano.progress_bars import Bars

    count = before_after.SHOWN if args.count is None else args.count
    if count < 1:
        raise BadInput(f"--count {count}: give 1 or more.")
    gan = load_image_gan(args.run, args.which, args.direction or "forth")
    labels = [label for name in args.classes if (label := gan.label(name, "--class")) is not None]
    words, given = data_words(args.words)
    files = find_images(given)[: args.count] if given else []
    keep_freed_memory()
    whole = WholeImages(gan)
    with Bars(max(1, len(files))) as whole.bars:
        if files:
            rows = before_after.of_files(whole, labels, files)
        else:
            rows = before_after.of_test_images(whole, labels, words, count, args.direction == "back")

    if rows.captions:
        asked = [choice for choice in (args.which, args.direction) if choice not in (None, "best", "forth")]
        folder = before_after.folder_for(gan, words, given, [*asked, *args.classes])
        picture, page = rows.draw(folder, f"{gan.record['model']['gan']}: {gan.record['name']}")
        print(f"{len(rows.captions)} images side by side: {picture}")
        print(f"to be compared by hand in a browser: {page}")
    print("".join(f"  left out: {line}\n" for line in rows.failed), end="")
    where = quoted(gan.folder)
    next_steps(f"artesano predict {where} <images>", f"artesano evaluate {where}", f"artesano export {where}")
    return 0 if rows.captions else 1
