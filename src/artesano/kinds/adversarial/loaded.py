"""What the trained generators of both kinds of GANs have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import nn

from artesano.errors import BadInput, nearest
from artesano.gan.networks.disturbances import DropoutAtTest
from artesano.gan.pixels import PixelRange

LISTED = 20  # classes that an error names


@dataclass(frozen=True, kw_only=True)
class LoadedGenerator:
    """A generator in eval mode.

    Attributes:
        generator: a plain `nn.Module`.
        pixels: the range of its images, [-1, 1] or [0, 1].
        classes: names in the order of the labels; a generator that is not `conditional` takes none.
        conditional: the generator takes labels.
        averaged: these are the averaged weights; False where the run kept no average, or for `raw`.
        record: run.json.
        folder: of the run.
    """

    with_labels: ClassVar[str]  # which GANs would take labels

    generator: nn.Module = field(repr=False)  # prints too much for the end of a notebook cell
    pixels: PixelRange
    classes: list[str]
    conditional: bool
    averaged: bool
    record: dict[str, Any] = field(repr=False)
    folder: Path

    @property
    def device(self) -> torch.device:
        return next(self.generator.parameters()).device

    def need_labels(self, what: str) -> None:
        """Raise BadInput, which begins with `what`, unless the generator takes labels."""
        if not self.conditional:
            raise BadInput(f"{what}: the generator of {self.folder} takes no labels; {self.with_labels}.")

    def label(self, name: str | int, option: str = "--class") -> int:
        """The label of a class by its name, or else by its index.

        Args:
            option: what an error calls it.

        Raises:
            BadInput: the generator takes no labels, or there is no such class.
        """
        self.need_labels(f"{option} {name}")
        text = str(name)
        if text in self.classes:
            return self.classes.index(text)
        if text.isdecimal() and int(text) < len(self.classes):
            return int(text)
        raise BadInput(
            f"{option} {name}: there is no such class; there are {len(self.classes)}: {self.names()} "
            f"(or 0 to {len(self.classes) - 1}).{nearest(text, self.classes)}"
        )

    def labels(self, names: str | int | Iterable[str | int] | None, option: str = "labels") -> tuple[int, ...]:
        """The labels of one class or of several."""
        if names is None:
            return ()
        several = [names] if isinstance(names, str | int) else names
        return tuple(self.label(name, option) for name in several)

    def names(self) -> str:
        """The classes, for a message."""
        return ", ".join(self.classes[:LISTED]) + ", …" * (len(self.classes) > LISTED)

    def refuse_random(self, what: str) -> None:
        """Raise BadInput where dropout stays on: no graph could be compared with such a generator.

        Args:
            what: that is never the same twice.
        """
        if any(isinstance(module, DropoutAtTest) and module.share for module in self.generator.modules()):
            raise BadInput(f"{self.folder}: a generator with hacks.dropout_at_test=true {what}.")
