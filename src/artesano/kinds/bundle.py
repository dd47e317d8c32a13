"""The best weights of a run, with all that is needed to use them, into one safetensors file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file

from artesano.backbones.frozen import complete, learned
from artesano.config.targets import load_plain, selected
from artesano.errors import BadInput
from artesano.file_names import expanded
from artesano.kinds import registry
from artesano.kinds.kind import Kind
from artesano.kinds.places import check_writable
from artesano.runs.bundle import SUFFIX, metadata
from artesano.runs.checkpoint import read_checkpoint
from artesano.runs.folder import FILES


def bundle(run: str | Path, output: str | None, small: bool = False, discriminator: bool = False) -> tuple[Path, str]:
    """Write <name>.safetensors; returns its path, and the model card.

    Args:
        output: a file, or a folder for it; None = the current folder.
        small: without the pretrained weights that the run has not changed.
        discriminator: of a GAN from noise, so that another can start from the file.

    Raises:
        BadInput: no such run, one without checkpoint, a file that is there already, nothing that can be left out, or
            no discriminator to be added.
    """
    kind = registry.of_run(run)
    folder, record = registry.open_run(run, kind.name)
    config = load_plain(folder / "config.yaml")
    path = target(output, folder.name)
    complete(folder)
    further = kind.further if discriminator else ()
    weights, rests_on = read_checkpoint(folder).shipped(kind.weights, further), None
    if discriminator and not any(name.startswith(kind.further) for name in weights):
        raise BadInput(f"--discriminator: {run} has none to add; the run folder of a GAN from noise has.")
    if small:
        weights, rests_on = learned(weights, record["model"], config.get("weights") or {})
    tensors = {name: tensor.contiguous().clone() for name, tensor in weights.items()}
    text = card(kind, record, config, rests_on)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        files = (folder / FILES).read_bytes().decode("utf-8", "replace") if (folder / FILES).is_file() else None
        save_file(tensors, draft, metadata(record, config, text, files, rests_on))
        os.replace(draft, path)
    except (OSError, SafetensorError) as error:
        raise BadInput(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error}).") from None
    finally:
        draft.unlink(missing_ok=True)
    return path, text


def target(output: str | None, name: str) -> Path:
    path = expanded(output or f"{name}{SUFFIX}")
    path = path / f"{name}{SUFFIX}" if path.is_dir() else path
    if path.suffix != SUFFIX:
        raise BadInput(f"-o {output}: a bundle ends with {SUFFIX}: {path.with_suffix(SUFFIX)}")
    if path.exists():
        raise BadInput(f"{path}: the file exists already; give another name with -o.")
    if not path.parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.parent}.")
    check_writable(path, str(path))
    return path


def card(kind: Kind, record: dict[str, Any], config: dict[str, Any], rests_on: dict[str, Any] | None) -> str:
    """A model card: what it is, what it was trained on, its metrics, and how to use it.

    Args:
        rests_on: names and hash of the frozen weights that the file is without.
    """
    model, data = record["model"], record["data"]
    metrics, count = record["metrics"]["best"], record["parameters"]["trainable"]
    source = str(selected(config, "data._target_") or "").rpartition(".")[2]
    lines = [
        f"# {record['name']}",
        "",
        kind.summary(model),
        "",
        f"- trained {record['started'][:10]}" + (f", {count:,} trainable parameters" if count else ""),
        f"- data: {source}, fingerprint {data['fingerprint']}, images "
        + ", ".join(f"{part} {number:,}" for part, number in data["images"].items()),
        *([f"- classes: {', '.join(model['classes'])}"] if model.get("classes") else []),
        *(rests(model, config, rests_on) if rests_on else []),
        *([f"- health: {record['health']['verdict']}"] if record.get("health") else []),
        *(f"- note: {note}" for note in record.get("notes") or []),
        "",
        "| metric (best checkpoint) | |",
        "|---|--:|",
        *(f"| {name} | {value:.4f} |" for name, value in metrics.items() if isinstance(value, int | float)),
        "",
        f"    {kind.next_steps('<this file>', model)[0]}",
        "",
        "Evaluate it on your own images before you rely on it:",
        "`artesano evaluate <this file> data=...`.",
    ]
    return "\n".join(lines) + "\n"


def rests(model: dict[str, Any], config: dict[str, Any], rests_on: dict[str, Any]) -> list[str]:
    """Which weights must be where the file is used."""
    weights = config["weights"]
    place = f" ({Path(weights['file']).name}, in the folder where it is used)" if weights.get("file") else ""
    return [
        f"- holds what was learned alone; {len(rests_on['tensors'])} frozen tensors of backbone={model['backbone']} "
        f"weights.source={weights['source']}{place} are not in it, hash {rests_on['hash'][:12]}"
    ]
