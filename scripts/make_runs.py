"""Forty-nine small real runs to compare: strategies, rates, shots, seeds, GANs, one that fails, one that is stopped.

  python scripts/make_runs.py                    six minutes of one core; what is there already is skipped
  artesano compare --where kind=transfer         and then, for example
  artesano compare --where kind=gan --html page.html

All in one process, since imports would cost more than the runs. Nets with random weights, on MNIST-5k."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import sys
import threading
import time
from itertools import product
from pathlib import Path

from rich.progress import track

import artesano
from artesano.errors import BadInput, Interrupted
from artesano.experiment.saving import NotFinite
from artesano.own_folders import outputs_root
from artesano.runs import record
from artesano.runs.metrics import read_rows

BOTH = ("trainer=cpu", "logger.wandb.mode=disabled")
NET = (*BOTH, "backbone=test_resnet", "weights.source=none", "image_size=32", "data.batch_size=32", "log_every=5")
GAN = (*BOTH, "gan=dcgan", "image_size=16", "generator.width=8", "discriminator.width=8", "data.fraction=0.1")
LOOKS = ("max_steps=120", "samples_every=10", "log_every=5", "health.every=10", "eval_every=120")
STOPPED = "stopped"


def jobs() -> dict[str, tuple[str, ...]]:
    """Name -> words."""
    made: dict[str, tuple[str, ...]] = {}
    for strategy, rate, shots, seed in product(("freeze", "partial", "full"), (0.001, 0.01), (10, 50), (0, 1)):
        words = (f"strategy={strategy}", f"optimizer.lr={rate}", f"data.shots={shots}", f"seed={seed}")
        made[f"{strategy}-{rate:g}-{shots}shots-{seed}"] = (*NET, *words, "max_steps=60", "eval_every=15")
    for strategy, seed in product(("lpft", "norm"), (0, 1, 2)):
        words = (f"strategy={strategy}", "optimizer.lr=0.01", "data.shots=50", f"seed={seed}")
        made[f"{strategy}-0.01-50shots-{seed}"] = (*NET, *words, "max_steps=60", "eval_every=15")
    for hacks, seed in product(("none", "lecture", "ganhacks", "salimans"), (0, 1)):
        measured = ("evaluation=fast", "evaluation.samples=256")
        made[f"{hacks}-{seed}"] = (*GAN, *LOOKS, *measured, f"hacks={hacks}", f"seed={seed}")
    for rate, loss in product((0.0002, 0.001, 0.01), ("bce", "hinge", "least_squares")):
        hacks = ("hacks=critic",) if loss == "hinge" else ()
        made[f"{loss}-{rate:g}"] = (*GAN, *LOOKS, "evaluation=none", f"loss={loss}", *hacks, f"hacks.lr={rate}")
    made["diverges"] = (*NET, "strategy=full", "optimizer.lr=1e30", "data.shots=50", "max_steps=60")
    made[STOPPED] = (*NET, "strategy=full", "data.shots=50", "max_steps=100000", "eval_every=50")
    return made


def ended() -> set[str]:
    """Names of the runs that are there."""
    names = set()
    for path in outputs_root().glob("*/*/run.json"):
        with contextlib.suppress(BadInput):
            run = record.read(path.parent)
            names |= {run["name"]} if run["status"] != "running" else set()
    return names


def run(name: str, words: tuple[str, ...]) -> None:
    """One run, in silence; the one that is to be stopped gets its Ctrl-C, the one that diverges may."""
    if name == STOPPED:
        threading.Thread(target=interrupt, args=(time.time(),), daemon=True).start()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            artesano.train(f"name={name}", *words)
    except NotFinite as error:
        print(f"{name}: {str(error).splitlines()[0]}")
    except Interrupted:
        if name != STOPPED:
            raise
        print(f"{name}: by Ctrl-C, as planned")


def interrupt(since: float) -> None:
    """Ctrl-C for this process, as soon as the run that began after `since` has made 100 steps."""
    while True:
        time.sleep(0.1)
        for file in outputs_root().glob(f"*/*-{STOPPED}/metrics.csv"):
            if file.stat().st_mtime > since and any(step >= 100 for step, *_ in read_rows(Path(file))):
                return os.kill(os.getpid(), signal.SIGINT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="added to every run")
    overrides = tuple(parser.parse_args().overrides)
    there = ended()
    missing = {name: words for name, words in jobs().items() if name not in there}
    print(f"{len(jobs()) - len(missing)} of {len(jobs())} runs are in {outputs_root()}")
    began = time.perf_counter()
    for name, words in track(missing.items(), "runs", total=len(missing)):
        run(name, (*words, *overrides))
    print(f"{len(missing)} runs in {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Interrupted as error:
        sys.exit(error.exit_code)
