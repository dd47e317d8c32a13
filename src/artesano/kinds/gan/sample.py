"""Pictures of what a generator can do: grids, rows per class, interpolations, code traversals, walks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.figures.samples import sample_grid
from artesano.figures.timelapse import timelapse
from artesano.gan.latent import lerp, slerp, truncate
from artesano.kinds.gan.load import LoadedGan

COLUMNS = 10  # of rows that go from one thing to another
MOST = 1024  # images of a grid
MOST_CLASSES = 20  # rows of the grid per class
STOPS, BETWEEN = 6, 12  # latents that a walk passes, and frames from one to the next
FPS = 12
WAYS: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {"lerp": lerp, "slerp": slerp}


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn.

    Attributes:
        seed: decides everything together with the run.
        labels: the classes asked for, in equal shares and this order; empty = as often as among real images.
        truncation: noise beyond +-this is drawn anew; None = none is.
    """

    seed: int = 0
    labels: tuple[int, ...] = ()
    truncation: float | None = None

    def draw(self, gan: LoadedGan, count: int, *keys: int | str) -> tuple[Tensor, Tensor]:
        """z [count, D] and labels [count].

        Raises:
            BadInput: a count below 1, or a truncation that the latent has no use for.
        """
        if count < 1:
            raise BadInput(f"--count {count}: give 1 or more.")
        z, labels = gan.draw(count, self.seed, "sample", *keys)
        if self.labels:
            labels = torch.tensor(self.labels)[torch.arange(count) * len(self.labels) // count]
        return self.truncated(gan, z), labels

    def truncated(self, gan: LoadedGan, z: Tensor) -> Tensor:
        """z with the noise inside of +-truncation; codes stay."""
        if self.truncation is None:
            return z
        if gan.latent.noise != "gaussian":
            raise BadInput(
                f"--truncation {self.truncation:g}: the latent of {gan.folder} is uniform and has no tails to cut; "
                "runs with hacks.latent=gaussian have."
            )
        if not self.truncation > 0:
            raise BadInput(f"--truncation {self.truncation:g}: give a number above 0; 2 cuts little, 0.5 much.")
        size = gan.latent.size
        return torch.cat([truncate(z[:, :size], self.truncation), z[:, size:]], 1)


def samples(gan: LoadedGan, wanted: Wanted, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """uint8 images [count, C, S, S], labels [count] and z [count, D]."""
    z, labels = wanted.draw(gan, count)
    return gan(z, labels, wanted.seed), labels, z


def grid(gan: LoadedGan, wanted: Wanted, path: Path, count: int = 64) -> None:
    """Samples, row by row; classes that were asked for come in blocks."""
    if count > MOST:
        raise BadInput(f"--count {count}: a grid shows at most {MOST:,}; --to <folder or file.npz> writes any number.")
    sample_grid(samples(gan, wanted, count)[0], path, columns=max(8, round(count**0.5)))


def per_class(gan: LoadedGan, wanted: Wanted, path: Path) -> list[str]:
    """A row for each class, the same latents in each; returns the classes that were left out."""
    gan.need_labels("--per-class")
    chosen = wanted.labels or tuple(range(len(gan.classes)))
    shown = chosen[:MOST_CLASSES]
    z, _ = wanted.draw(gan, COLUMNS)
    labels = torch.tensor(shown).repeat_interleave(COLUMNS)
    images = gan(z.repeat(len(shown), 1), labels, wanted.seed)
    sample_grid(images, path, columns=COLUMNS, labels=[gan.classes[label] for label in shown])
    return [gan.classes[label] for label in chosen[MOST_CLASSES:]]


def interpolate(gan: LoadedGan, wanted: Wanted, path: Path, how: str, rows: int = 8) -> None:
    """Rows that go from one latent to another, of one class each; `both` ways one under the other."""
    ways = list(WAYS) if how == "both" else [how]
    rows = rows if len(ways) == 1 else rows // 2
    z, labels = wanted.draw(gan, 2 * rows, "ends")
    starts, ends, labels = z[:rows], z[rows:], labels[:rows] if not wanted.labels else labels[::2]
    shares = torch.linspace(0, 1, COLUMNS).tolist()
    steps = [torch.stack([between(gan, starts, ends, share, way) for share in shares], 1) for way in ways]
    z = torch.stack(steps, 1)  # [rows, ways, columns, D]
    images = gan(z.flatten(0, 2), labels.repeat_interleave(len(ways) * COLUMNS), wanted.seed)
    names = [gan.classes[label] for label in labels] if gan.conditional else [""] * rows
    captions = [" ".join([way, name]).strip() for name in names for way in ways]
    sample_grid(images, path, columns=COLUMNS, labels=captions)


def between(gan: LoadedGan, start: Tensor, end: Tensor, share: float, way: str) -> Tensor:
    """z [N, D] on the way; codes have no sphere and go straight."""
    size = gan.latent.size
    noise = WAYS[way](start[:, :size], end[:, :size], share)
    return torch.cat([noise, lerp(start[:, size:], end[:, size:], share)], 1)


def traversals(gan: LoadedGan, wanted: Wanted, path: Path, rows: int = 5) -> None:
    """A block of rows per code, the same noise along a row: all values of a discrete one, -2 to 2 of a continuous one.

    Raises:
        BadInput: the latent has no codes.
    """
    latent = gan.latent
    if not latent.code_dim:
        raise BadInput(f"--codes: the latent of {gan.folder} has no codes; gan=infogan trains one that has.")
    columns = max(COLUMNS, *latent.categorical, 0)
    z, labels = wanted.draw(gan, rows, "codes")
    z[:, latent.dim - latent.continuous :] = 0  # the middle of what is not being moved
    blank = torch.full((columns, *gan.shape), 255, dtype=torch.uint8)
    images, captions, place = [], [], latent.size
    for number, size in enumerate([*latent.categorical, *[1] * latent.continuous], 1):
        values = torch.eye(size) if size > 1 else torch.linspace(-2, 2, columns)[:, None]
        for row in range(rows):
            moved = z[row].repeat(len(values), 1)
            moved[:, place : place + size] = values
            found = gan(moved, labels[row].repeat(len(values)), wanted.seed)
            images += [found, blank[len(values) :]]
        span = f"0 to {size - 1}" if size > 1 else "-2 to 2"
        captions += [f"code {number}: {span}", *[""] * (rows - 1)]
        place += size
    sample_grid(torch.cat(images), path, columns=columns, labels=captions)


def walk(gan: LoadedGan, wanted: Wanted, path: Path, count: int = 16) -> None:
    """A video of `count` closed walks through six latents each, on the sphere where the noise is Gaussian.

    Args:
        path: .gif or .mp4.
    """
    if path.suffix.lower() not in (".gif", ".mp4"):
        raise BadInput(f"--walk {path}: the name must end in .gif or .mp4.")
    way = "slerp" if gan.latent.noise == "gaussian" else "lerp"
    z, labels = wanted.draw(gan, count * STOPS, "walk")
    stops, labels = z.view(STOPS, count, -1), labels[::STOPS]
    with tempfile.TemporaryDirectory() as scratch:
        frames = []
        for frame in range(STOPS * BETWEEN):
            stop, step = divmod(frame, BETWEEN)
            here = between(gan, stops[stop], stops[(stop + 1) % STOPS], step / BETWEEN, way)
            frames.append(Path(scratch, f"{frame}.png"))
            sample_grid(gan(here, labels, wanted.seed), frames[-1], columns=4)
        try:
            timelapse(frames, path, fps=FPS, labels=[""] * len(frames), hold=0)
        except ValueError as error:  # no encoder for .mp4
            raise BadInput(f"--walk {path}: {error}") from None
