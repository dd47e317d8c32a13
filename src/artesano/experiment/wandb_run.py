"""Weights & Biases: online, offline or not at all, decided before `wandb.init`, without prompts."""

from __future__ import annotations

import hashlib
import json
import logging
import netrc
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlparse

from artesano.config.options import WandbOptions
from artesano.experiment.ranks import is_main_process
from artesano.file_names import readable_values

if TYPE_CHECKING:
    from pytorch_lightning.loggers import WandbLogger

REACH_SECONDS = 3.0
GROUP, TAGS = "WANDB_RUN_GROUP", "WANDB_TAGS"  # W&B's own variables
TAG = 64  # characters that W&B takes
NOT_SETTINGS = {"name", "seed", "resume", "dry_run", "logger", "trainer"}
log = logging.getLogger("artesano")


def base_url() -> str:
    """The server that W&B would talk to."""
    return os.environ.get("WANDB_BASE_URL") or "https://api.wandb.ai"


def has_key() -> bool:
    """True when WANDB_API_KEY or ~/.netrc holds a key; the key itself is never read into a record."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        return netrc.netrc(os.environ.get("NETRC")).authenticators(urlparse(base_url()).hostname or "") is not None
    except (OSError, netrc.NetrcParseError):
        return False


def reachable(url: str, seconds: float = REACH_SECONDS) -> bool:
    """True when a TCP connection to the server opens in time: W&B itself would try for 100 s."""
    address = urlparse(url)
    try:
        port = address.port or (80 if address.scheme == "http" else 443)
        with socket.create_connection((address.hostname or "", port), timeout=seconds):
            return True
    except OSError:
        return False


def decide(mode: str) -> Literal["online", "offline", "disabled"]:
    """What `auto` comes to; `online` without key or network falls back to offline with a warning.

    WANDB_MODE, where the user has set it, decides for `auto`.
    """
    requested = os.environ.get("WANDB_MODE") if mode == "auto" else mode
    if requested in ("offline", "disabled"):
        return requested  # type: ignore[return-value]
    missing = "no API key (wandb login)" if not has_key() else None
    if missing is None and not reachable(base_url()):
        missing = f"no connection to {base_url()}"
    if missing is None:
        return "online"
    if mode == "online":
        log.warning("W&B: %s, so this run is logged offline.", missing)
    return "offline"


def grouped(group: str, *tags: str) -> dict[str, str]:
    """Environment variables that group runs in W&B; values set by the user are kept."""
    ours = {GROUP: group, TAGS: ",".join(tags)}
    return {name: os.environ.get(name) or text for name, text in ours.items()}


def place(options: WandbOptions, known: dict[str, Any]) -> dict[str, Any]:
    """Group and tags: the user's own, else those of the run's first session, else of its sweep or grid."""
    before, choices = known["wandb"], known["choices"]
    chosen = [choices[group] for group in ("gan", "strategy", "data") if group in choices]
    tags = [*os.environ.get(TAGS, "").split(","), *chosen]
    return {
        "group": options.group or before.get("group") or os.environ.get(GROUP) or None,
        "tags": options.tags or before.get("tags") or list(dict.fromkeys(tag[:TAG] for tag in tags if tag)),
    }


def described(config: dict[str, Any], choices: dict[str, str]) -> dict[str, Any]:
    """The config as W&B keeps it: also `choices`, and `same_but_seed`, which the seeds of one config share."""
    settings = {key: value for key, value in config.items() if key not in NOT_SETTINGS}
    mark = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:8]
    return config | {"choices": {choice_key(group): name for group, name in choices.items()}, "same_but_seed": mark}


def choice_key(group: str) -> str:
    """A group's name below `choices`: W&B would take a dot for a level."""
    return group.replace(".", "_")


def start(
    options: WandbOptions, folder: Path, known: dict[str, Any], config: dict[str, Any]
) -> tuple[WandbLogger | None, dict[str, Any]]:
    """Begin the W&B run, or go on with the one whose id the record knows.

    Args:
        known: the run's record.

    Returns:
        The Lightning logger (None when disabled) and the record's `wandb` field: id, mode, where the run stands, and
        the folder to sync.
    """
    mode, run_id = decide(options.mode) if is_main_process() else "disabled", known["wandb"]["id"]
    if mode == "disabled":
        return None, {"id": run_id, "mode": mode}
    os.environ.setdefault("WANDB_SILENT", "true")  # we print what matters at the end ourselves
    import wandb
    from pytorch_lightning.loggers import WandbLogger

    where = place(options, known)
    run = wandb.init(
        project=options.project,
        entity=options.entity,
        job_type=known["task"],
        name=known["name"] if folder.name.isdigit() else folder.name,  # a trial's folder is a bare number
        id=run_id,  # None under `wandb agent`, which names the run in WANDB_RUN_ID
        resume="allow" if run_id and mode == "online" else None,
        mode=mode,
        dir=str(folder),
        config=readable_values(described(config, known["choices"])),
        settings=wandb.Settings(init_timeout=30, console="off", x_disable_stats=mode == "offline"),
        **where,
    )
    field = {"id": run.id, "mode": mode, "entity": run.entity or options.entity, "project": run.project} | where
    if mode == "offline":
        field["sync"] = f"wandb sync {Path(run.dir).parent}"
    return WandbLogger(experiment=run), field


def log_final(metrics: dict[str, Any], pictures: list[Path]) -> None:
    """Put the final metrics into the summary and send the pictures of the run folder, each under its file name."""
    import wandb

    if wandb.run is not None:
        wandb.run.summary.update(metrics)
        wandb.run.log({f"plots/{picture.stem}": wandb.Image(str(picture)) for picture in pictures})


def finish(exit_code: int) -> None:
    """Close the run with its true exit code, so that the next run of this process starts its own."""
    if "wandb" in sys.modules:
        import wandb

        if wandb.run is not None:
            wandb.run.finish(exit_code=exit_code)
