"""`run.json`, the one record of a run: this file alone reads and writes it. No torch here."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from artesano.config.former_names import current_record
from artesano.errors import BadInput

__all__ = ["SCHEMA", "flat", "new", "read", "update", "write", "write_config"]

SCHEMA = 1
PACKAGES = ("artesano", "torch", "torchvision", "pytorch-lightning", "timm", "torchmetrics", "hydra-core", "wandb")


def new(
    *,
    name: str,
    task: str,
    kind: str | None = None,
    seed: int,
    overrides: list[str],
    choices: dict[str, str],
    config: dict[str, Any],
) -> dict[str, Any]:
    """A record with status `running` and every field of the schema, unknown ones as None or empty."""
    return {
        "schema": SCHEMA,
        "name": name,
        "task": task,
        "kind": kind,
        "status": "running",
        "error": None,
        "ended_by": None,
        "started": now(),
        "ended": None,
        "seconds": None,
        "steps": None,
        "steps_per_epoch": None,
        "seed": seed,
        "overrides": overrides,
        "choices": choices,
        "config": flat(config),
        "git": git_state(),
        "versions": versions(),
        "device": {},
        "wandb": {"id": None, "mode": "disabled"},
        "data": {"fingerprint": None, "images": {}, "skipped": []},
        "model": {},
        "parameters": {"total": None, "trainable": None},
        "speed": {"steps_per_second": None, "samples_per_second": None},
        "monitor": {},
        "metrics": {"last": {}, "best": {}},
        "checkpoints": {"last": None, "best": None},
        "images": [],
    }


def read(folder: str | Path) -> dict[str, Any]:
    """The record of a run folder.

    Raises:
        BadInput: no run.json there, torn, or of a newer schema.
    """
    path = Path(folder) / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{folder}: no run.json there, so it is not a run folder.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: cannot be read ({error}).") from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        schema = record.get("schema") if isinstance(record, dict) else type(record).__name__
        raise BadInput(f"{path}: schema {schema}; this version reads schema {SCHEMA}.")
    return current_record(record)


def write(folder: str | Path, record: dict[str, Any]) -> None:
    """Replace run.json whole: a reader sees the old record or the new one, never half of one."""
    path = Path(folder) / "run.json"
    draft = path.with_suffix(f".json.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", errors="backslashreplace") as stream:  # a path that is no UTF-8: \udcf1
            json.dump(plain(record), stream, indent=1, ensure_ascii=False, allow_nan=False)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_config(folder: str | Path, config: dict[str, Any]) -> None:
    """config.yaml beside the record: plain resolved values, readable without Hydra."""
    text = yaml.safe_dump(plain(config), sort_keys=False, allow_unicode=True)
    (Path(folder) / "config.yaml").write_text(text, encoding="utf-8")


def update(folder: str | Path, **fields: Any) -> dict[str, Any]:
    """Read, change the given top-level fields, write; returns the new record."""
    record = read(folder) | fields
    write(folder, record)
    return record


def plain(value: Any) -> Any:
    """JSON's own types: NaN and infinities become null, paths and other objects their text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return plain(value.item()) if hasattr(value, "item") else str(value)


def flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"optimizer": {"lr": 1}}` -> `{"optimizer.lr": 1}`; lists and empty mappings stay values."""
    rows: dict[str, Any] = {}
    for key, value in config.items():
        rows |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return rows


def now() -> str:
    """UTC to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def git_state() -> dict[str, Any]:
    """Commit and cleanliness of the current folder's repository; None where there is no git or no repository."""
    try:
        run = lambda *arguments: subprocess.run(  # noqa: E731
            ["git", *arguments], capture_output=True, text=True, timeout=5, check=True
        ).stdout.strip()
        return {"commit": run("rev-parse", "HEAD"), "dirty": bool(run("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "dirty": None}


def versions() -> dict[str, str | None]:
    """Versions of Python and of the packages that decide a result."""
    installed: dict[str, str | None] = {"python": platform.python_version(), "platform": sys.platform}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            installed[package] = None
    return installed
