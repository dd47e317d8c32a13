"""`artesano sample` of a GAN from images: before and after, as strips and as a page with sliders."""

from __future__ import annotations

from argparse import Namespace

from artesano.config.overrides import data_overrides
from artesano.data.io.inputs import find_images
from artesano.errors import BadInput
from artesano.file_names import remarked
from artesano.kinds.image_gan.before_after import SHOWN, folder_for, of_files, of_test_images
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.image_gan.masks import masks_for
from artesano.kinds.image_gan.next_command import predict_command
from artesano.kinds.image_gan.ways import check_invert
from artesano.kinds.image_gan.whole_images import WholeImages
from artesano.next_steps import next_steps, quoted
from artesano.progress_bars import Bars


def command(run: str, positional: list[str], arguments: Namespace) -> int:
    """Draw strips and the page with sliders; `positional` are images, or overrides of a data set."""
    count = SHOWN if arguments.count is None else arguments.count
    if count < 1:
        raise BadInput(f"--count {count}: give 1 or more.")
    direction = arguments.direction or "a2b"
    gan = load_image_gan(run, arguments.which or "best", direction)
    names = arguments.classes or []
    labels = [gan.label(name) for name in names]
    overrides, inputs = data_overrides(positional)
    files = find_images(inputs)[: arguments.count] if inputs else []
    if arguments.invert:
        check_invert(gan)
        if not files:
            raise BadInput("--invert: for your own drawings; those of the run are as it has learned from them.")
    masks = masks_for(gan, arguments.mask, inputs)
    if masks is not None and not files:
        raise BadInput(f"--mask {arguments.mask}: for your own images; the test images have holes of their own.")
    whole = WholeImages(gan)
    with Bars(max(1, len(files))) as whole.bars:
        if files:
            rows = of_files(whole, labels, files, masks, invert=arguments.invert)
        else:
            rows = of_test_images(whole, labels, overrides, count, direction == "b2a")

    if rows.captions:
        choices = [choice for choice in (arguments.which, direction) if choice not in (None, "best", "a2b")]
        choices += ["invert"] * arguments.invert
        folder = folder_for(gan, overrides, inputs, [*choices, *names])
        picture, page = rows.draw(folder, f"{gan.record['model']['gan']}: {gan.record['name']}")
        print(f"{len(rows.captions)} images side by side: {picture}")
        print(f"to be compared by hand in a browser: {page}")
    print("".join(f"  {line}\n" for line in remarked(rows.remarks)), end="")
    print("".join(f"  left out: {line}\n" for line in rows.failed), end="")
    where = quoted(gan.folder)
    next_steps(predict_command(where, gan.record["model"]), f"artesano evaluate {where}", f"artesano export {where}")
    return 0 if rows.captions else 1
