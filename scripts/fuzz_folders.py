"""Folders as people have them, at random: check, train (4 steps) and predict on each, in this process.

  python scripts/fuzz_folders.py --folders 1000 --seed 0     writes docs/results/fuzz_folders.csv

No command may end in a traceback or without an end; every file is used, skipped or left out with a reason; and what
`check` counts is what `train` trains on. A folder is a function of (seed, number): --only 17 makes that one alone."""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

os.environ |= {
    "WANDB_MODE": "offline", "MPLBACKEND": "Agg", "COLUMNS": "300", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""
}  # fmt: skip

import torch
from fuzzed_data import KINDS, Case, fuzzed

from artesano import cli
from artesano.config.compose import compose
from artesano.config.schema import check_node
from artesano.config.targets import instantiate
from artesano.data.pairs.base import PairData
from artesano.kinds.transfer.training import TransferTraining
from artesano.runs import record
from artesano.runs.find import find_run

RESULTS = Path(__file__).parents[1] / "docs" / "results" / "fuzz_folders.csv"
QUIET = ["trainer=cpu", "logger.wandb.mode=disabled", "max_steps=4"]
GAN = ["generator.width=4", "discriminator.width=4", "image_size=16", "data.batch_size=2"]
LEAST = ["evaluation.features=null", "evaluation.images_in_training=2", *GAN]
TRAIN = {
    "transfer": ["backbone=test_resnet", "weights.source=none", "image_size=32", "data.batch_size=4"],
    "gan": ["gan=dcgan", "evaluation=none", *GAN],
    "srgan": ["gan=srgan", "scale=2", "generator.blocks=1", *LEAST],
    "pix2pix": ["gan=pix2pix", *LEAST],
    "cyclegan": ["gan=cyclegan", "generator.blocks=1", *LEAST],
}
SECONDS = 60  # that a command may take


@dataclass
class Outcome:
    """What the commands made of one folder.

    Args:
        codes: command -> exit code, or `traceback`, `endless`.
        faults: what must not be.
        used, skipped, left_out: files.
    """

    codes: dict[str, int | str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    used: int = 0
    skipped: int = 0
    left_out: int = 0
    files: int = 0


class Endless(BaseException):
    """A command takes too long."""


def run(*words: str) -> tuple[int | str, str]:
    """Exit code and all that was printed, in the encoding of a terminal that has few signs."""

    def stop(*_: object) -> None:
        raise Endless

    printed = io.TextIOWrapper(io.BytesIO(), "latin-1", errors="strict", write_through=True)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    code: int | str
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = cli.main(list(words))
    except SystemExit as error:
        code = int(error.code or 0)
    except Endless:
        code = "endless"
    except BaseException:
        code = "traceback"
        printed.write(traceback.format_exc().encode("latin-1", "backslashreplace").decode("latin-1"))
    finally:
        signal.alarm(0)
    return code, printed.buffer.getvalue().decode("latin-1")  # type: ignore[attr-defined]


def tried(case: Case, spare: Path, draw: bool) -> Outcome:
    """All commands on one folder.

    Args:
        spare: a run that predicts where this folder trains none.
        draw: with the figures at the end of a training, which take most of its time.
    """
    outcome = Outcome()
    outputs = Path(os.environ["ARTESANO_OUTPUTS"])
    shutil.rmtree(outputs, ignore_errors=True)
    gan = [word for word in TRAIN[case.train] if word.startswith("gan=")]
    checked, said = run("check", *gan, *case.words, "--picture", str(case.root.parent / "check.png"))
    kept = TransferTraining.pictures
    if not draw:
        TransferTraining.pictures = lambda self, folder: []  # type: ignore[method-assign]
    trained, train_output = run("train", *TRAIN[case.train], *QUIET, *case.words)
    TransferTraining.pictures = kept  # type: ignore[method-assign]
    output = case.root.parent / ("labels.csv" if case.train == "transfer" else "made")
    if trained == 0 and case.train != "gan":
        source = str(find_run("last"))
    else:
        source, output = str(spare), case.root.parent / "labels.csv"
    predicted, heard = run("predict", source, str(case.root), "-o", str(output))
    outcome.codes = {"check": checked, "train": trained, "predict": predicted}
    texts = {"check": said, "train": train_output, "predict": heard}
    for command, code in outcome.codes.items():
        if code not in ((0, 1, 2) if command == "predict" else (0, 2)):  # predict: 1 = no file could be read
            outcome.faults.append(f"{command} ends with {code}: {texts[command].strip()[-2500:]}")
    if not outcome.faults:
        compared(case, outcome, said, train_output)
    return outcome


def compared(case: Case, outcome: Outcome, said: str, train_output: str) -> None:
    """Do check and train agree, and is every file accounted for?"""
    trained = outcome.codes["train"] == 0
    refused = [line for line in train_output.splitlines() if line.startswith("artesano: ")]
    if not trained and not refused:
        outcome.faults.append(f"train is refused without a reason: {train_output[-500:]}")
    if not trained:
        if outcome.codes["check"] == 0 and not any(word in " ".join(refused) for word in NEEDS_MORE):
            outcome.faults.append(f"check says yes and train no: {refused}")
        return
    facts = record.read(find_run("last"))["data"]
    counts = footer(said)
    if counts != [*facts["images"].values()]:
        outcome.faults.append(f"check counts {counts} and train {facts['images']}")
    node = compose(case.words).resolved["data"]
    if case.train == "gan":  # without labels, no class is too small
        node["min_images"] = 0
    assert not check_node("data", node)
    accounted(case, outcome, instantiate(node), facts)


NEEDS_MORE = ("one step needs", "a step needs", "image_size", "for the val part", "for the test part")  # of train alone


def footer(printed: str) -> list[int]:
    """The totals of check's first table, without the sum."""
    line = next(line for line in printed.splitlines() if re.match(r"\W*\ball\b[^a-z]*$", line))
    return [int(number) for number in re.findall(r"\d+", line)][:-1]


def accounted(case: Case, outcome: Outcome, data: object, facts: dict) -> None:
    """Each file below the folder is used, skipped or left out; none is used twice."""
    listing = data.listing()  # type: ignore[attr-defined]
    if isinstance(data, PairData):
        sides = [example for part in data._examples.values() for example in part]  # type: ignore[attr-defined]
        listed = [side.path for example in sides for side in example.sides]
        listed += [
            path for path in all_files(case.root) if any(line.startswith(f"{path}: ") for line in listing.skipped)
        ]
    else:
        listed = [name for split in listing.splits.values() for name in split.names]
        if max(Counter(listed).values()) > 1:
            outcome.faults.append("a file is used twice")
        if sum(facts["images"].values()) + len(facts["skipped"]) != len(listed):
            outcome.faults.append(f"{len(listed)} files are listed, {facts['images']} used, {facts['skipped']} skipped")
    names = {os.path.normpath(name) for name in listed}
    left = {os.path.normpath(one.path) for one in listing.left_out}
    every = set(all_files(case.root)) - set(case.beside)
    lost = [
        path
        for path in every
        if path not in names and not any(path == other or path.startswith(other + os.sep) for other in left)
    ]
    if lost and not case.listed:
        outcome.faults.append(f"{len(lost)} files are not accounted for: {sorted(lost)[:5]}")
    outcome.files, outcome.skipped = len(every), len(facts["skipped"])
    outcome.left_out = sum(path not in names for path in every)
    outcome.used = len(names) - outcome.skipped


def all_files(root: Path) -> list[str]:
    """Files and links below a folder; no link is followed."""
    files = []
    for directory, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(directory, name))]
        files += [os.path.join(directory, name) for name in names + links]
    return files


def main() -> int:
    """Make the folders, try them, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the folder of this number alone, with what was printed")
    parser.add_argument("--draw-every", type=int, default=20, help="figures of every so manieth training")
    parser.add_argument("--no-csv", action="store_true", help="leave the results file as it is")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    numbers = range(args.folders) if args.only is None else [args.only]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        rows = tried_all(Path(place), numbers, args)
    write(rows, time.monotonic() - began, args)
    return 1 if any(outcome.faults for _, outcome in rows) else 0


def tried_all(place: Path, numbers: range | list[int], args: argparse.Namespace) -> list[tuple[Case, Outcome]]:
    """Outcomes of all folders, one after the other; each is deleted when it was tried."""
    os.environ |= {"ARTESANO_OUTPUTS": str(place / "spare"), "ARTESANO_CACHE": str(place / "cache")}
    code, train_output = run("train", *TRAIN["transfer"], *QUIET, "data=mnist5k", "data.shots=4")
    assert code == 0, train_output
    spare = find_run("last")
    os.environ["ARTESANO_OUTPUTS"] = str(place / "outputs")
    rows = []
    for number in numbers:
        home = place / f"{number}"
        case = fuzzed(home, args.seed, number)
        outcome = tried(case, spare, draw=number % args.draw_every == 0)
        rows.append((case, outcome))
        for fault in outcome.faults:
            print(f"folder {number} ({case.kind}, {case.traits}): {fault}".encode("ascii", "backslashreplace").decode())
        shutil.rmtree(home, ignore_errors=True)
        if number % 50 == 49:
            print(f"{number + 1} folders", file=sys.stderr)
    return rows


def write(rows: list[tuple[Case, Outcome]], seconds: float, args: argparse.Namespace) -> None:
    """A row for each kind of data, and one for all of them."""
    words = f"python scripts/fuzz_folders.py --folders {args.folders} --seed {args.seed}"
    table = []
    for kind in [*KINDS, "all"]:
        some = [outcome for case, outcome in rows if kind in (case.kind, "all")]
        codes = Counter((command, code) for outcome in some for command, code in outcome.codes.items())
        row: dict[str, object] = {"data": kind, "folders": len(some)}
        for command, kinds in {"check": (0, 2), "train": (0, 2), "predict": (0, 1, 2)}.items():
            row |= {f"{command}_{code}": codes[command, code] for code in kinds}
        for fault in ("traceback", "endless"):
            row[fault] = sum(count for (_, code), count in codes.items() if code == fault)
        for name in ("files", "used", "skipped", "left_out"):
            row[name] = sum(getattr(outcome, name) for outcome in some)
        row |= {"folders_with_faults": sum(bool(outcome.faults) for outcome in some)}
        table.append(row | {"seconds": round(seconds) if kind == "all" else "", "command": words})
    for row in table:
        print("  ".join(f"{name} {value}" for name, value in row.items() if name != "command"))
    if not args.no_csv and args.only is None:
        with RESULTS.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    sys.exit(main())
