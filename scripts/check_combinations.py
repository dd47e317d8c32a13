"""Every option of every group with every GAN, and every data set with every kind: does it train, or is it refused?

    python scripts/check_combinations.py --output docs/results/combinations.csv
    python scripts/check_combinations.py --only 'gan=srgan terms=' --output docs/results/combinations.csv
    python scripts/check_combinations.py --check          # without training

A combination is right when it trains two steps and is measured, or when it is refused with exit code 2 and nothing is
written. All else is a failure: a traceback, another exit code, a run folder of a refused run. Runs are forked.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track

from artesano import cli
from artesano.config import search_path
from artesano.config.compose import Composed, compose
from artesano.errors import BadInput
from artesano.experiment import fork_server  # noqa: F401  (imports what runs need, once)
from artesano.experiment.start import STOPPING
from artesano.kinds.registry import experiment_of
from artesano.own_folders import cache_folder

#: the groups whose options are tried with every GAN; those of a run alone (trainer, logger) fit all
GROUPS = (
    "data", "evaluation", "terms", "loss", "image_to_image", "generator", "discriminator", "hacks", "conditioning",
    "latent", "degradation", "phases",
)  # fmt: skip
#: options of GANs from images, and what makes their runs small; others are of GANs from noise or of both
OF_PAIRS = {
    "data": {
        "sr_folder", "paired_folder", "unpaired_folder", "blue_marble_sr", "blue_marble_map", "blue_marble_levels",
    },
    "evaluation": {"restoration", "translation", "inpainting"},
}  # fmt: skip
EVERY = ("max_steps=2", "data.batch_size=2", "trainer=cpu", "logger.wandb.mode=disabled")
TRANSFER = ("backbone=test_resnet", "weights.source=none", "image_size=32")
OWN_DATA = {
    "srgan": "sr_folder", "swcgan": "sr_folder", "inpaint": "sr_folder", "pix2pix": "paired_folder",
    "cscgan": "labelled_pairs", "cyclegan": "unpaired_folder",
}  # fmt: skip
FAILURES = ("failed", "traceback", "written")
ROWS = ("kind", "choice", "end", "said")


def combinations(images: Path) -> Iterator[tuple[str, ...]]:
    """The words of each combination: first what is combined, then what makes it a small run."""
    for data in options("data"):
        yield ("task=transfer", *data_words(images, data), *TRANSFER, *EVERY)
    for gan in options("gan"):
        plain = compose([f"gan={gan}"])
        yield (f"gan={gan}", "as it is", *small(plain, images, gan))
        for group in GROUPS:
            for option in options(group):
                if option != plain.choices.get(group):
                    yield (f"gan={gan}", f"{group}={option}", *small(plain, images, gan, group, option))


def options(group: str) -> list[str]:
    with search_path.opened() as loader:
        return search_path.options(loader, group)


def small(plain: Composed, images: Path, gan: str, group: str = "", option: str = "") -> tuple[str, ...]:
    """What makes the run of a GAN small; keys of other data and of other evaluations than its own are left out."""
    pairs = plain.resolved["gan"].get("kind") == "image"
    words = ["image_size=16", *EVERY]
    if plain.resolved.get("scale"):
        words.append("scale=2")
    if group == "data":
        words += data_words(images, option)[1:]
    else:
        words += data_words(images, OWN_DATA.get(gan, "folder"))
    if pairs and (group != "data" or option in OF_PAIRS["data"]):
        words.append("data.max_eval=2")
    if group != "evaluation":
        words += ["evaluation.features=null", "evaluation.distance=null"] if pairs else ["evaluation=none"]
    elif option not in OF_PAIRS["evaluation"] and not pairs:
        words += ["evaluation.samples=50", "evaluation.samples_in_training=0"] if option != "none" else []
    return tuple(words)


def data_words(images: Path, name: str) -> tuple[str, ...]:
    """The words that choose a data set, and those with which it finds its images."""
    places = {
        "folder": (f"data.root={images}/classes",),
        "csv": (f"data.file={images}/classes.csv",),
        "timm": ("data.name=folder", f"data.root={images}/classes"),
        "sr_folder": (f"data.root={images}/pairs/trainA",),
        "paired_folder": (f"data.root={images}/pairs",),
        "labelled_pairs": (f"data.file={images}/pairs.csv",),
        "unpaired_folder": (f"data.root={images}/pairs",),
    }
    return (f"data={name.replace('labelled_pairs', 'paired_folder')}", *places.get(name, ()))


def write_images(root: Path) -> None:
    """Noise as classes, as pairs, and as tables of both."""
    draw = np.random.default_rng(0)
    for folder, count in (("classes/cat", 40), ("classes/dog", 40), ("pairs/trainA", 12), ("pairs/trainB", 12)):
        (root / folder).mkdir(parents=True)
        for number in range(count):
            pixels = draw.integers(0, 255, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / folder / f"{number:02d}.png")
    rows = [f"classes/{name}/{number:02d}.png,{name}" for name in ("cat", "dog") for number in range(40)]
    (root / "classes.csv").write_text("\n".join(["path,label", *rows]) + "\n")
    pairs = [f"pairs/trainA/{number:02d}.png,pairs/trainB/{number:02d}.png,{number % 2}" for number in range(12)]
    (root / "pairs.csv").write_text("\n".join(["source,target,label", *pairs]) + "\n")


def checked(words: tuple[str, ...]) -> tuple[str, str]:
    """How the three passes end, in this process: `accepted`, `refused` or `traceback`, and what was said."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            composed = compose(list(words))
            experiment_of(composed.resolved, composed.origins, composed.choices).check()
    except BadInput as error:
        return "refused", " | ".join(error.problems)
    except Exception as error:
        return "traceback", f"{type(error).__name__}: {' '.join(str(error).split())}"
    return "accepted", ""


def trained(words: tuple[str, ...], place: Path) -> tuple[str, str]:
    """How `artesano train` ends, in a forked process: `trained`, `refused`, or one of FAILURES."""
    try:  # what is composed here is known to the process
        composed = compose(list(words))
        experiment_of(composed.resolved, composed.origins, composed.choices)
    except BadInput as error:
        return "refused", " | ".join(error.problems)
    log, outputs = place / "log.txt", place / "outputs"
    child = os.fork()
    if not child:
        become(["train", *words], log, outputs)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    lines = log.read_text(errors="replace").splitlines()
    wrote = outputs.exists()
    shutil.rmtree(outputs, ignore_errors=True)
    if any("Traceback (most recent call last)" in line for line in lines):
        return "traceback", lines[-1]
    problems = " | ".join(line.removeprefix("artesano: ") for line in lines if line.startswith("artesano: "))
    if code == 0:
        return "trained", ""
    return ("failed" if code != 2 else "written" if wrote else "refused"), problems


def become(words: list[str], log: Path, outputs: Path) -> None:
    """`artesano <words>` in this process, which then ends."""
    with log.open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.environ["ARTESANO_OUTPUTS"] = str(outputs)
    code = 1
    try:
        code = cli.main(words)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def earlier(table: Path) -> dict[tuple[str, ...], list[str]]:
    """The rows of a table, by their first two columns."""
    if not table.is_file():
        return {}
    with table.open(newline="") as stream:
        return {tuple(row[:2]): row[2:] for row in csv.reader(stream)}


def write(rows: list[list[str]], table: Path) -> None:
    """All rows under their header."""
    with table.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([ROWS, *rows])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="the passes of validation alone")
    parser.add_argument("--only", default="", metavar="REGEX", help="combinations that match")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(os.devnull),
        metavar="CSV",
        help="a line for each; those that are not checked stay",
    )
    args = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)  # the server of forked runs blocks what stops its jobs

    counts, began = Counter[str](), time.monotonic()
    rows = earlier(args.output)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_images(place / "images")
        every = list(combinations(place / "images"))
        chosen = [words for words in every if re.search(args.only, " ".join(words[:2]))]
        try:
            for kind, choice, *rest in track(chosen, "combinations", console=Console(stderr=True)):
                words = (kind, *([] if choice == "as it is" else [choice]), *rest)
                end, said = checked(words) if args.check else trained(words, place)
                said = said.replace(folder, "").replace(str(cache_folder("")), "<cache>")
                counts[end] += 1
                rows[kind, choice] = [end, said]
                if end in FAILURES:
                    print(f"{end}: {kind} {choice}: {said}", flush=True)
        finally:  # also of a check that is stopped
            write([[*words[:2], *rows[words[:2]]] for words in every if words[:2] in rows], args.output)
    each = ", ".join(f"{count} {end}" for end, count in sorted(counts.items()))
    print(f"{sum(counts.values())} combinations in {time.monotonic() - began:.0f} s: {each}")
    return 1 if any(counts[end] for end in FAILURES) else 0


if __name__ == "__main__":
    sys.exit(main())
