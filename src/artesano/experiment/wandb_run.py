"""Weights & Biases: online, offline or not at all, decided before `wandb.init`, so it never asks and never hangs."""

from __future__ import annotations

import logging
import netrc
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlparse

from pydantic import Field

from artesano.experiment.ranks import is_main_process

if TYPE_CHECKING:
    from pytorch_lightning.loggers import WandbLogger

Mode = Literal["auto", "online", "offline", "disabled"]
REACH_SECONDS = 3.0
log = logging.getLogger("artesano")


class WandbOptions:
    """`logger.wandb.*`.

    Args:
        mode: auto = online with a key and a network, else offline.
        project: W&B project.
        entity: user or team; None = the key's own.
        group: groups runs in the workspace.
        tags: labels of the run.
    """

    def __init__(
        self,
        mode: Mode = "auto",
        project: Annotated[str, Field(min_length=1)] = "artesano",
        entity: str | None = None,
        group: str | None = None,
        tags: list[str] | None = None,
    ):
        self.mode, self.project, self.entity, self.group, self.tags = mode, project, entity, group, tags or []


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


def decide(mode: Mode) -> Literal["online", "offline", "disabled"]:
    """What `auto` comes to; `online` without key or network falls back to offline with a warning.

    WANDB_MODE, where the user has set it, decides for `auto`.
    """
    asked = os.environ.get("WANDB_MODE") if mode == "auto" else mode
    if asked in ("offline", "disabled"):
        return asked  # type: ignore[return-value]
    missing = "no API key (wandb login)" if not has_key() else None
    if missing is None and not reachable(base_url()):
        missing = f"no connection to {base_url()}"
    if missing is None:
        return "online"
    if mode == "online":
        log.warning("W&B: %s, so this run is logged offline.", missing)
    return "offline"


def start(
    options: WandbOptions, folder: Path, *, name: str, task: str, config: dict[str, Any], run_id: str | None
) -> tuple[WandbLogger | None, dict[str, Any]]:
    """Begin (or, with `run_id`, go on with) the W&B run.

    Returns:
        The Lightning logger (None when disabled) and the record's `wandb` field: id, mode and the folder to sync.
    """
    mode = decide(options.mode) if is_main_process() else "disabled"
    if mode == "disabled":
        return None, {"id": run_id, "mode": mode}
    os.environ.setdefault("WANDB_SILENT", "true")  # we print what matters at the end ourselves
    import wandb
    from pytorch_lightning.loggers import WandbLogger

    run = wandb.init(
        project=options.project,
        entity=options.entity,
        group=options.group,
        tags=options.tags,
        job_type=task,
        name=name,
        id=run_id,
        resume="allow" if run_id and mode == "online" else None,
        mode=mode,
        dir=str(folder),
        config=config,
        settings=wandb.Settings(init_timeout=30, console="off", x_disable_stats=mode == "offline"),
    )
    field = {"id": run.id, "mode": mode}
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
