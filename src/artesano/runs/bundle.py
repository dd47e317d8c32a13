"""A run as one file: safetensors whose metadata hold config, record, preprocessing, metrics and a model card. No torch.

Loading such a file cannot run code, and any safetensors reader can show its metadata.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from artesano.config.overrides import PLAIN_KEYS, is_path
from artesano.errors import BadInput
from artesano.file_names import table_writer
from artesano.runs import record as records

SUFFIX = ".safetensors"
RESTS_ON = "artesano.rests_on"  # names and hash of the frozen weights that a file is without
MOST = 50_000_000  # characters of files.csv, half a million images: safetensors takes 100 MB of metadata
KEPT: tuple[str, ...] = (
    "schema",
    "name",
    "task",
    "kind",
    "seed",
    "started",
    "ended",
    "seconds",
    "choices",
    "versions",
    "model",
    "parameters",
)
KEPT += ("metrics", "monitor", "health", "notes", "data")


def metadata(
    record: dict[str, Any],
    config: dict[str, Any],
    card: str,
    files: str | None = None,
    rests_on: dict[str, Any] | None = None,
) -> dict[str, str]:
    """The metadata of the file, without the paths of the machine that wrote it.

    Args:
        card: the model card.
        files: what files.csv holds, so that nothing that was trained on is measured as test elsewhere.
        rests_on: names and hash of the frozen weights that the file is without.
    """
    kept = {key: record[key] for key in KEPT if key in record}
    kept["data"] = {key: value for key, value in record["data"].items() if key not in ("skipped", "left_out")}
    about = {"config": yaml.safe_dump(local_names_only(config), sort_keys=False, allow_unicode=True)}
    about |= {"record": json.dumps(records.plain(kept), ensure_ascii=False), "card": card}
    about |= {"files": local_files_only(files)} if files is not None and len(files) < MOST else {}
    rest = {RESTS_ON: json.dumps(rests_on)} if rests_on else {}
    return {"format": "pt", **{f"artesano.{name}": text for name, text in about.items()}, **rest}


def local_names_only(config: Any, key: str = "") -> Any:
    """`data.root: /home/me/photos` -> `photos`, and `evaluation.extractor: run:/home/me/7` -> `run:7`."""
    if isinstance(config, dict):
        return {name: local_names_only(value, f"{key}.{name}".lstrip(".")) for name, value in config.items()}
    if isinstance(config, str) and key not in PLAIN_KEYS and is_path(f"{key}={config}") and os.sep in config:
        return "run:" * config.startswith("run:") + Path(config).name
    return config


def local_files_only(text: str) -> str:
    """files.csv in which absolute names are names alone.

    Raises:
        BadInput: it is damaged.
    """
    stream = io.StringIO()
    write_row = table_writer(stream)
    try:
        table = list(csv.reader(io.StringIO(text)))
        names = [place for place, column in enumerate(table[0]) if column in ("file", "source")]
        for row in table:
            for place in names:
                if os.path.isabs(row[place]):
                    row[place] = os.path.basename(row[place])
            write_row(row)
    except (csv.Error, IndexError) as error:
        raise BadInput(f"files.csv: the run's list of files cannot be read ({error}).") from None
    return stream.getvalue()


def is_bundle(record: dict[str, Any]) -> bool:
    """True for the record of a folder made of a bundle, which cannot be resumed."""
    return str((record.get("checkpoints") or {}).get("best")).endswith(SUFFIX)


def described(path: Path) -> dict[str, str]:
    """What a safetensors file says of itself.

    Raises:
        BadInput: no safetensors file, or one that is cut short.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise BadInput(f"{path}: cannot be read as a bundle ({error}).") from None


def bare_weights(path: Path) -> bool:
    """A whole safetensors file that is no bundle."""
    try:
        return "artesano.record" not in described(path)
    except BadInput:
        return False


def unpacked(path: Path) -> Path:
    """A run folder made of a bundle, below outputs/bundles; made once, named by the content.

    Raises:
        BadInput: no safetensors file, one that is cut short, or one of another program.
    """
    from artesano.own_folders import outputs_root
    from artesano.runs.folder import FILES, slug

    about = described(path)
    if "artesano.record" not in about:
        raise BadInput(f"{path}: a file of weights, not a bundle; make a bundle with artesano bundle <run>.")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "blake2b").hexdigest()[:12]
    folder = outputs_root() / "bundles" / f"{slug(path.stem)}-{digest}"
    if (folder / "run.json").is_file():
        return folder
    try:
        record, config = json.loads(about["artesano.record"]), yaml.safe_load(about["artesano.config"])
        flat = records.flat(config)
    except (ValueError, KeyError, AttributeError, yaml.YAMLError) as error:
        raise BadInput(f"{path}: its record cannot be read ({error}).") from None
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    best = f"checkpoints/best{SUFFIX}"
    shutil.copyfile(path, folder / best)
    (folder / "README.md").write_text(about.get("artesano.card", ""), encoding="utf-8")
    (folder / "config.yaml").write_text(about["artesano.config"], encoding="utf-8")
    if "artesano.files" in about:
        (folder / FILES).write_text(about["artesano.files"], encoding="utf-8", newline="")
    fixed = {"status": "finished", "overrides": [], "config": flat, "checkpoints": {"best": best, "last": None}}
    records.write(folder, record | fixed)  # last: it makes the folder a run
    return folder
