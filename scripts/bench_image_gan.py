"""How fast do GANs from images train here, and how fast are whole images made?

  python scripts/bench_image_gan.py                         beside bare PyTorch loops of the same networks, 5 minutes
  python scripts/bench_image_gan.py --peers <folder>        beside BasicSR's and pix2pix' loops of the same networks;
                                                            the folder holds their checkouts (bench_image_gan_peers.py)
  python scripts/bench_image_gan.py --data [<folder>]       the data path beside a torch DataLoader, on images drawn
                                                            here or on yours (256 px and more), 4 minutes
  python scripts/bench_image_gan.py --predict               megapixels a second, peak memory and seams at 4,000 x 4,000;
                                                            with --peers beside Real-ESRGAN's tiles, 15 minutes
  python scripts/bench_image_gan.py --swcgan                its step beside SRGAN's, which sets the steps of
                                                            study_super_resolution.py, 3 minutes
  python scripts/bench_image_gan.py --repeats 7 --steps 30  more turns, longer ones
  python scripts/bench_image_gan.py --save                  tables in docs/results

SRResNet x2 in its adversarial phase, pix2pix (U-Net and PatchGAN) and CycleGAN, each with the preset of its bundle;
health, EMA and log rows at their defaults, evaluation and strips left out. The bare loops take networks, losses and
batches from the same composition and do the same arithmetic with plain optimisers. Variants take turns (pace.py)."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench_gan_rows import RESULTS, Row, markdown, save, speed_row
from bench_image_gan_peers import WORDS
from bench_pair_data import BATCH, drawn_images
from bench_predict import NETWORKS, predicted
from pace import AS_ARTESANO, Variant

HERE = Path(__file__).resolve().parent
WARM_UP = 3  # steps of a turn that are not counted
BATCHES = 12  # of the data path for each step of a turn
GAMES = {  # name: (batch size, words)
    "srresnet x2": (16, ("gan=srgan", "scale=2", "phases.pixel=0", "phases.ramp=0")),
    "pix2pix": (8, ("gan=pix2pix",)),
    "cyclegan": (8, ("gan=cyclegan", "data.pairing=shuffled", "hacks.replay=0")),
}

PHASES = {"pixels": ("phases.pixel=1000000",), "adversary": ("phases.pixel=0", "phases.ramp=0")}

Start = Callable[[], Variant]


@dataclass
class DataRow(Row):
    """Of the data path: also the processor's time of an image, and DataLoader's over it."""

    cpu_ms: float = 0.0
    cpu_ratio: float = 0.0


def main() -> int:
    args = arguments()
    about: dict[str, object] = {"threads": args.threads, "command": command(args)}
    with tempfile.TemporaryDirectory(prefix="artesano-bench-") as scratch:
        if args.predict:
            tiled = predicted(args, Path(scratch), process)
            if args.save:
                save(tiled, RESULTS / "bench_predict.csv", about, anew=True)
            return 0
        if args.data is not None:
            rows, name = data_path(args, Path(scratch)), "bench_pair_data.csv"
        elif args.swcgan:
            rows, name = [swcgan_beside_srgan(phase, args, Path(scratch)) for phase in PHASES], "bench_swcgan.csv"
        elif args.peers:
            rows, name = beside_peers(args, Path(scratch)), "bench_image_gan_peers.csv"
        else:
            rows, name = [beside_bare(game, args, Path(scratch)) for game in GAMES], "bench_image_gan.csv"
    print(markdown(rows), flush=True)
    if args.save:
        save(rows, RESULTS / name, {"steps": args.steps, **about}, anew=True)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="turns of each variant (3)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads of each process (2)")
    parser.add_argument("--steps", type=int, default=15, metavar="N", help="steps of a turn (15)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train (cpu)")
    parser.add_argument("--only", choices=[*GAMES, *NETWORKS, "sr", "pairs"], metavar="NAME", help="one row of a part")
    parser.add_argument("--data", nargs="?", const="", metavar="FOLDER", help="the data path, on your images or drawn")
    parser.add_argument("--peers", metavar="FOLDER", help="beside the projects whose checkouts it holds")
    parser.add_argument("--swcgan", action="store_true", help="SWCGAN's step beside SRGAN's")
    parser.add_argument("--predict", action="store_true", help="whole images instead of steps")
    parser.add_argument("--side", type=int, default=4000, metavar="PX", help="of the image of --predict (4000)")
    parser.add_argument("--save", action="store_true", help="the tables in docs/results get it")
    return parser.parse_args()


def command(args: argparse.Namespace) -> str:
    """What to type to get these rows."""
    words = [f"--threads {args.threads}"]
    words += [f"--side {args.side}"] if args.predict else [f"--repeats {args.repeats}", f"--steps {args.steps}"]
    words += ["--swcgan"] * args.swcgan + ["--predict"] * args.predict + ["--peers <checkouts>"] * bool(args.peers)
    words += ["--data <folder>" if args.data else "--data"] * (args.data is not None)
    words += [f"--only '{args.only}'"] if args.only else []
    return " ".join(["python scripts/bench_image_gan.py", *words])


def turns_of(starts: dict[str, Start], repeats: int, steps: int, skip: int) -> dict[str, list[dict[str, float]]]:
    """The answers of each turn, by variant; all are started first, then they take turns."""
    variants = {name: start() for name, start in starts.items()}
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in variants}
    try:
        for variant in variants.values():
            variant.answer()
        for repeat in range(repeats + 1):
            for name, variant in variants.items():
                answer = variant.turn(steps + skip, skip)
                if repeat:  # the first turn warms up
                    turns[name].append(answer)
    finally:
        for variant in variants.values():
            variant.end()
    return turns


def speeds(turns: dict[str, list[dict[str, float]]]) -> dict[str, list[float]]:
    """Images a second."""
    return {name: [answer["images_per_second"] for answer in answers] for name, answers in turns.items()}


def beside_bare(game: str, args: argparse.Namespace, scratch: Path) -> Row:
    """Our path and the bare loop."""
    batch, words = GAMES[game]
    starts = {loop: started(loop, words, args, scratch / f"{game}-{loop}") for loop in ("ours", "bare")}
    turns = speeds(turns_of(starts, args.repeats, args.steps, WARM_UP))
    return replace(speed_row(game, "ours", turns, "bare", batch, " ".join(words)), variant=game)


def swcgan_beside_srgan(phase: str, args: argparse.Namespace, scratch: Path) -> Row:
    """Steps at x4 of 16 crops of 96 px, each with the preset of its bundle."""
    words = {gan: (f"gan={gan}", "scale=4", *PHASES[phase]) for gan in ("swcgan", "srgan")}
    starts = {gan: started("ours", some, args, scratch / f"{phase}-{gan}") for gan, some in words.items()}
    turns = speeds(turns_of(starts, args.repeats, args.steps, WARM_UP))
    row = speed_row(f"swcgan, {phase}", "swcgan", turns, "srgan", 16, " ".join(words["swcgan"]))
    return replace(row, variant=f"swcgan, {phase}", beside="srgan")


def beside_peers(args: argparse.Namespace, scratch: Path) -> list[Row]:
    """Our path and another project's step with the same networks."""
    rows = []
    for game in [args.only] if args.only else GAMES:
        batch, words = GAMES[game][0], (*GAMES[game][1], *WORDS[game])
        checkouts = str(Path(args.peers).resolve())
        starts = {
            "ours": started("ours", words, args, scratch / f"{game}-ours"),
            "peer": started("peer", (game, checkouts, *words), args, scratch / f"{game}-peer"),
        }
        turns = speeds(turns_of(starts, args.repeats, args.steps, WARM_UP))
        beside = "BasicSR" if game.startswith("srresnet") else "pytorch-CycleGAN-and-pix2pix"
        row = speed_row(game, "ours", turns, "peer", batch, " ".join(words))
        rows.append(replace(row, variant=game, beside=beside))
    return rows


def data_path(args: argparse.Namespace, scratch: Path) -> list[DataRow]:
    """Batches of pairs, streamed and from memory, over a torch DataLoader with as many workers."""
    rows: list[DataRow] = []
    for task in [args.only] if args.only else ["sr", "pairs"]:
        images = Path(args.data).resolve() if args.data else scratch / task
        if not args.data:
            drawn_images(task, images, 240)
        starts = {}
        for variant in ("plain", "stream", "memory"):
            words = ("bench_pair_data.py", variant, task, str(images))
            env = {} if variant == "plain" else AS_ARTESANO
            starts[variant] = process(words, args, scratch / f"{task}-{variant}", env)
        turns = turns_of(starts, args.repeats, BATCHES * args.steps, WARM_UP)
        used = {name: statistics.median(answer["cpu_ms"] for answer in answers) for name, answers in turns.items()}
        for variant in ("plain", "stream", "memory"):
            row = speed_row(f"data {task}", variant, speeds(turns), "plain", BATCH)
            row = replace(row, variant=f"{task}: {variant}", beside="DataLoader, 2 workers")
            rows.append(DataRow(**vars(row), cpu_ms=used[variant], cpu_ratio=used["plain"] / used[variant]))
            used_here = f"{used[variant]:.2f} ms of a processor for an image, {rows[-1].cpu_ratio:.1f}x"
            print(f"{row.variant}: {used_here}", flush=True)
    return rows


def started(loop: str, words: tuple[str, ...], args: argparse.Namespace, folder: Path) -> Start:
    """One process of bench_image_gan_variants.py."""
    accelerator = f"trainer.accelerator={'gpu' if args.device == 'cuda' else 'cpu'}"
    return process(("bench_image_gan_variants.py", loop, str(folder), *words, accelerator), args, folder)


def process(words: tuple[str, ...], args: argparse.Namespace, folder: Path, env: dict[str, str] | None = None) -> Start:
    """A script of this folder with its words; its stderr goes to the folder."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    script, *rest = words

    def start() -> Variant:
        folder.mkdir()
        environment = inherited | {"OMP_NUM_THREADS": str(args.threads)} | (env or {})
        return Variant([sys.executable, str(HERE / script), *rest], folder / "stderr.log", environment)

    return start


if __name__ == "__main__":
    sys.exit(main())
