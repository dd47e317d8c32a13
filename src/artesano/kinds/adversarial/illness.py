"""What is wrong with a GAN's run, read from its folder: also of one that failed, whose record was never concluded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artesano.gan.first_sign import first_sign
from artesano.gan.likeness import Evaluation
from artesano.gan.symptoms import CALM, Numbers
from artesano.gan.verdict import HARMLESS, LEARNING, STUCK, conclude
from artesano.kinds.adversarial.health_monitor import untried
from artesano.kinds.kind import Illness
from artesano.runs.checkpoint import whole_state
from artesano.runs.metrics import read_rows

PROBE = "health/"  # how the names of a probe's numbers begin in metrics.csv


def illness_of(folder: Path, record: dict[str, Any], unfit: tuple[str, ...] = ()) -> Illness:
    """The verdict on a run, and the step at which it could first be seen.

    A loss that is not finite is `diverged`. Samples that have not learned yet at the end of all steps get the advice
    for samples that are stuck.

    Args:
        unfit: how overrides begin that this kind of GAN does not take.
    """
    config, error = record["config"], record["error"] or {}
    probes, evaluations = probes_of(folder), evaluations_of(folder, record)
    patience = config["health.patience"]
    verdict = conclude(probes, patience, evaluations)
    state, sentence, advice = verdict
    if error.get("type") == "NotFinite":
        state, sentence, advice = "diverged", error["message"], CALM
    elif state == LEARNING and record["status"] == "finished":
        advice = STUCK
    sign = first_sign(state, probes, patience, evaluations)
    if state != verdict.state:  # the loss broke before any probe had shown it
        sign = max(0, min(sign, error["step"] - patience * config["health.every"]))
    hacks = {key.removeprefix("hacks."): value for key, value in config.items() if key.startswith("hacks.")}
    ill = state not in HARMLESS or (state == LEARNING and bool(advice))
    return Illness(state, sentence, untried(advice, hacks, unfit), sign, ill)


def probes_of(folder: Path) -> list[Numbers]:
    """The probes in the order of their steps, as the monitor had them."""
    probes: dict[int, Numbers] = {}
    for step, name, value in read_rows(folder / "metrics.csv"):
        if name.startswith(PROBE):
            probes.setdefault(step, {"step": step})[name.removeprefix(PROBE)] = value
    return [probes[step] for step in sorted(probes)]


def evaluations_of(folder: Path, record: dict[str, Any]) -> list[Evaluation]:
    """Of a finished run those of its record, of another those of its last checkpoint; earlier versions kept none."""
    if record["status"] == "finished":
        return record.get("health", {}).get("evaluations", [])
    last = folder / "checkpoints" / "last.ckpt"
    callbacks = whole_state(last).get("callbacks", {}) if last.is_file() else {}
    return callbacks.get("HealthMonitor", {}).get("evaluations", [])
