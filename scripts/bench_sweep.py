"""How far a sweep goes: trials a second through each storage with 2, 8 and 32 workers, and what a trial's start costs.

python scripts/bench_sweep.py                      # about ten minutes on two cores; docs/results/bench_sweep.csv
python scripts/bench_sweep.py --only storage --seconds 5 --workers 2 8
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from private_postgres import MISSING, private_postgres

RESULTS = Path(__file__).parents[1] / "docs" / "results" / "bench_sweep.csv"
SPACE = """objectives: {val/accuracy: max}
sampler: SAMPLER
pruner: median
space: {lr: {low: 1.0e-5, high: 1.0, log: true}, depth: {low: 1, high: 9}, kind: [a, b, c]}
"""
PARTS = ["storage", "asking", "start"]
REPORTS = 5  # values that a trial reports before its end
SMALL = ["backbone=test_resnet", "weights.source=none", "image_size=32", "data.shots=5", "trainer=cpu"]
STARTS = {
    "as it is": [],
    "without W&B": ["logger.wandb.mode=disabled"],
}


def worker(storage: str, folder: Path) -> None:
    """Trials that do nothing but report, from the moment when all are ready until `go` says; prints how many, and the
    milliseconds of a turn (count, bury, ask), a report and a tell."""
    import numpy as np

    from artesano.sweep import study as studies
    from artesano.sweep.space import load_space
    from artesano.sweep.storage import Storage
    from artesano.sweep.worker import Worker

    os.environ.pop("ARTESANO_STORAGE", None)
    place, space = Storage(storage, folder), load_space(str(folder / "space.yaml"), {})
    crew = Worker(studies.open_study(place, space, []), place, space, [], 10**6, say=lambda line: None)
    (folder / f"ready-{os.getpid()}").touch()
    while not (go := folder / "go").exists():
        time.sleep(0.02)
    until, random, spent = (
        float(go.read_text()),
        np.random.default_rng(os.getpid()),
        {"ask": [], "report": [], "tell": []},
    )

    def timed(what: str, call: Callable, *words):
        began = time.perf_counter()
        answer = call(*words)
        spent[what].append(1000 * (time.perf_counter() - began))
        return answer

    def report(trial, value: float, step: int) -> bool:
        trial.report(value, step)
        return trial.should_prune()

    while time.time() < until:
        trial, held = timed("ask", crew.turn)
        with held:
            for step in range(REPORTS):
                timed("report", report, trial, random.random(), step)
            timed("tell", crew.study.tell, trial, random.random())
    print(len(spent["tell"]), *(statistics.median(spent[what] or [float("nan")]) for what in spent))


def throughput(storage: str, workers: int, seconds: float) -> dict:
    """Of so many workers on one study."""
    folder = Path(tempfile.mkdtemp(prefix="artesano-sweep-"))
    (folder / "space.yaml").write_text(SPACE.replace("SAMPLER", "random"))
    command = [sys.executable, __file__, "--worker", str(folder)]
    env = os.environ | {"ARTESANO_STORAGE": storage, "OMP_NUM_THREADS": "1"}
    crew = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    while len(list(folder.glob("ready-*"))) < workers:
        if any(process.poll() for process in crew):
            raise SystemExit("a worker has failed")
        time.sleep(0.1)
    (folder / "until").write_text(str(time.time() + seconds))
    (folder / "until").rename(folder / "go")
    said = [[float(word) for word in process.communicate()[0].split()] for process in crew]
    shutil.rmtree(folder)
    medians = [statistics.median(column) for column in list(zip(*said, strict=True))[1:]]
    trials = sum(line[0] for line in said)
    return {"trials_per_s": trials / seconds} | dict(zip(("ask_ms", "report_ms", "tell_ms"), medians, strict=True))


def asking(trials: int) -> dict:
    """Milliseconds that TPE needs for its next values after so many trials."""
    import optuna

    from artesano.sweep.sampling import sampler
    from artesano.sweep.space import load_space

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(SPACE.replace("SAMPLER", "tpe"))
        file.flush()
        space = load_space(file.name, {})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0), direction="maximize")
    for number in range(trials):
        study.tell(study.ask(space.distributions()), float(number % 17))
    study.sampler, spent = sampler(space), []
    for _ in range(9):
        began = time.perf_counter()
        trial = study.ask(space.distributions())
        spent.append(1000 * (time.perf_counter() - began))
        study.tell(trial, 0.5)
    return {"ask_ms": statistics.median(spent)}


def start(overrides: list[str]) -> dict:
    """Seconds of a run of one step: until its record is there, until it has ended, until its process is gone."""
    import json

    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        env = os.environ | {"ARTESANO_TRIAL": str(run), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "artesano", "train", *SMALL, "max_steps=1", *overrides]
        began, used = time.time(), os.times()
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ended, cpu = time.time(), spent_since(used)
        recorded = (run / "config.yaml").stat().st_mtime  # written once, when all checks are passed
        record = json.loads((run / "run.json").read_text())
    whole = datetime.fromisoformat(record["ended"]).timestamp()
    return {"seconds": ended - began, "until_record_s": recorded - began, "after_end_s": ended - whole, "cpu_s": cpu}


def importing(module: str) -> dict:
    """Seconds of a process that does nothing but import."""
    began, used = time.time(), os.times()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return {"seconds": time.time() - began, "cpu_s": spent_since(used)}


def spent_since(used: os.times_result) -> float:
    """CPU seconds of child processes."""
    now = os.times()
    return now.children_user + now.children_system - used.children_user - used.children_system


def write(rows: list[dict]) -> None:
    """Replace the parts that were measured; the others stay."""
    measured = {row["part"] for row in rows}
    kept = []
    if RESULTS.exists():
        with RESULTS.open() as stream:
            kept = [row for row in csv.DictReader(stream) if row["part"] not in measured]
    rows = [*kept, *({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with RESULTS.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: PARTS.index(row["part"])))
    print(f"written: {RESULTS}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement of a storage")
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 8, 32])
    parser.add_argument("--repeats", type=int, default=3, help="of each start; the median counts")
    parser.add_argument("--only", choices=PARTS, help="one part; the rows of the others stay")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(os.environ["ARTESANO_STORAGE"], args.worker)
        return
    rows: list[dict] = []

    def add(part: str, what: str, workers: int, measured: dict) -> None:
        rows.append({"part": part, "what": what, "workers": workers, "load": os.getloadavg()[0]} | measured)
        numbers = "  ".join(f"{name} {value:.3g}" for name, value in measured.items())
        print(f"{part:8} {what:24} {workers:3}  {numbers}", flush=True)

    if args.only in (None, "storage"):
        with private_postgres(connections=200) as url:
            print(*([] if url else [MISSING]))
            for workers in args.workers:
                for name, storage in (("journal", "journal"), ("sqlite", "sqlite"), ("postgresql", url)):
                    if storage:
                        add("storage", name, workers, throughput(storage, workers, args.seconds))
    if args.only in (None, "asking"):
        for trials in (100, 1000, 5000):
            add("asking", f"tpe after {trials}", 1, asking(trials))
    if args.only in (None, "start"):
        for module in ("torch", "pytorch_lightning", "artesano.experiment.run", "artesano.sweep.run"):
            add("start", f"import {module}", 1, importing(module))
        for name, words in STARTS.items():
            starts = sorted((start(words) for _ in range(args.repeats)), key=lambda one: one["seconds"])
            add("start", name, 1, starts[len(starts) // 2])
    write(rows)


if __name__ == "__main__":
    main()
