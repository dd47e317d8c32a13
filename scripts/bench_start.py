"""What a start costs: a trial of one step, forked and cold, and `artesano train` of one step, in turn.

  python scripts/bench_start.py                  ten minutes on two cores that nobody else uses
  python scripts/bench_start.py --repeats 7 --save        more turns; rows appended to docs/results/bench_start.csv

A tiny network on 50 images of 32 px, W&B disabled, so that nearly all is start and end. CPU seconds are those of the
run's process and its children, medians over the turns. The fork server's own imports are paid once for all trials."""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from artesano.experiment.start import start

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results" / "bench_start.csv"
WORDS = ["backbone=test_resnet", "weights.source=none", "image_size=32", "data.shots=5", "trainer=cpu"]
WORDS += ["strategy=full", "max_steps=1", "logger.wandb.mode=disabled"]
TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="turns (5)")
    parser.add_argument("--save", action="store_true", help="append to docs/results/bench_start.csv")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artesano-start-") as scratch:
        rows = measure(Path(scratch), args.repeats)
    for row in rows:
        print(f"{row['what']:32} {row['cpu_s']:6.2f} CPU s {row['wall_s']:7.2f} s   {row['share']:.2f}")
    if args.save:
        save(rows, args.repeats)


def measure(scratch: Path, repeats: int) -> list[dict]:
    """A row for each way to start: medians, and the share of a cold trial's CPU seconds, turn by turn."""
    began = time.perf_counter()
    trial(scratch / "warm", fresh=False)  # the server begins with its imports
    imports = server_seconds()
    turns: dict[str, list[tuple[float, float]]] = {"trial, forked": [], "trial, cold": [], "artesano train": []}
    server = [(imports, time.perf_counter() - began)]
    for turn in range(repeats):
        turns["trial, forked"].append(trial(scratch / f"forked-{turn}", fresh=False))
        turns["trial, cold"].append(trial(scratch / f"cold-{turn}", fresh=True))
        turns["artesano train"].append(command(scratch / f"train-{turn}"))
    cold = [cpu for cpu, _ in turns["trial, cold"]]
    rows = []
    for what, spent in ({"imports of the fork server, once": server} | turns).items():
        share = statistics.median(cpu / other for (cpu, _), other in zip(spent, cold, strict=False))
        cpu, wall = (statistics.median(column) for column in zip(*spent, strict=True))
        rows.append({"what": what, "cpu_s": cpu, "wall_s": wall, "share": share})
    return rows


def trial(folder: Path, fresh: bool) -> tuple[float, float]:
    """CPU and wall seconds of a trial as a sweep starts it."""
    env = os.environ | {"ARTESANO_TRIAL": str(folder)}
    began, used = time.perf_counter(), spent()
    job = start(["train", *WORDS], env, folder.with_suffix(".txt"), fresh=fresh, bound=True)
    if job.wait():
        raise SystemExit(folder.with_suffix(".txt").read_text())
    return spent() - used, time.perf_counter() - began


def command(folder: Path) -> tuple[float, float]:
    """CPU and wall seconds of `artesano train`."""
    env = os.environ | {"ARTESANO_OUTPUTS": str(folder)}
    began, used = time.perf_counter(), spent()
    command = [sys.executable, "-m", "artesano", "train", *WORDS]
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return spent() - used, time.perf_counter() - began


def spent() -> float:
    """CPU seconds of the children of this process and of the fork server that have ended."""
    own = os.times()
    return own.children_user + own.children_system + sum(server_times()[2:])


def server_seconds() -> float:
    """CPU seconds of the fork server itself."""
    return sum(server_times()[:2])


def server_times() -> list[float]:
    """Of the fork server: user, system, and both of its children that have ended; zeros where there is none."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid() and "multiprocessing.forkserver" in (stat.parent / "cmdline").read_text():
                return [int(field) / TICK for field in fields[11:15]]
        except OSError:  # it has ended meanwhile
            continue
    return [0.0] * 4


def save(rows: list[dict], repeats: int) -> None:
    about = {
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "date": time.strftime("%Y-%m-%d"),
        "command": f"python scripts/bench_start.py --repeats {repeats}",
    }
    fresh = not RESULTS.exists()
    with RESULTS.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], *about], lineterminator="\n")
        if fresh:
            writer.writeheader()
        for row in rows:
            writer.writerow({k: round(v, 2) if isinstance(v, float) else v for k, v in row.items()} | about)


if __name__ == "__main__":
    main()
