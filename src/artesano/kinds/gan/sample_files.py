"""Samples as files for other programs: single PNGs in a folder, or one NPZ."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from artesano.errors import BadInput
from artesano.kinds.gan.generator import HELD, LoadedGan, SampleOptions
from artesano.kinds.places import file_to_write, folder_to_fill, names_file
from artesano.progress_bars import progress


def check_place(to: str) -> Path:
    """The path, before anything is drawn.

    Raises:
        BadInput: it is neither a folder that is empty or new, nor a name that ends in .npz; nothing can be
            written there.
    """
    if names_file(to):
        if Path(to).suffix != ".npz":
            raise BadInput(f"--to {to}: give a folder, for single PNGs, or a name that ends in .npz.")
        return file_to_write(to, option="--to")
    path = folder_to_fill(to, "--to")
    if path.exists() and any(path.iterdir()):
        raise BadInput(
            f"--to {to}: a folder that is not empty; samples would mix with what is there. Give a new or empty folder."
        )
    return path


def write(gan: LoadedGan, options: SampleOptions, count: int, path: Path) -> None:
    """`count` samples to an NPZ (images uint8 [N, S, S] or [N, S, S, C], labels int64 [N], -1 of a
    generator without labels, z float32 [N, D]), or as `000001.png`, `000001_<class>.png` where it has labels, to a
    folder."""
    z, labels = gan.draw_for(options, count)
    batches = progress(gan.images(z, labels, options.seed), -(-count // HELD), "sampling")
    if path.suffix == ".npz":
        path.parent.mkdir(parents=True, exist_ok=True)
        images = np.concatenate([pixels(batch.numpy()) for batch in batches])
        named = labels if gan.conditional else torch.full_like(labels, -1)
        np.savez(path, images=images, labels=named.numpy(), z=z.numpy())
        return
    path.mkdir(parents=True, exist_ok=True)
    number = 0
    for batch in batches:
        for image in pixels(batch.numpy()):
            name = f"{number + 1:06d}" + (f"_{plain(gan.classes[labels[number]])}" if gan.conditional else "")
            Image.fromarray(image).save(path / f"{name}.png")
            number += 1


def pixels(images: np.ndarray) -> np.ndarray:
    """[N, C, S, S] -> [N, S, S, C], and [N, S, S] of grey images: what most readers expect."""
    return images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)


def plain(name: str) -> str:
    """A class name that every file system takes."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "class"
