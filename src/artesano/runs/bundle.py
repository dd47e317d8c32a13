"""A run as one file: safetensors whose metadata hold config, record, preprocessing, metrics and a model card. No torch.

Nothing in such a file can run code, and any safetensors reader sees what it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from artesano.config.overrides import is_path
from artesano.errors import BadInput
from artesano.runs import record as records

SUFFIX = ".safetensors"
KEPT: tuple[str, ...] = (
    "schema",
    "name",
    "task",
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


def metadata(record: dict[str, Any], config: dict[str, Any]) -> dict[str, str]:
    """What the file says of itself; folders of the machine that it comes from are left out."""
    kept = {key: record[key] for key in KEPT if key in record}
    kept["data"] = {key: value for key, value in record["data"].items() if key != "skipped"}
    plain = local_names_only(config)
    about = {"config": yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)}
    about |= {"record": json.dumps(records.plain(kept), ensure_ascii=False), "card": card(record, plain)}
    return {"format": "pt", **{f"artesano.{name}": text for name, text in about.items()}}


def local_names_only(config: Any, key: str = "") -> Any:
    """`data.root: /home/me/photos` -> `photos`."""
    if isinstance(config, dict):
        return {name: local_names_only(value, f"{key}.{name}".lstrip(".")) for name, value in config.items()}
    if isinstance(config, str) and is_path(f"{key}={config}") and os.sep in config:
        return Path(config).name
    return config


def card(record: dict[str, Any], config: dict[str, Any]) -> str:
    """A model card: what it is, what it was trained on, what it can do in numbers, and how to use it."""
    model, data = record["model"], record["data"]
    what = {
        "transfer": f"A classifier of {len(model.get('classes', []))} classes on {model.get('backbone')}.",
        "gan": f"A GAN ({model.get('gan')}) that makes images of {model.get('image_size')} px from noise.",
        "image": f"A GAN from images ({model.get('gan')}, {model.get('game')}).",
    }[model.get("kind") or record["task"]]
    use = "sample" if record["task"] == "gan" and model.get("kind") != "image" else "predict"
    metrics, count = record["metrics"]["best"], record["parameters"]["trainable"]
    source = str(config["data"].get("_target_", "")).rpartition(".")[2]
    lines = [
        f"# {record['name']}",
        "",
        what,
        "",
        f"- trained {record['started'][:10]}" + (f", {count:,} trainable parameters" if count else ""),
        f"- data: {source}, fingerprint {data['fingerprint']}, images "
        + ", ".join(f"{part} {number:,}" for part, number in data["images"].items()),
        *([f"- classes: {', '.join(model['classes'])}"] if model.get("classes") else []),
        *([f"- health: {record['health']['verdict']}"] if record.get("health") else []),
        *(f"- note: {note}" for note in record.get("notes") or []),
        "",
        "| metric (best checkpoint) | |",
        "|---|--:|",
        *(f"| {name} | {value:.4f} |" for name, value in metrics.items() if isinstance(value, int | float)),
        "",
        f"    artesano {use} <this file>" + (" <images>" if use == "predict" else ""),
        "",
        "It knows what it was trained on and no more; measure it on your own images before you rely on it:",
        "`artesano evaluate <this file> data=...`.",
    ]
    return "\n".join(lines) + "\n"


def is_bundle(record: dict[str, Any]) -> bool:
    """True for the record of a folder that was made of a bundle: weights to use, and no run to go on with."""
    return str(record["checkpoints"]["best"]).endswith(SUFFIX)


def unpacked(path: Path) -> Path:
    """A run folder made of a bundle, below outputs/bundles; made once, named by the content.

    Raises:
        BadInput: no safetensors file, one that is cut short, or one of another program.
    """
    from safetensors import SafetensorError, safe_open

    from artesano.runs.folder import outputs_root, slug

    try:
        with safe_open(path, framework="np") as file:
            about = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise BadInput(f"{path}: cannot be read as a bundle ({error}).") from None
    if "artesano.record" not in about:
        raise BadInput(f"{path}: weights, but no bundle of ours; artesano bundle <run> makes one.")
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
    fixed = {"status": "finished", "overrides": [], "config": flat, "checkpoints": {"best": best, "last": None}}
    records.write(folder, record | fixed)  # last: it makes the folder a run
    return folder
