"""A GAN's run folder -> a generator that is ready to be asked, and all that is needed to ask it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from artesano.config.targets import instantiate
from artesano.errors import BadInput, nearest
from artesano.gan.latent import Latent
from artesano.gan.pixels import PixelRange
from artesano.kinds.gan.build import build_generator
from artesano.runs.checkpoint import fill, open_run, read_checkpoint, ready
from artesano.seeding import derive, generator

LISTED = 20  # classes that an error names


@dataclass(frozen=True)
class LoadedGan:
    """A generator in eval mode.

    Attributes:
        generator: (z float [N, D], labels int64 [N]) -> images float [N, C, S, S] in the range of `pixels`.
        latent: where z comes from.
        classes: names in the order of the labels, of the data; a generator that is not `conditional` knows none.
        averaged: these are the averaged weights; False where the run kept no average, or for `raw`.
        class_share: float [K], how often each occurs among the training images.
        record: run.json.
        folder: the run's.
    """

    generator: nn.Module
    latent: Latent
    pixels: PixelRange
    classes: list[str]
    conditional: bool
    averaged: bool
    class_share: Tensor
    record: dict[str, Any]
    folder: Path

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, S, S) of an image."""
        model = self.record["model"]
        return model["in_chans"], model["image_size"], model["image_size"]

    @torch.no_grad()
    def __call__(self, z: Tensor, labels: Tensor, *keys: int | str, batch: int = 64) -> Tensor:
        """uint8 [N, C, S, S] on the CPU.

        Args:
            labels: int64 [N]; a generator without labels ignores them.
            keys: seed what a generator draws that is random in itself (dropout when sampling).
        """
        device = next(self.generator.parameters()).device
        with torch.random.fork_rng():
            torch.manual_seed(derive(*keys))
            parts = [
                self.pixels.to_uint8(self.generator(*(given.to(device) for given in rows))).cpu()
                for rows in zip(z.split(batch), labels.split(batch), strict=True)
            ]
        return torch.cat(parts)

    def draw(self, count: int, *keys: int | str) -> tuple[Tensor, Tensor]:
        """z [count, D] and labels [count] on the CPU that depend on the keys alone; classes as often as among real
        images. With the keys (seed of the run, "evaluation") the ones that training measured."""
        random = generator(*keys)
        z = self.latent.draw(count, torch.device("cpu"), random)
        return z, torch.multinomial(self.class_share, count, replacement=True, generator=random)

    def need_labels(self, what: str) -> None:
        """Raise BadInput, that begins with `what` was asked for, unless the generator takes labels."""
        if not self.conditional:
            raise BadInput(
                f"{what}: the generator of {self.folder} takes no labels; gan=cdcgan, gan=acgan and gan=projection "
                "train generators that do."
            )

    def label(self, given: str) -> int:
        """The label of a class by its name, or else by its index.

        Raises:
            BadInput: the generator takes no labels, or there is no such class.
        """
        self.need_labels(f"--class {given}")
        if given in self.classes:
            return self.classes.index(given)
        if given.isdecimal() and int(given) < len(self.classes):
            return int(given)
        names = ", ".join(self.classes[:LISTED]) + ", …" * (len(self.classes) > LISTED)
        raise BadInput(
            f"--class {given}: there is no such class; there are {len(self.classes)}: {names} "
            f"(or 0 to {len(self.classes) - 1}).{nearest(given, self.classes)}"
        )


def load_gan(run: str | Path, which: str = "best") -> LoadedGan:
    """The generator of a run.

    Args:
        run: its folder, its number, `last`, or a bundle.
        which: `best`, `last`, or `raw` (the best, without the average).

    Raises:
        BadInput: no such run, a run of another task, no checkpoint, one that is cut short or of another composition,
            or a config that names a class that is not allowed (nothing of it is run).
    """
    folder, record = open_run(run, "gan")
    model = record["model"]
    latent, channels = instantiate(model["latent"]), model["in_chans"]
    network = build_generator(model, latent, channels, len(model["classes"]))
    saved = read_checkpoint(folder, which)
    return LoadedGan(
        ready(fill(network, saved.weights("network.generator."), saved.path)),
        latent,
        PixelRange(model["normalise_images"]),
        model["classes"],
        model["conditional"],
        saved.averaged,
        torch.tensor(model["class_share"]),
        record,
        folder,
    )
