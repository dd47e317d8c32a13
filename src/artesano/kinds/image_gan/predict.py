"""`artesano predict` of a GAN from images: a picture for each picture of the user's, with its colours and opacity."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from artesano.data.io.inputs import NO_IMAGES, search
from artesano.data.io.picture import Unusable, read_picture
from artesano.data.io.write import write_pixels
from artesano.errors import BadInput
from artesano.file_names import Failure, expanded, failures, grouped, remarked
from artesano.kinds.image_gan.load import LoadedImageGan, load_image_gan
from artesano.kinds.image_gan.masks import Masks, masks_for
from artesano.kinds.image_gan.of_file import load_published
from artesano.kinds.image_gan.output_files import Job, Sources, default_folder, plan, plan_one
from artesano.kinds.image_gan.ways import WAYS, advised, check_invert, inverted
from artesano.kinds.image_gan.whole_images import WholeImages
from artesano.kinds.places import check_writable, folder_to_fill, names_file
from artesano.next_steps import next_steps, quoted
from artesano.progress_bars import Bars
from artesano.training.fingerprint import fingerprint

MOST = 0.5  # share of a picture that is missing, above which its mask may be black for white


def command(run: str | None, inputs: list[str], arguments: Namespace) -> int:
    """Write the results; exit code 1 when no file could be used.

    Args:
        run: None = the published file of `--weights`.
    """
    if not inputs:
        raise BadInput(NO_IMAGES)
    output, one_file = arguments.output, bool(arguments.output) and names_file(arguments.output)
    if output and not one_file:
        folder_to_fill(output)
    gan = generator_of(run, arguments)
    label, masks = gan.one_label(arguments.label), masks_for(gan, arguments.mask, inputs)
    if one_file:
        jobs = plan_one(inputs, output, gan, overwrite=arguments.overwrite)
    else:
        folder = expanded(output) if output else default_folder(gan, arguments)
        check_writable(folder / "file", f"-o {output}" if output else str(folder))
        jobs = plan(inputs, folder, gan, named=not output, overwrite=arguments.overwrite)
    if arguments.invert:
        check_invert(gan)
    sources = None if output else Sources(jobs, folder, masks, fingerprint(gan.generator.state_dict()))
    jobs = jobs if sources is None else sources.checked(jobs)
    whole = WholeImages(gan, memory=arguments.memory, tile=arguments.tile)
    with Bars(len(jobs)) as whole.bars:
        outcome = predict_files(whole, jobs, label, masks, invert=arguments.invert)
    if sources is not None:
        sources.made(outcome.written + outcome.kept)

    made, kept, failed = outcome.written, outcome.kept, outcome.failed
    where = f": {made[0] if len(made) == 1 else os.path.commonpath([path.parent for path in made])}" if made else ""
    print(f"{len(made)} of {len(jobs)} images written{where}")
    if kept:
        print(f"  {len(kept)} were there already and stay as they are (--overwrite makes them anew): {kept[0].parent}")
    lines = [*failures(failed), *remarked(outcome.remarks), *grouped(search(inputs).left_out)]
    print("".join(f"  {line}\n" for line in lines), end="")
    next_steps(*further(gan, arguments.weights))
    return 1 if len(failed) == len(jobs) else 0


def generator_of(run: str | None, arguments: Namespace) -> LoadedImageGan:
    """The generator of the run, or of the file that stands in its place.

    Raises:
        BadInput: it cannot be loaded, or options of runs beside a file.
    """
    if arguments.weights is None:
        return load_image_gan(str(run), arguments.which or "best", arguments.direction or "a2b")
    of_runs = {"run=": run, "--which ": arguments.which, "--direction ": arguments.direction}
    if problems := [f"{option}{value}" for option, value in of_runs.items() if value is not None]:
        raise BadInput(f"{', '.join(problems)}: of a run, and --weights {arguments.weights} stands in its place.")
    return load_published(arguments.weights)


def further(gan: LoadedImageGan, file: str | None) -> list[str]:
    """What to do next, with the run or with the file."""
    if file is not None:
        if (gan.in_channels, gan.out_channels) != (3, 3):
            return []  # the pictures of training are in colour
        words = f"srgan data=sr_folder scale={gan.scale}"
        if gan.scale == 1:  # with crops and rate of the original's recipe
            words = f"pix2pix data=paired_folder imgsz={gan.crop} hacks.lr=0.0002"
        return [f"artesano train gan={words} data.root=<images> weights.source=file weights.file={quoted(file)}"]
    name = quoted(gan.folder)
    masks = " --mask <masks>" if gan.fills_holes else ""
    return [
        f"artesano sample {name} <images>{masks}   # before and after, side by side",
        f"artesano evaluate {name}",
        f"artesano export {name}",
    ]


@dataclass
class Outcome:
    """What became of the files.

    Attributes:
        written: results.
        kept: results of an earlier time, which were left as they are.
        failed: files without result, as `path: reason`.
        remarks: path and what is odd about an image that was used all the same.
    """

    written: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)


def predict_files(
    whole: WholeImages,
    jobs: Iterable[Job],
    label: int | None = None,
    masks: Masks | None = None,
    *,
    invert: bool = False,
) -> Outcome:
    """Make and write the result of each file; one that cannot be read or used does not stop the others."""
    outcome = Outcome()
    for number, job in enumerate(jobs):
        whole.bars.image(number, str(job.source))
        if job.done:
            outcome.kept.append(job.target)
            continue
        try:
            picture = read_picture(job.source, whole.gan.picture_channels)
            picture = inverted(picture) if invert else picture
            hole = None if masks is None else masks.of(job.source, picture.pixels.shape[:2])
            result = WAYS[whole.gan.image_to_image](whole, picture, label, hole)
            pixels = result.pixels if result.alpha is None else np.concatenate([result.pixels, result.alpha], 2)
            write_pixels(job.target, pixels, alpha=result.alpha is not None, profile=result.profile)
            outcome.written.append(job.target)
            if hole is not None and hole.mean() > MOST:
                outcome.remarks.append((str(job.source), "its mask marks most of it as missing: white is missing"))
            outcome.remarks += [(str(job.source), picture.remark)] if picture.remark else []
            outcome.remarks += [(str(job.source), advised(result.remark, invert))] if result.remark else []
        except (Unusable, MemoryError, OSError) as error:
            outcome.failed.append(Failure(str(job.source), str(error) or "memory ran out"))
    return outcome
