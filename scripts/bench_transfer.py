"""How fast is it? Our real path beside bare PyTorch loops, torchvision's data path and, where it is there, fastai.

  python scripts/bench_transfer.py                                    all parts, 12 minutes on two cores
  python scripts/bench_transfer.py --part full --repeats 7            one part, more turns
  python scripts/bench_transfer.py --peers-python <interpreter>       fastai too, from an environment that has it
  python scripts/bench_transfer.py --part data --data <folder>        the data path on your images
  python scripts/bench_transfer.py --loaded --repeats 2               full fine-tuning beside other work, 10 minutes

Every variant is a process of its own and they take turns (pace.py), so a busy minute of the machine hits all alike.
Ratios are taken turn by turn; their median is good to some 7 %. Absolute images/s drift far more."""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from bench_rows import RESULTS, Row, Turns, append, as_table, measured
from neighbours import busy_loop, forget_openmp, trainings
from pace import AS_ARTESANO, AS_ARTESANO_BESIDE, Variant
from PIL import Image, ImageFilter
from rich.console import Console

HERE = Path(__file__).resolve().parent
# glibc keeps freed memory, said before the process starts: what a careful user of a bare loop would do.
KEEP = {
    "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
}
NO_FASTAI = "fastai: not installed"
PARTS, LOADED = ("full", "freeze", "data"), ("beside-loop", "beside-trainings")
console = Console()


def main() -> int:
    args = arguments()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="artesano-bench-") as scratch:
        bench = Bench(args, Path(scratch))
        for part in (*PARTS, *LOADED):
            if part in args.part:
                run = getattr(bench, part.replace("-", "_"))
                part_rows = run()
                console.print(as_table(part_rows, title=run.__doc__.split(" Ratio")[0]))
                rows += part_rows
    if args.save:
        path = RESULTS / ("bench_loaded.csv" if set(args.part) & set(LOADED) else "bench_transfer.csv")
        append(rows, command(args), path)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=(*PARTS, *LOADED), default=PARTS, help="the first three")
    parser.add_argument("--loaded", action="store_const", const=LOADED, dest="part", help="the parts beside other work")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="turns of each variant (5)")
    parser.add_argument("--quick", action="store_true", help="one turn, few steps, 2 epochs: does it work?")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="fastai beside ours")
    parser.add_argument("--peers-python", default=sys.executable, metavar="FILE", help="interpreter that has fastai")
    parser.add_argument("--data", metavar="FOLDER", help="images of the data path, one subfolder per class (drawn)")
    parser.add_argument("--save", action="store_true", help="append the rows to docs/results/bench_transfer.csv")
    args = parser.parse_args()
    args.repeats = 1 if args.quick else args.repeats
    return args


def command(args: argparse.Namespace) -> str:
    """What to type to get these rows; folders and interpreters of this machine by their role."""
    arguments = ["python scripts/bench_transfer.py --part", *args.part, f"--repeats {args.repeats}"]
    arguments += ["--peers-python <python with fastai>"] * (args.peers_python != sys.executable)
    arguments += ["--data <folder>"] * (args.data is not None) + ["--no-peers"] * (not args.peers)
    return " ".join(arguments)


class Bench:
    """The three parts; each returns its rows."""

    def __init__(self, args: argparse.Namespace, scratch: Path):
        self.args, self.scratch = args, scratch
        self.python = [sys.executable, str(HERE / "bench_variants.py")]
        self.training_images = 0

    def full(self) -> list[Row]:
        """Full fine-tuning, Lite0, MNIST-5k at 96 px, batch 64, AdamW 1e-3. Ratio: artesano over the row."""
        self.prepare()
        variants = {
            "artesano": self.variant("artesano", env=AS_ARTESANO),
            "bare loop, channels_last, freed memory kept": self.variant("bare_best", env=KEEP),
            "bare loop, contiguous": self.variant("bare"),
        } | self.fastai("full")
        skip, steps = (1, 3) if self.args.quick else (2, 10)
        turns = self.take_turns(variants, steps, skip)
        rows = measured(
            "full", turns, lambda name, turn: turns["artesano"][turn] / turns[name][turn], "artesano / this"
        )
        return rows + self.missing_peers("full")

    def beside_loop(self) -> list[Row]:
        """Full fine-tuning beside one busy process, all as their users start them. Ratio: artesano over the row."""
        return self.beside("beside-loop", 0)

    def beside_trainings(self) -> list[Row]:
        """Full fine-tuning beside two bare loops, all as their users start them. Ratio: artesano over the row."""
        return self.beside("beside-trainings", 2)

    def beside(self, part: str, count: int) -> list[Row]:
        """The variants beside so many trainings; 0 = beside one process that always computes."""
        forget_openmp()
        self.prepare()
        variants = {
            "artesano": self.variant("artesano", env=AS_ARTESANO_BESIDE),
            "bare loop, contiguous": self.variant("bare"),
        } | self.fastai("full")
        neighbours = [self.variant("bare") for _ in range(count)]
        for neighbour in neighbours:
            neighbour.answer()
        turns = self.take_turns(variants, 2, 1, beside=trainings(neighbours) if count else busy_loop())
        rows = measured(part, turns, lambda name, turn: turns["artesano"][turn] / turns[name][turn], "artesano / this")
        return rows + self.missing_peers(part)

    def freeze(self) -> list[Row]:
        """Frozen features, 20 epochs of MNIST-5k at 96 px. Ratio: seconds of the row over those of the cold cache."""
        self.prepare()
        epochs = 2 if self.args.quick else 20
        caches = [self.scratch / f"cache-{repeat}" for repeat in range(self.args.repeats)]
        timed: dict[str, list[dict]] = {"cache, cold": [], "cache, warm": [], "no cache": []}
        for repeat, cache in enumerate(caches):  # the long one in the middle, so that it sees the same machine
            timed["cache, cold"].append(self.whole_run(epochs, True, cache))
            timed["cache, warm"].append(self.whole_run(epochs, True, cache))
            if repeat == len(caches) // 2:
                timed["no cache"].append(self.whole_run(epochs, False, cache))
        rows = []
        for name, runs in timed.items():
            middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            note = f"{epochs} epochs, build and test included"
            rows.append(Row("freeze", f"artesano, {name}", **middle, repeats=len(runs), note=note))
        if peers := self.fastai("freeze"):
            turns = self.take_turns(peers, 3 if self.args.quick else 10, 2)
            peer = measured("freeze", turns, lambda name, turn: 0.0, "")[0]
            assert peer.images_per_second is not None
            peer.variant, peer.seconds = "fastai freeze()", epochs * self.training_images / peer.images_per_second
            peer.note = f"{epochs} epochs extrapolated from a few steps, no test"
            rows.append(peer)
        for row in rows:
            row.ratio, row.ratio_means = row.seconds / rows[0].seconds, "seconds / cold cache's"  # type: ignore[operator]
        return rows + self.missing_peers("freeze")

    def data(self) -> list[Row]:
        """The data path alone at 224 px: decode, resize, mirror, normalise. Ratio: the row over ImageFolder."""
        root = self.args.data or str(drawn_images(self.scratch / "images", 120 if self.args.quick else 600))
        variants = {
            "torchvision ImageFolder, 2 workers": self.variant("imagefolder", root),
            "artesano, streamed, 2 workers": self.variant("stream", root, env=AS_ARTESANO),
            "artesano, in memory": self.variant("memory", root, env=AS_ARTESANO),
            "artesano, in memory, augment=light": self.variant("memory_light", root, env=AS_ARTESANO),
        }
        turns = self.take_turns(variants, 1 if self.args.quick else 3, 0)
        peer = turns["torchvision ImageFolder, 2 workers"]
        rows = measured("data", turns, lambda name, turn: turns[name][turn] / peer[turn], "this / ImageFolder")
        rows[-1].note = "crops, brightness and contrast besides"
        return rows

    # How a part is run ----------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Images and weights for the variants that know nothing of us."""
        if not self.training_images:
            variant = self.variant("inputs")
            self.training_images = variant.answer()["images"]
            variant.end()

    def variant(self, name: str, *arguments: str, env: dict[str, str] | None = None) -> Variant:
        """Start one process of bench_variants.py."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
        (self.scratch / name).mkdir(exist_ok=True)
        command = [*self.python, name, str(self.scratch), *arguments]
        return Variant(command, self.scratch / f"{name}.log", inherited | (env or {}))

    def take_turns(
        self, variants: dict[str, Variant], steps: int, skip: int, beside: AbstractContextManager | None = None
    ) -> Turns:
        """All in turn, `repeats` times, after one turn that warms up; `beside` is other work during all of them."""
        for variant in variants.values():
            variant.answer()
        turns = Turns({name: [] for name in variants})
        with beside or nullcontext():
            for repeat in range(self.args.repeats + 1):
                for name, variant in variants.items():
                    turn = variant.turn(steps + skip, skip)
                    turns.peaks[name] = turn["peak_mib"]
                    if repeat > 0:
                        turns[name].append(turn["images_per_second"])
        for variant in variants.values():
            variant.end()
        return turns

    def whole_run(self, epochs: int, cached: bool, cache: Path) -> dict:
        """A frozen backbone from build to test, in a process of its own."""
        arguments = (str(epochs), str(cached).lower())
        variant = self.variant("freeze", *arguments, env=AS_ARTESANO | {"ARTESANO_CACHE": str(cache)})
        answer = variant.answer()
        variant.end()
        return answer

    def fastai(self, kind: str) -> dict[str, Variant]:
        """fastai's variant; empty where the interpreter has no fastai."""
        if not self.args.peers or not self.has_fastai():
            return {}
        command = [self.args.peers_python, str(HERE / "bench_fastai.py"), kind, str(self.scratch)]
        return {f"fastai {kind}": Variant(command, self.scratch / f"fastai-{kind}.log")}

    def has_fastai(self) -> bool:
        look = "import importlib.util as u, sys; sys.exit(u.find_spec('fastai') is None)"
        return subprocess.run([self.args.peers_python, "-c", look], check=False).returncode == 0

    def missing_peers(self, part: str) -> list[Row]:
        """A visible row for what was not measured."""
        missing = self.args.peers and not self.has_fastai()
        return [Row(part, NO_FASTAI, note="--peers-python <interpreter>")] if missing else []


def drawn_images(root: Path, count: int) -> Path:
    """Soft noise of 256 px, half JPEG and half lossless WebP, in three classes."""
    random.seed(0)
    for number in range(count):
        folder = root / f"class{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        coarse = Image.frombytes("RGB", (64, 64), random.randbytes(64 * 64 * 3))
        image = coarse.resize((256, 256), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
        if number % 2:
            image.save(folder / f"{number}.jpg", quality=90)
        else:
            image.save(folder / f"{number}.webp", lossless=True)
    return root


if __name__ == "__main__":
    sys.exit(main())
