"""Pictures of what a generator can do: grids, rows per class, interpolations, code traversals, walks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.figures.samples import sample_grid
from artesano.figures.timelapse import timelapse
from artesano.gan.latent import lerp, slerp
from artesano.kinds.gan.generator import LoadedGan, SampleOptions

COLUMNS = 10  # of rows that go from one thing to another
MOST = 1024  # images of a grid
MOST_CLASSES = 20  # rows of the grid per class
STOPS, BETWEEN = 6, 12  # latents that a walk passes, and frames from one to the next
FPS = 12
WAYS: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {"lerp": lerp, "slerp": slerp}


def samples(gan: LoadedGan, options: SampleOptions, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """uint8 images [count, C, S, S], labels [count] and z [count, D]."""
    z, labels = gan.draw_for(options, count)
    return gan(z, labels, options.seed), labels, z


def grid(gan: LoadedGan, options: SampleOptions, path: Path, count: int = 64) -> None:
    """Samples, row by row; classes that were asked for come in blocks."""
    if count > MOST:
        raise BadInput(f"--count {count}: a grid shows at most {MOST:,}; --to <folder or file.npz> writes any number.")
    sample_grid(samples(gan, options, count)[0], path, columns=max(8, round(count**0.5)))


def per_class(gan: LoadedGan, options: SampleOptions, path: Path) -> list[str]:
    """A row for each class, the same latents in each; returns the classes that were left out."""
    gan.need_labels("--per-class")
    chosen = options.labels or tuple(range(len(gan.classes)))
    shown = chosen[:MOST_CLASSES]
    z, _ = gan.draw_for(options, COLUMNS)
    labels = torch.tensor(shown).repeat_interleave(COLUMNS)
    images = gan(z.repeat(len(shown), 1), labels, options.seed)
    sample_grid(images, path, columns=COLUMNS, labels=[gan.classes[label] for label in shown])
    return [gan.classes[label] for label in chosen[MOST_CLASSES:]]


def interpolate(gan: LoadedGan, options: SampleOptions, path: Path, how: str, rows: int = 8) -> None:
    """Rows that go from one latent to another, of one class each; `both` ways one under the other."""
    ways = list(WAYS) if how == "both" else [how]
    rows = rows if len(ways) == 1 else rows // 2
    z, labels = gan.draw_for(options, 2 * rows, "ends")
    starts, ends, labels = z[:rows], z[rows:], labels[:rows] if not options.labels else labels[::2]
    shares = torch.linspace(0, 1, COLUMNS).tolist()
    steps = [torch.stack([between(gan, starts, ends, share, way) for share in shares], 1) for way in ways]
    z = torch.stack(steps, 1)  # [rows, ways, columns, D]
    images = gan(z.flatten(0, 2), labels.repeat_interleave(len(ways) * COLUMNS), options.seed)
    names = [gan.classes[label] for label in labels] if gan.conditional else [""] * rows
    captions = [" ".join([way, name]).strip() for name in names for way in ways]
    sample_grid(images, path, columns=COLUMNS, labels=captions)


def between(gan: LoadedGan, start: Tensor, end: Tensor, share: float, way: str) -> Tensor:
    """z [N, D] on the way; codes have no sphere and go straight."""
    size = gan.latent.size
    noise = WAYS[way](start[:, :size], end[:, :size], share)
    return torch.cat([noise, lerp(start[:, size:], end[:, size:], share)], 1)


def traversals(gan: LoadedGan, options: SampleOptions, path: Path, rows: int = 5) -> None:
    """A block of rows per code, the same noise along a row: all values of a discrete one, -2 to 2 of a continuous one.

    Raises:
        BadInput: the latent has no codes.
    """
    latent = gan.latent
    if not latent.code_dim:
        raise BadInput(f"--codes: the latent of {gan.folder} has no codes; gan=infogan trains one that has.")
    columns = max(COLUMNS, *latent.categorical, 0)
    z, labels = gan.draw_for(options, rows, "codes")
    z[:, latent.dim - latent.continuous :] = 0  # the middle of what is not being moved
    blank = torch.full((columns, *gan.shape), 255, dtype=torch.uint8)
    images, captions, place = [], [], latent.size
    for number, size in enumerate([*latent.categorical, *[1] * latent.continuous], 1):
        values = torch.eye(size) if size > 1 else torch.linspace(-2, 2, columns)[:, None]
        for row in range(rows):
            moved = z[row].repeat(len(values), 1)
            moved[:, place : place + size] = values
            row_images = gan(moved, labels[row].repeat(len(values)), options.seed)
            images += [row_images, blank[len(values) :]]
        span = f"0 to {size - 1}" if size > 1 else "-2 to 2"
        captions += [f"code {number}: {span}", *[""] * (rows - 1)]
        place += size
    sample_grid(torch.cat(images), path, columns=columns, labels=captions)


def walk(gan: LoadedGan, options: SampleOptions, path: Path, count: int = 16) -> None:
    """A video of `count` closed walks through six latents each, on the sphere where the noise is Gaussian.

    Args:
        path: .gif or .mp4.
    """
    if path.suffix.lower() not in (".gif", ".mp4"):
        raise BadInput(f"--walk {path}: the name must end in .gif or .mp4.")
    way = "slerp" if gan.latent.noise == "gaussian" else "lerp"
    z, labels = gan.draw_for(options, count * STOPS, "walk")
    stops, labels = z.view(STOPS, count, -1), labels[::STOPS]
    with tempfile.TemporaryDirectory() as scratch:
        frames = []
        for frame in range(STOPS * BETWEEN):
            stop, step = divmod(frame, BETWEEN)
            here = between(gan, stops[stop], stops[(stop + 1) % STOPS], step / BETWEEN, way)
            frames.append(Path(scratch, f"{frame}.png"))
            sample_grid(gan(here, labels, options.seed), frames[-1], columns=4)
        try:
            timelapse(frames, path, fps=FPS, labels=[""] * len(frames), hold=0)
        except ValueError as error:  # no encoder for .mp4
            raise BadInput(f"--walk {path}: {error}") from None
