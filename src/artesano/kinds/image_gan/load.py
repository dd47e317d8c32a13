"""The run folder of a GAN from images -> a generator that is ready to be asked, and all that is needed to ask it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from artesano.errors import BadInput, nearest
from artesano.gan.pixels import PixelRange
from artesano.kinds.image_gan.build import build_generator, generator_weights
from artesano.runs.checkpoint import fill, open_run, read_checkpoint, ready
from artesano.seeding import derive
from artesano.training.memory_format import memory_format

Direction = Literal["forth", "back"]
LISTED = 20  # classes that an error names


@dataclass(frozen=True)
class LoadedImageGan:
    """A generator in eval mode.

    Attributes:
        generator: (source float [N, Cin, h, w], labels int64 [N] or None) -> float [N, Cout, scale * h, scale * w],
            both in the range of `pixels`; it has the attributes `scale`, `multiple` and `halo`.
        game: restoration, translation, cycle or inpainting.
        in_channels, out_channels: of the direction that was loaded; an inpainting source counts its mask.
        crop: side in px of the sources that it was trained on.
        classes: names in the order of the labels; a generator that is not `conditional` knows none.
        averaged: these are the averaged weights; False where the run kept no average, or for `raw`.
        record: run.json.
        folder: the run's.
    """

    generator: nn.Module
    pixels: PixelRange
    game: str
    in_channels: int
    out_channels: int
    crop: int
    classes: list[str]
    conditional: bool
    averaged: bool
    record: dict[str, Any]
    folder: Path

    @property
    def scale(self) -> int:
        """Sides of a result over those of its source."""
        return self.generator.scale  # type: ignore[return-value]

    @property
    def multiple(self) -> int:
        """What the sides of a source are padded to."""
        return self.generator.multiple  # type: ignore[return-value]

    @property
    def halo(self) -> int | None:
        """Radius of the receptive field in px of the source; None = a pixel depends on the whole image."""
        return self.generator.halo  # type: ignore[return-value]

    @property
    def fills_holes(self) -> bool:
        """The last channel of a source says what is missing."""
        return self.game == "inpainting"

    @property
    def picture_channels(self) -> int:
        """Channels of a picture, its mask not counted."""
        return self.in_channels - self.fills_holes

    @property
    def device(self) -> torch.device:
        return next(self.generator.parameters()).device

    @torch.no_grad()
    def __call__(self, source: Tensor, label: int | None = None) -> Tensor:
        """float [N, Cin, h, w] in [0, 1] -> float32 [N, Cout, scale * h, scale * w] in [0, 1] on the CPU; NaN is 0.

        What is random in the generator itself (dropout when predicting) is drawn alike in every call.
        """
        form = memory_format(self.generator, "auto")
        given = (source.to(self.device) - self.pixels.mean) / self.pixels.std
        labels = None if label is None else torch.full((len(source),), label, device=self.device)
        with torch.random.fork_rng():
            torch.manual_seed(derive("predict"))
            found = self.generator(given.contiguous(memory_format=form), labels).float()
        return (found * self.pixels.std + self.pixels.mean).nan_to_num(0.0).clamp(0, 1).cpu()

    def label(self, given: str | None, option: str = "--label") -> int | None:
        """The label of a class by its name, or else by its index; None for a generator without labels.

        Args:
            option: how it was given.

        Raises:
            BadInput: a label where none is taken, none where one is needed, or one that there is not.
        """
        names = ", ".join(self.classes[:LISTED]) + ", …" * (len(self.classes) > LISTED)
        if not self.conditional:
            if given is not None:
                raise BadInput(
                    f"{option} {given}: the generator of {self.folder} takes no labels; gan=cscgan trains one with them"
                )
            return None
        if given is None:
            raise BadInput(f"which label? {self.folder} makes another image for each: {option} <one of {names}>")
        if given in self.classes:
            return self.classes.index(given)
        if given.isdecimal() and int(given) < len(self.classes):
            return int(given)
        raise BadInput(
            f"{option} {given}: there is no such class; there are {len(self.classes)}: {names} "
            f"(or 0 to {len(self.classes) - 1}).{nearest(given, self.classes)}"
        )


def load_image_gan(run: str | Path, which: str = "best", direction: Direction = "forth") -> LoadedImageGan:
    """The generator of a run.

    Args:
        run: its folder, its number, `last`, or a bundle.
        which: `best`, `last`, `raw` (the best, without the average), or a phase: the best of that phase.
        direction: `back` = from target to source, of a cycle run.

    Raises:
        BadInput: no such run, one of another task or kind, no such checkpoint, one that is cut short or of another
            composition, or a config that names a class that is not allowed (nothing of it is run).
    """
    folder, record = open_run(run, "image_gan")
    model = record["model"]
    generator = build_generator(model, direction)
    saved = read_checkpoint(folder, which)
    weights = generator_weights(saved, direction)
    if direction == "back" and not weights:
        raise BadInput(f"--direction back: {folder} learned one direction only; gan=cyclegan learns both.")
    taken, made = ("in_channels", "out_channels") if direction == "forth" else ("out_channels", "in_channels")
    return LoadedImageGan(
        ready(fill(generator, weights, saved.path)),
        PixelRange(model["normalise_images"]),
        model["game"],
        model[taken],
        model[made],
        max(1, model["image_size"] // model["scale"]),
        model["classes"],
        model["conditional"],
        saved.averaged,
        record,
        folder,
    )
