"""The tables that a run prints before training and at its end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.markup import escape

from artesano.experiment.early_end import forecast
from artesano.experiment.ranks import started_by
from artesano.experiment.settings_worth import slow_settings
from artesano.file_names import failures
from artesano.kinds.kind import Training
from artesano.kinds.metrics_table import metrics_table
from artesano.kinds.registry import of_record
from artesano.lines import say
from artesano.next_steps import shortest
from artesano.progress_bars import waiting
from artesano.runs.duration import format_minutes
from artesano.runs.floors import floors_of
from artesano.threads import Neighbours, crowded

HEADLINES = (
    "accuracy", "accuracy_top5", "map", "micro_f1", "macro_f1", "macro_f1_tuned", "nll", "ece", "ece_calibrated",
)  # fmt: skip


def announce(
    console: Console,
    training: Training,
    *,
    folder: Path | None = None,
    device: torch.device | None = None,
    spent: float = 0.0,
) -> None:
    """The data, the table of what learns, and the expected minutes.

    Args:
        spent: seconds of training in the sessions before.
    """
    facts = training.facts()
    images = " · ".join(f"{split} {count}" for split, count in facts["data"]["images"].items())
    say(console, f"[bold]{type(training.data).__name__}[/]  {images}")
    for line in [*failures(facts["data"]["skipped"]), *facts["data"].get("left_out", [])]:
        say(console, f"[yellow]{escape(line)}[/]")
    training.data.listed_later = False
    console.print(training.table())
    for line in slow_settings(training.options, training.module, device or torch.device("cpu")):
        say(console, f"[yellow]{escape(line)}[/]")
    neighbours = Neighbours()
    with waiting("timing a step"):
        minutes = training.expected_seconds(device or torch.device("cpu")) / 60
    alone = started_by() is None  # the other processes of a run that torchrun or Slurm has started are no neighbours
    line = crowded(neighbours.cores(), torch.get_num_threads(), os.cpu_count() or 1)
    if alone and line:
        say(console, f"[yellow]{line}[/]")
    where = f"  →  {shortest(folder)}" if folder else ""
    for line in forecast(training, minutes, spent / 60):
        say(console, f"[yellow]{escape(line)}[/]")
    steps = f"{training.max_steps - training.step} of {training.max_steps}" if training.step else training.max_steps
    say(console, f"{steps} steps, about {format_minutes(minutes)}{where}", markup=False)


def report(console: Console, folder: Path, record: dict[str, Any]) -> None:
    """The final table: last and best, and where everything lies."""
    last, best = record["metrics"]["last"], record["metrics"]["best"]
    if (results := of_record(record).results(folder, record)) is not None:
        console.print(results)
        best = {}
    title, monitor = f"{escape(record['name'])}: {format_minutes(record['seconds'] / 60)}", record["monitor"]["name"]
    heading = f"best ({monitor})"
    if floors_of(best):  # two further columns need the room of the long heading
        title, heading = f"{title}, best by {monitor}", "best"
    headlines = [f"{split}/{name}" for split in ("val", "test", "target_test") for name in HEADLINES]
    shown = [key for key in headlines if key in best] or list(best)
    if shown:
        console.print(metrics_table({"last": last, heading: best}, heading, shown, best, title))
    for note in record.get("notes", []):
        say(console, f"note: {note}", markup=False)
    if health := record.get("health"):
        say(console, f"health: [bold]{health['verdict']}[/]. {health['sentence']}")
        if health["advice"]:
            say(console, f"try {', '.join(health['advice'])}", markup=False)
    say(console, f"run folder  {shortest(folder)}", markup=False)
    if record["wandb"].get("sync"):
        say(console, f"W&B offline; send it with  {record['wandb']['sync']}", markup=False)
