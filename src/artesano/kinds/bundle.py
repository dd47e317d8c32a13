"""The best weights of a run, with all that is needed to use them, into one safetensors file."""

from __future__ import annotations

import os
from pathlib import Path

from safetensors.torch import save_file

from artesano.config.targets import load_plain
from artesano.errors import BadInput
from artesano.runs import record as records
from artesano.runs.bundle import SUFFIX, card, metadata
from artesano.runs.checkpoint import kind_of, open_run, read_checkpoint
from artesano.runs.find import find_run

WEIGHTS = {
    "transfer": ("network.",),
    "gan": ("network.generator.",),
    "image_gan": ("network.forth.generator.", "network.back.generator."),
}


def bundle(run: str | Path, place: str | None) -> tuple[Path, str]:
    """Write <name>.safetensors; returns where, and the model card.

    Args:
        place: a file, or a folder for it; None = the current folder.

    Raises:
        BadInput: no such run, one without checkpoint, or a file that is there already.
    """
    folder = find_run(run)
    folder, record = open_run(folder, kind_of(records.read(folder)))
    config = load_plain(folder / "config.yaml")
    path = target(place, folder.name)
    shipped = read_checkpoint(folder).shipped(WEIGHTS[kind_of(record)])
    tensors = {name: tensor.contiguous().clone() for name, tensor in shipped.items()}
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        save_file(tensors, draft, metadata(record, config))
        os.replace(draft, path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error}).") from None
    finally:
        draft.unlink(missing_ok=True)
    return path, card(record, config)


def target(place: str | None, name: str) -> Path:
    path = Path(place or f"{name}{SUFFIX}").expanduser()
    path = path / f"{name}{SUFFIX}" if path.is_dir() else path
    if path.suffix != SUFFIX:
        raise BadInput(f"-o {place}: a bundle ends with {SUFFIX}: {path.with_suffix(SUFFIX)}")
    if path.exists():
        raise BadInput(f"{path}: there is a file already; give -o another one.")
    if not path.parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.parent}.")
    return path
