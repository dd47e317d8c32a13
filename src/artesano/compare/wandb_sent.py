"""The chosen runs that are on W&B's server, and what is missing for a report."""

from __future__ import annotations

import importlib.util
import shlex
from collections.abc import Sequence
from pathlib import Path

from artesano.compare.runs import Run
from artesano.errors import BadInput
from artesano.experiment.wandb_run import base_url, has_key, reachable


def known_to_wandb(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """Runs with a W&B id, and runs without one: W&B disabled, or stopped before it began."""
    recorded = [run for run in runs if (run.record.get("wandb") or {}).get("id")]
    return recorded, [run for run in runs if run not in recorded]


def project_of(run: Run) -> tuple[str | None, str]:
    """(entity, project); None = the entity of whoever holds the key."""
    wandb, config = run.record.get("wandb") or {}, run.record["config"]
    return (
        wandb.get("entity") or config.get("logger.wandb.entity"),
        wandb.get("project") or config.get("logger.wandb.project") or "artesano",
    )


def unsent(run: Run) -> list[Path]:
    """Folders that were logged offline and not sent since: `wandb sync` leaves a mark beside what it has sent."""
    logs = sorted((run.folder / "wandb").glob("offline-run-*/*.wandb"))
    return [log.parent for log in logs if not log.with_suffix(".wandb.synced").exists()]


def require_all_sent(runs: Sequence[Run]) -> None:
    """Raise BadInput with all that is missing: package, key, network, runs that were not uploaded."""
    problems = []
    if importlib.util.find_spec("wandb_workspaces") is None:
        problems.append("the package wandb-workspaces is not installed: pip install 'artesano[report]'")
    if not has_key():
        problems.append("no W&B API key: run wandb login, or set WANDB_API_KEY")
    if not reachable(base_url()):
        problems.append(f"no connection to {base_url()}")
    waiting = [folders for run in runs if (folders := unsent(run))]
    if waiting:
        places = " \\\n    ".join(shlex.quote(str(folder)) for folders in waiting for folder in folders)
        problems.append(
            f"{len(waiting)} of {len(runs)} runs were logged offline and are not on W&B yet; upload them with\n"
            f"  wandb sync {places}"
        )
    if problems:
        raise BadInput(*problems, "to see the same runs without W&B: artesano compare --html report.html")
