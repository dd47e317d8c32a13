"""How should OpenMP's threads wait? A bare training loop with each setting in turn, alone and beside other work.

  python scripts/bench_openmp.py                     alone, beside a busy process, beside two trainings: 15 minutes
  python scripts/bench_openmp.py --save              rows to docs/results/openmp_wait.csv

Lite0, full fine-tuning, batches of 64 images of 96 px, channels_last, freed memory kept, a thread for each core.
The settings of artesano/threads.py rest on it. Every measurement is a process of its own: libgomp reads them once."""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from neighbours import busy_loop, forget_openmp

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results" / "openmp_wait.csv"
SETTINGS = {"default": {}, "OMP_WAIT_POLICY=PASSIVE": {"OMP_WAIT_POLICY": "PASSIVE"}}
SETTINGS |= {f"GOMP_SPINCOUNT={spins}": {"GOMP_SPINCOUNT": spins} for spins in ("1000", "10000", "30000")}
KEEP = {"MALLOC_MMAP_THRESHOLD_": str(4 << 30), "MALLOC_TRIM_THRESHOLD_": str(8 << 30)}
BATCH, WARM_UP = 64, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=2, metavar="N", help="turns of each setting (2)")
    parser.add_argument("--steps", type=int, default=10, metavar="N", help="steps that are timed (10)")
    parser.add_argument("--save", action="store_true", help="write docs/results/openmp_wait.csv")
    parser.add_argument("--loop", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.loop:
        return loop(args.steps)
    forget_openmp()
    rows = []
    for beside, work in {"nothing": nullcontext, "one busy loop": busy_loop, "two trainings": trainings}.items():
        speeds: dict[str, list[float]] = {setting: [] for setting in SETTINGS}
        with work():
            for _ in range(args.repeats):
                for setting, variables in SETTINGS.items():
                    speeds[setting].append(speed(args.steps, variables))
        for setting, turns in speeds.items():
            rows.append({"beside": beside, "setting": setting, "images_per_s": round(statistics.median(turns), 1)})
            rows[-1]["turns"] = " ".join(f"{turn:.1f}" for turn in turns)
            print(
                f"{beside:14} {setting:24} {rows[-1]['images_per_s']:6.1f} images/s   {rows[-1]['turns']}", flush=True
            )
    if args.save:
        with RESULTS.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["beside", "setting", "images_per_s", "turns"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def speed(steps: int, variables: dict[str, str]) -> float:
    """Images per second of a fresh process."""
    command = [sys.executable, __file__, "--loop", "--steps", str(steps)]
    return float(subprocess.run(command, env=os.environ | KEEP | variables, capture_output=True, check=True).stdout)


@contextmanager
def trainings() -> Iterator[None]:
    """Two of the loops with nothing set, once they train."""
    command = [sys.executable, __file__, "--loop", "--steps", "1000000"]
    others = [subprocess.Popen(command, env=os.environ | KEEP) for _ in range(2)]
    time.sleep(8)
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def loop(steps: int) -> None:
    """The bare loop; prints images per second."""
    import timm
    import torch
    from torch.nn import functional as F

    torch.manual_seed(0)
    network = timm.create_model("tf_efficientnet_lite0", num_classes=10).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    images = torch.randn(BATCH, 3, 96, 96).to(memory_format=torch.channels_last)
    labels = torch.randint(10, (BATCH,))
    began = time.perf_counter()
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            began = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()
    print(BATCH * steps / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
