"""How fast do GANs train here? Our real path beside bare PyTorch loops of the same networks, and what each trick costs.

  python scripts/bench_gan.py                        beside bare loops, memory format, bf16: 3 minutes on two cores
  python scripts/bench_gan.py --repeats 7 --steps 60 more turns, longer ones
  python scripts/bench_gan.py --costs                each regulariser and trick beside the plain step, 20 minutes
  python scripts/bench_gan.py --device cuda          fp32, bf16 and compiled, at 32 and 64 px
  python scripts/bench_gan.py --loaded               beside a busy process, and beside two trainings
  python scripts/bench_gan.py --peers <folder>       beside mimicry and torchgan, of which it holds the checkouts

task=gan hacks=lecture: dcgan, MNIST-5k at 32 px, batch 64, width 32; health, EMA and log rows at their
defaults, evaluation and sample grids left out. Every variant is a process of its own and they take turns (pace.py), so
a busy minute of the machine hits all alike. Ratios are taken turn by turn; their median is good to some 5 %."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench_gan_rows import RESULTS, Row, cost_row, markdown, save, speed_row
from neighbours import busy_loop, forget_openmp, trainings
from pace import AS_ARTESANO, AS_ARTESANO_BESIDE, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
BATCH, WARM_UP = 64, 3  # images of a step; steps of a turn that are not counted
PLAIN = "hacks=lecture"


class Kind(NamedTuple):
    """What to start: the loop (`ours`, `bare`, `tutorial`) and the keys of the composition."""

    loop: str
    words: tuple[str, ...] = ()


class Part(NamedTuple):
    """Variants that run in the same turns, and which of them are compared: (this, beside)."""

    name: str
    kinds: dict[str, Kind]
    pairs: list[tuple[str, str]]


CONTIGUOUS, BF16, OFF = "channels_last=false", "trainer.precision=bf16-mixed", "hacks=none"
ON_CPU = [
    Part(
        "bare loops",
        {
            "ours": Kind("ours"),
            "bare loop, our memory format": Kind("bare"),
            "bare loop, contiguous": Kind("bare", (CONTIGUOUS,)),
            "tutorial's loop": Kind("tutorial", (CONTIGUOUS,)),
        },
        [
            ("ours", "bare loop, our memory format"),
            ("ours", "bare loop, contiguous"),
            ("ours", "tutorial's loop"),
        ],
    ),
    Part(
        "format and precision",
        {
            "fp32": Kind("ours"),
            "fp32, contiguous": Kind("ours", (CONTIGUOUS,)),
            "bf16": Kind("ours", (BF16,)),
        },
        [("fp32", "fp32, contiguous"), ("bf16", "fp32"), ("bf16", "fp32, contiguous")],
    ),
    Part(
        "hacks=none",
        {"ours, all tricks off": Kind("ours", (OFF,)), "bare loop of these nets": Kind("bare", (OFF,))},
        [("ours, all tricks off", "bare loop of these nets")],
    ),
]


#: beside other work, as their users start them
LOADED = Part(
    "beside",
    {"ours": Kind("ours"), "tutorial's loop": Kind("tutorial", (CONTIGUOUS,))},
    [("ours", "tutorial's loop")],
)


def against_peers(folder: Path, width: int) -> list[Part]:
    """The networks of a peer in its loop and in ours.

    Args:
        folder: holds the checkouts.
        width: channels of D, next to the image.
    """
    parts = []
    for name, loop in (("mimicry's SNGAN", "mimicry"), ("torchgan's DCGAN", "torchgan")):
        words = (str(width), str(folder.resolve() / loop))
        kinds = {
            f"{name} in our loop": Kind(f"{loop}_in_ours", words),
            f"{name} in our loop, bf16": Kind(f"{loop}_in_ours", (*words, BF16)),
            name: Kind(loop, words),
        }
        first, second, theirs = kinds
        parts.append(Part(name, kinds, [(first, theirs), (second, theirs)]))
    return parts


def on_cuda(size: int) -> Part:
    """fp32, bf16 and compiled on a GPU at this image size."""
    at, compiled = f"image_size={size}", "compile=true"
    kinds = {
        f"{size} px fp32": Kind("ours", (at,)),
        f"{size} px bare loop": Kind("bare", (at,)),
        f"{size} px bf16": Kind("ours", (at, BF16)),
        f"{size} px compiled": Kind("ours", (at, compiled)),
        f"{size} px bf16, compiled": Kind("ours", (at, BF16, compiled)),
    }
    first, *others = kinds
    return Part(f"cuda, {size} px", kinds, [(first, f"{size} px bare loop"), *((other, first) for other in others)])


#: each beside the plain step of hacks=lecture
COSTS = [
    "hacks.r1=1",
    "hacks.r1=1 hacks.penalty_interval=16",
    "hacks.r2=1",
    "hacks.gradient_penalty=10",
    "hacks.gradient_penalty=10 hacks.penalty_interval=16",
    "hacks.lecam=0.1",
    "hacks.feature_matching=1",
    "hacks.historical_averaging=0.001",
    "hacks.minibatch=discrimination",
    "hacks.minibatch=stddev",
    "hacks.pac=2",
    "hacks.diffaugment=[color,translation,cutout]",
    "hacks.diffaugment=[color,translation,cutout] hacks.ada=0.6",
    "hacks.instance_noise=0.1",
    "hacks.replay=512",
    "hacks.generator_dropout=0.5",
    "hacks.generator_noise=0.1",
    "hacks.discriminator_norm=spectral",
    "hacks.discriminator_norm=virtual_batch",
    "hacks.discriminator_norm=instance",
    "hacks.discriminator_norm=none",
    "hacks.generator_norm=none",
    "hacks.separate_batches=false",
    "hacks.ema=null",
    "hacks.extra_critic_steps=1",
    "hacks.unrolled_steps=1",
    "hacks.unrolled_steps=5",
    "hacks.real_label=[0.7,1.2] hacks.fake_label=[0.0,0.3]",
    "hacks.label_flip=0.05",
    "hacks.latent=uniform",
    "hacks.downsample=max_pool",
    "hacks.upsample=nearest",
    "hacks.discriminator_optimizer=sgd",
    "health.every=1",
    "hacks=none",
]


def main() -> int:
    args = arguments()
    if args.loaded:
        forget_openmp()
        args.threads = None
    about = {"threads": args.threads, "steps": args.steps, "command": command(args)}
    with tempfile.TemporaryDirectory(prefix="artesano-bench-") as scratch:
        bench = Bench(args, Path(scratch))
        if args.loaded:
            rows = bench.loaded()
            print(f"\n{markdown(rows)}", flush=True)
        elif args.costs:
            rows = bench.costs(args.costs)
            print(f"\n{markdown(rows)}", flush=True)
        else:
            rows = []
            parts = [on_cuda(32), on_cuda(64)] if args.device == "cuda" else ON_CPU
            for part in against_peers(args.peers, args.width) if args.peers else parts:
                part_rows = bench.compared(part)
                print(f"\n{part.name}\n{markdown(part_rows)}", flush=True)
                rows += part_rows
    if args.save:
        name = "bench_gan_loaded.csv" if args.loaded else "gan_costs.csv" if args.costs else "bench_gan.csv"
        name = "bench_gan_peers.csv" if args.peers else name
        save(rows, RESULTS / name, about, anew=bool(args.costs))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="turns of each variant (3)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads of each process (2)")
    parser.add_argument("--steps", type=int, default=30, metavar="N", help="steps of a turn (30)")
    parser.add_argument(
        "--costs", nargs="*", metavar="KEY=VALUE", help="what each trick costs; or these words only ('a=1 b=2' is one)"
    )
    parser.add_argument("--loaded", action="store_true", help="beside other work, with nothing set for OpenMP")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="holds checkouts of mimicry and torchgan")
    parser.add_argument("--width", type=int, default=32, metavar="N", help="channels of the peers' networks (32)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train (cpu)")
    parser.add_argument("--save", action="store_true", help="bench_gan.csv or gan_costs.csv in docs/results/ gets it")
    args = parser.parse_args()
    args.costs = COSTS if args.costs == [] else args.costs
    return args


def command(args: argparse.Namespace) -> str:
    """What to type to get these rows."""
    options = [f"--repeats {args.repeats} --steps {args.steps}"]
    options += ["--loaded" if args.loaded else f"--threads {args.threads}"]
    options += [f"--peers <folder> --width {args.width}"] * bool(args.peers)
    options += [f"--device {args.device}"] * (args.device != "cpu")
    options += ["--costs"] * bool(args.costs) + [f"'{words}'" for words in args.costs or [] if args.costs is not COSTS]
    return " ".join(["python scripts/bench_gan.py", *options])


def is_override(word: str) -> bool:
    return "=" in word


class Bench:
    """Starts variants, lets them take turns, and compares."""

    def __init__(self, args: argparse.Namespace, scratch: Path):
        self.args, self.scratch = args, scratch
        self.started = 0

    def compared(self, part: Part) -> list[Row]:
        """All variants of the part at once."""
        with self.running(part.kinds) as variants:
            turns = self.take_turns(variants)
        return [
            speed_row(part.name, this, turns, beside, BATCH, " ".join(filter(is_override, part.kinds[this].words)))
            for this, beside in part.pairs
        ]

    def loaded(self) -> list[Row]:
        """Both variants beside one busy process, then beside two of the tutorial's loops."""
        turns = {}
        with self.running(LOADED.kinds) as variants:
            with busy_loop():
                turns["a busy process"] = self.take_turns(variants)
            others = {str(number): LOADED.kinds["tutorial's loop"] for number in range(2)}
            with self.running(others) as neighbours, trainings(list(neighbours.values())):
                turns["two trainings"] = self.take_turns(variants)
        return [
            speed_row(f"beside {work}", this, speeds, other, BATCH)
            for work, speeds in turns.items()
            for this, other in LOADED.pairs
        ]

    def costs(self, flags: list[str]) -> list[Row]:
        """One flag after the other beside the plain step, which stays in memory."""
        rows = []
        with self.running({PLAIN: Kind("ours")}) as plain:
            for words in flags:
                with self.running({words: Kind("ours", tuple(words.split()))}) as flagged:
                    turns = self.take_turns(plain | flagged)
                rows.append(cost_row("costs", words, turns, PLAIN, BATCH, words))
                print(f"{words}: {rows[-1].ratio:.2f}", flush=True)
        return rows

    @contextmanager
    def running(self, kinds: dict[str, Kind]) -> Iterator[dict[str, Variant]]:
        """The variants, all built and waiting; ended afterwards."""
        variants = {name: self.variant(kind) for name, kind in kinds.items()}
        try:
            for variant in variants.values():
                variant.answer()
            yield variants
        finally:
            for variant in variants.values():
                variant.end()

    def variant(self, kind: Kind) -> Variant:
        """Start one process of bench_gan_variants.py."""
        self.started += 1
        folder = self.scratch / str(self.started)
        folder.mkdir()
        accelerator = f"trainer.accelerator={'gpu' if self.args.device == 'cuda' else 'cpu'}"
        script = str(HERE / "bench_gan_variants.py")
        env = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
        env |= {"OMP_NUM_THREADS": str(self.args.threads)} if self.args.threads else {}
        if kind.loop.endswith("ours"):
            env |= AS_ARTESANO_BESIDE if self.args.loaded else AS_ARTESANO
        return Variant(
            [sys.executable, script, kind.loop, str(folder), *kind.words, accelerator], folder / "stderr.log", env
        )

    def take_turns(self, variants: dict[str, Variant]) -> dict[str, list[float]]:
        """Images a second of each in turn, `repeats` times, after one turn that warms up."""
        turns: dict[str, list[float]] = {name: [] for name in variants}
        for repeat in range(self.args.repeats + 1):
            for name, variant in variants.items():
                speed = variant.turn(self.args.steps + WARM_UP, WARM_UP)["images_per_second"]
                if repeat:
                    turns[name].append(speed)
        return turns


if __name__ == "__main__":
    sys.exit(main())
