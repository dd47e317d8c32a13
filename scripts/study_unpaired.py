"""CycleGAN where it can be scored: two families of emoji, and drawn digits made written for a classifier.

  python scripts/study_unpaired.py --emoji <folder>               docs/results/unpaired_emoji.csv
  python scripts/study_unpaired.py                                docs/results/unpaired_digits.csv: digits alone
  python scripts/study_unpaired.py --seeds 0 --list               the jobs of one seed

emoji   <folder> holds the unpacked npm packages emoji-datasource-google and emoji-datasource-twitter as google and
        twitter: one emoji drawn by two houses. Training pairs are destroyed (data.pairing=shuffled), those of the test
        part are kept, so the distance to the true partner is known. Beside it: the copied input, the mean image, and
        pix2pix, which is told the pairs.
digits  drawn digits with labels, written digits without. CycleGAN makes the drawn ones look written; a classifier is
        trained on its output with the labels of the drawn ones, and tested on written digits. Beside it: the same
        classifier on the drawn ones as they are. Its settings are those of study_adapt.py, whose methods it can be
        compared with (docs/results/adapt_summary.csv)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from jobs import Job, finished, parser, run_missing, study
from PIL import Image
from study_adapt import COMMON as CLASSIFIER

from artesano.data.mnist5k import Mnist5k
from artesano.data.rendered_digits import RenderedDigits
from artesano.own_folders import cache_folder

SIDE = 32  # px of an emoji
STEPS = 3000
SEEN = {"Smileys & Emotion", "People & Body", "Animals & Nature", "Food & Drink"}  # flags are alike in both families
COMMON = ("data.flip=false", f"max_steps={STEPS}", f"eval_every={STEPS}")
MODELS = ("", "_copy", "_mean")
OF_EMOJI = [f"test/{name}{model}" for name in ("l1", "ssim") for model in MODELS]
OF_DIGITS = ["target_test/accuracy", "test/accuracy"]


def of_emoji(seed: int, root: Path) -> list[Job]:
    """Without pairs, and with them."""
    ways = {"cyclegan": ("gan=cyclegan", "data.pairing=shuffled"), "pix2pix": ("gan=pix2pix",)}
    data = ("data=paired_folder", f"data.root={root}", f"image_size={SIDE}", *COMMON, f"seed={seed}")
    return [
        Job(f"emoji-{name}-s{seed}", (*words, *data), {"model": name, "seed": seed}, 500)
        for name, words in ways.items()
    ]


def translator(seed: int, home: Path) -> Job:
    """From drawn to written digits."""
    data = ("data=unpaired_folder", f"data.source_root={home / 'drawn'}", f"data.target_root={home / 'written'}")
    words = ("gan=cyclegan", *data, "image_size=28", *COMMON, f"seed={seed}")
    return Job(f"digits-cyclegan-s{seed}", words, {"arm": "cyclegan", "seed": seed}, 400)


def classifier(arm: str, seed: int, folder: Path) -> Job:
    """Trained on images of `folder`, tested on written digits."""
    data = ("data=folder", f"data.root={folder}", "data.flip=false", "adapt.data=mnist5k")  # digits are not mirrored
    return Job(f"digits-on-{arm}-s{seed}", (*data, *CLASSIFIER, f"seed={seed}"), {"arm": arm, "seed": seed}, 150)


def write_digits(home: Path) -> None:
    """home/drawn/<digit>/*.png, and home/written/*.png of MNIST-5k's training part."""
    for name, data in (("drawn", RenderedDigits()), ("written", Mnist5k())):
        listing = data.listing()
        parts = listing.splits if name == "drawn" else {"train": listing.splits["train"]}
        for part, split in parts.items():
            for row in range(len(split)):
                below = str(split.labels[row]) if name == "drawn" else "."
                file = home / name / below / f"{part}-{row:04}.png"
                if not file.is_file():
                    file.parent.mkdir(parents=True, exist_ok=True)
                    split.read(row).save(file)


def write_emoji(packages: Path, home: Path) -> Path:
    """home/A and home/B: the emoji that both families have, on white."""
    for emoji in json.loads((packages / "twitter" / "emoji.json").read_text()):
        if emoji["category"] in SEEN and emoji["has_img_twitter"] and emoji["has_img_google"]:
            for side, family in (("A", "google"), ("B", "twitter")):
                file = home / side / emoji["image"]
                if not file.is_file():
                    file.parent.mkdir(parents=True, exist_ok=True)
                    on_white(packages / family / "img" / family / "64" / emoji["image"]).save(file)
    return home


def on_white(path: Path) -> Image.Image:
    """RGB [SIDE, SIDE]."""
    image = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)


def translated(run: Path, drawn: Path, into: Path) -> int:
    """Make the drawn digits look written; done once."""
    if into.is_dir():
        return 0
    command = [sys.executable, "-m", "artesano", "predict", str(run), str(drawn), "-o", str(into)]
    return subprocess.run(command, check=False).returncode


def digits(args: Namespace, home: Path) -> int:
    """A translator, its output and two classifiers for each seed."""
    translators = [translator(seed, home) for seed in args.seeds]
    classifiers: list[Job] = []
    for seed in args.seeds:
        classifiers += [
            classifier("drawn", seed, home / "drawn"),
            classifier("cyclegan", seed, home / f"translated-s{seed}"),
        ]
    if args.list:
        return study([*translators, *classifiers], args, "unpaired_digits", OF_DIGITS)
    code = run_missing(chosen(translators, args.only), translators)
    runs = finished(translators)
    for job in translators:
        if job.name in runs:
            code = code or translated(runs[job.name], home / "drawn", home / f"translated-s{job.about['seed']}")
    return code or study(classifiers, args, "unpaired_digits", OF_DIGITS)


def chosen(jobs: Sequence[Job], only: str) -> list[Job]:
    return [job for job in jobs if re.search(only, job.name)]


def main(args: Namespace) -> int:
    home = cache_folder("study_unpaired")
    code = 0
    if args.emoji is not None:
        root = write_emoji(args.emoji, home / "emoji")
        code = study([job for seed in args.seeds for job in of_emoji(seed, root)], args, "unpaired_emoji", OF_EMOJI)
    if not args.emoji_alone:
        write_digits(home)
        code = max(code, digits(args, home))
    return code


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--emoji", metavar="FOLDER", type=Path, help="of both packages, unpacked")
    options.add_argument("--emoji-alone", action="store_true", help="no digits")
    sys.exit(main(options.parse_args()))
