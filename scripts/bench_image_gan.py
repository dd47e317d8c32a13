"""How fast do GANs from images train here, and how fast are whole images made?

  python scripts/bench_image_gan.py                         beside bare PyTorch loops of the same networks, 5 minutes
  python scripts/bench_image_gan.py --predict               megapixels a second and peak memory at 2,000 x 2,000, tiled
  python scripts/bench_image_gan.py --repeats 7 --steps 30  more turns, longer ones
  python scripts/bench_image_gan.py --save                  docs/results/bench_image_gan.csv or bench_predict.csv

SRResNet x2 in its adversarial phase, pix2pix (U-Net and PatchGAN) and CycleGAN, each with the preset of its bundle;
health, EMA and log rows at their defaults, evaluation and strips left out. The bare loops take networks, losses and
batches from the same composition and do the same arithmetic with plain optimisers. Variants take turns (pace.py)."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench_gan_rows import RESULTS, Row, markdown, save, speed_row
from pace import Variant

HERE = Path(__file__).resolve().parent
WARM_UP = 3  # steps of a turn that are not counted
GAMES = {  # name: (batch size, words)
    "srresnet x2": (16, ("gan=srgan", "scale=2", "phases.pixel=0", "phases.ramp=0")),
    "pix2pix": (8, ("gan=pix2pix",)),
    "cyclegan": (8, ("gan=cyclegan", "data.pairing=shuffled", "hacks.replay=0")),
}

TILED = {"SRResNet x2": ("gan=srgan", "scale=2"), "U-Net": ("gan=pix2pix",)}


@dataclass
class TiledRow:
    """One network on a 2,000 x 2,000 image: megapixels a second when warm, the most memory of the first time."""

    network: str
    source_megapixels: float
    made_megapixels: float
    tiles: int
    tile: int
    peak_mib: float
    before_mib: float
    words: str


def main() -> int:
    args = arguments()
    about: dict[str, object] = {"threads": args.threads, "command": command(args)}
    with tempfile.TemporaryDirectory(prefix="artesano-bench-") as scratch:
        if args.predict:
            tiled = predict(args, Path(scratch))
            if args.save:
                save(tiled, RESULTS / "bench_predict.csv", about, anew=True)
            return 0
        rows = [compared(name, args, Path(scratch)) for name in GAMES]
    print(markdown(rows), flush=True)
    if args.save:
        save(rows, RESULTS / "bench_image_gan.csv", {"steps": args.steps, **about}, anew=True)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="turns of each variant (3)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads of each process (2)")
    parser.add_argument("--steps", type=int, default=15, metavar="N", help="steps of a turn (15)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train (cpu)")
    parser.add_argument("--predict", action="store_true", help="whole images instead of steps")
    parser.add_argument("--save", action="store_true", help="the tables in docs/results get it")
    return parser.parse_args()


def command(args: argparse.Namespace) -> str:
    """What to type to get these rows."""
    if args.predict:
        return f"python scripts/bench_image_gan.py --predict --threads {args.threads}"
    return f"python scripts/bench_image_gan.py --repeats {args.repeats} --threads {args.threads} --steps {args.steps}"


def compared(name: str, args: argparse.Namespace, scratch: Path) -> Row:
    """Our path and the bare loop, in turn."""
    batch, words = GAMES[name]
    variants = {loop: started(loop, words, args, scratch / f"{name}-{loop}") for loop in ("ours", "bare")}
    turns: dict[str, list[float]] = {loop: [] for loop in variants}
    try:
        for variant in variants.values():
            variant.answer()
        for repeat in range(args.repeats + 1):
            for loop, variant in variants.items():
                speed = variant.turn(args.steps + WARM_UP, WARM_UP)["images_per_second"]
                if repeat:  # the first turn warms up
                    turns[loop].append(speed)
    finally:
        for variant in variants.values():
            variant.end()
    row = speed_row(name, "ours", turns, "bare", batch, " ".join(words))
    row.variant = name
    return row


def started(loop: str, words: tuple[str, ...], args: argparse.Namespace, folder: Path) -> Variant:
    """One process of bench_image_gan_variants.py."""
    folder.mkdir()
    accelerator = f"trainer.accelerator={'gpu' if args.device == 'cuda' else 'cpu'}"
    env = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    env |= {"OMP_NUM_THREADS": str(args.threads)}
    script = str(HERE / "bench_image_gan_variants.py")
    return Variant([sys.executable, script, loop, str(folder), accelerator, *words], folder / "stderr.log", env)


def predict(args: argparse.Namespace, scratch: Path) -> list[TiledRow]:
    """Megapixels of output a second, and the largest resident memory, of a 2,000 x 2,000 image in tiles."""
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    print("| network | source MP/s | made MP/s | tiles | peak MiB | of which before |")
    print("|---|--:|--:|--:|--:|--:|")
    rows = []
    for name, words in TILED.items():
        variant = started("tiled", words, args, scratch / name.replace(" ", "-"))
        try:
            first, *_, warmed = [variant.answer() for _ in range(3)]  # memory from the first, speed when warm
        finally:
            variant.end()
        warm = (warmed[key] for key in ("source_megapixels", "made_megapixels", "tiles", "tile"))
        row = TiledRow(name, *warm, first["peak_mib"], first["before_mib"], " ".join(words))
        rows.append(row)
        speeds, tiles = f"{row.source_megapixels:.2f} | {row.made_megapixels:.2f}", f"{row.tiles} of {row.tile} px"
        print(f"| {name} | {speeds} | {tiles} | {row.peak_mib:,.0f} | {row.before_mib:,.0f} |", flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
