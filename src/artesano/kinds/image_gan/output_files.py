"""Where the results of pictures go: beside the run or into a folder, never onto a picture of the user's."""

from __future__ import annotations

import json
import os
import re
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from artesano.data.io.inputs import find_images
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.kinds.image_gan.generator import ImageGenerator
from artesano.kinds.image_gan.masks import Masks
from artesano.kinds.places import file_to_write

TIFF = (".tif", ".tiff")
FLOATS = ".pfm"  # what no PNG holds
FORMER = 3  # facts of a result before the time of its mask and the weights were among them


@dataclass(frozen=True)
class Job:
    """One picture.

    Attributes:
        source: the user's file.
        target: what will be written.
        done: the target is there already and is to stay.
    """

    source: Path
    target: Path
    done: bool = False


def plan(inputs: Sequence[str], folder: Path, gan: ImageGenerator, *, named: bool, overwrite: bool) -> list[Job]:
    """A job for each picture, in the order of the inputs; subfolders of a folder are mirrored.

    Results are PNG files; those of TIFF files, and those that PNG cannot hold, are TIFF files.

    Args:
        folder: of the results.
        named: results of a folder go to a folder of its name below `folder`, as they do where there are many inputs.
        overwrite: results that are there already are made anew.

    Raises:
        BadInput: no picture, results that would lie among the pictures, or two with the same name.
    """
    named = named or len(inputs) > 1
    sources: dict[Path, Path] = {}  # source -> path inside of `folder`
    for place in inputs:
        home = expanded(place)
        for file in _new_results_left_out(find_images([place]), home, folder):
            inside = file.relative_to(home) if home.is_dir() else Path(file.name)
            below = Path(home.resolve().name) if home.is_dir() and named else Path()
            sources.setdefault(file, below / inside)
    names = [place.with_suffix(_suffix(place, gan)) for place in sources.values()]
    often = Counter(names)
    targets = [  # a.jpg and a.png give a_jpg.png and a_png.png
        folder / (name if often[name] == 1 else place.with_name(_with_type(place) + name.suffix))
        for name, place in zip(names, sources.values(), strict=True)
    ]
    _check(list(sources), targets, folder)
    return [
        Job(source, target, target.exists() and not overwrite) for source, target in zip(sources, targets, strict=True)
    ]


def plan_one(inputs: Sequence[str], output: str, gan: ImageGenerator, *, overwrite: bool) -> list[Job]:
    """The job of one picture whose result is to be called `output`.

    Raises:
        BadInput: several pictures, another ending than results have, or a place where nothing can be written.
    """
    files = find_images(inputs)
    if len(files) != 1:
        raise BadInput(f"-o {output}: the name of one file, and {len(files)} pictures are to be read; give a folder.")
    source = Path(files[0])
    target = file_to_write(output, TIFF if _suffix(source, gan) in TIFF else (".png", *TIFF))
    if target.resolve() == source.resolve():
        raise BadInput(f"-o {output}: the picture that is to be read, and originals are never written to.")
    return [Job(source, target, target.exists() and not overwrite)]


class Sources:
    """What the results in a run's own folder were made of: the picture and its mask, with their times, and the weights.

    Args:
        folder: of the results.
        weights: their fingerprint.
    """

    def __init__(self, jobs: Sequence[Job], folder: Path, masks: Masks | None, weights: str):
        self.path = folder / "sources.json"
        self.before = json.loads(self.path.read_text(encoding="utf-8")) if self.path.is_file() else {}
        self.now = {
            str(job.target.relative_to(folder)): [
                *facts(job.source),
                *facts(None if masks is None else masks.file(job.source)),
                weights,
            ]
            for job in jobs
        }

    def checked(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs, those anew whose picture or mask is no longer what the result was made of.

        Raises:
            BadInput: a result that is there was made of another picture of that name.
        """
        known = [(self.before.get(name, facts), facts) for name, facts in self.now.items()]
        others = [
            (job, before[0]) for job, (before, now) in zip(jobs, known, strict=True) if job.done and before[0] != now[0]
        ]
        if others:
            job, other = others[0]
            more = f", and {len(others) - 1} more" if len(others) > 1 else ""
            raise BadInput(
                f"{job.source}: {job.target} is there and was made of {other}{more}; give another folder (-o), or "
                "--overwrite."
            )
        # a result that is to be made anew is that of the old picture until then
        self.write(self.now | self.before)
        same = [before == (now[:3] if len(before) == FORMER else now) for before, now in known]
        return [replace(job, done=job.done and as_it_was) for job, as_it_was in zip(jobs, same, strict=True)]

    def made(self, targets: Sequence[Path]) -> None:
        """Note for the next time what these results were made of."""
        names = {str(target.relative_to(self.path.parent)) for target in targets}
        made = {name: facts for name, facts in self.now.items() if name in names}
        self.write(self.now | self.before | made)

    def write(self, facts: dict[str, list]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".part")
        beside.write_text(json.dumps(facts, indent=1), encoding="utf-8")
        beside.replace(self.path)


def facts(file: Path | None) -> list[str | int | None]:
    """Where it lies and when it was written; no time where it is not there, as behind a broken link."""
    return [None, None] if file is None else [os.path.abspath(file), written(file)]


def written(file: Path) -> int | None:
    """When, in ns; None where no file is."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


def default_folder(gan: ImageGenerator, arguments: Namespace) -> Path:
    """<run>/predictions, and in it a folder of its own for what other weights or another label make.

    Args:
        arguments: which, direction, label, invert.
    """
    choices = (arguments.which, arguments.direction, arguments.label)
    parts = [re.sub(r"[^\w.-]+", "-", choice).strip("-.") for choice in choices if choice is not None]
    parts += ["invert"] * arguments.invert
    return Path(gan.folder, "predictions", *(["-".join(parts)] if parts else []))


def _new_results_left_out(files: Sequence[str], home: Path, folder: Path) -> list[Path]:
    """Results in a folder inside of the pictures' own are no pictures to begin with."""
    inside = home.is_dir() and home.resolve() in folder.resolve().parents
    paths = [Path(file) for file in files]
    return [file for file in paths if not (inside and folder.resolve() in file.resolve().parents)]


def _suffix(place: Path, gan: ImageGenerator) -> str:
    if place.suffix.lower() in TIFF:
        return place.suffix
    return ".png" if gan.out_channels in (1, 3) and place.suffix.lower() != FLOATS else ".tif"


def _with_type(place: Path) -> str:
    return f"{place.stem}_{place.suffix[1:]}"


def _check(sources: list[Path], targets: list[Path], folder: Path) -> None:
    """Raise BadInput where a result would lie in a folder of the pictures, or where two would be one file."""
    homes = {source.resolve().parent for source in sources}
    mixed = [target for target in targets if target.resolve().parent in homes]
    if mixed:
        raise BadInput(
            f"--output {folder}: {mixed[0].parent} holds input images, which are never "
            "overwritten. Give another folder."
        )
    if twice := [target for target, count in Counter(targets).items() if count > 1]:
        raise BadInput(
            *(f"two inputs have the same output file {target}; give each a folder of its own (-o)" for target in twice)
        )
