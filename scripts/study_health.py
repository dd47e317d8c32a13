"""Does the health monitor name what is wrong, and stay silent when nothing is? Five failures, three
games in balance.

  python scripts/study_health.py        docs/results/gan_health.csv

MNIST-5k, DCGAN of width 32, 1,000 steps, a probe every 25."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jobs import Job, parser, study

RUNS = {
    "D far too strong: G learns at a hundredth": (
        "hacks=lecture",
        "hacks.lr=2e-6",
        "hacks.discriminator_lr_factor=100",
    ),
    "learning rate x50": ("hacks=lecture", "hacks.lr=0.01"),
    "learning rate x50, no tricks": ("hacks=none", "hacks.lr=0.05"),
    "learning rate x50, no norm in D": ("hacks=lecture", "hacks.discriminator_norm=none", "hacks.lr=0.01"),
    "G ignores z": ("hacks=lecture", "generator._target_=ignoring.Generator"),
    "in balance: dcgan": ("hacks=lecture",),
    "in balance: lsgan": ("gan=lsgan", "hacks=lecture"),
    "in balance: cdcgan": ("gan=cdcgan", "hacks=lecture"),
}
COLUMNS = {
    "verdict": lambda record: record["health"]["verdict"] if record["status"] == "finished" else "diverged",
    "sentence": lambda record: (
        record["health"]["sentence"] if record["status"] == "finished" else record["error"]["message"]
    ),
}


def jobs() -> list[Job]:
    """All of them with seed 0."""
    overrides = (
        "task=gan",
        "max_steps=1000",
        "eval_every=1000",
        "samples_every=250",
        "health.every=25",
        "evaluation=none",
    )
    overrides += ("trainer.precision=bf16-mixed", "seed=0")
    return [
        Job(f"health-{number}", (*overrides, *own), {"run": run, "seed": 0}, 90)
        for number, (run, own) in enumerate(RUNS.items())
    ]


if __name__ == "__main__":
    os.environ["ARTESANO_PLUGINS"] = "ignoring"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    sys.exit(study(jobs(), parser(__doc__).parse_args(), "gan_health", [], COLUMNS))
