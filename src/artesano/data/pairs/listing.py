"""What is in a set of image pairs: its parts, and how a part is asked for images."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from artesano.data.io.walk import LeftOut
from artesano.data.pairs.decoded_files import DecodedFiles
from artesano.file_names import Failure, grouped

Legend = list[tuple[str, tuple[int, int, int]]]
Images = tuple[np.ndarray | None, np.ndarray]  # source and target, [H, W, C]; no source = made from the target


class PairReader(Protocol):
    """Reads the pairs of one part; from several threads at once."""

    def shape(self, row: int) -> tuple[int, ...]:
        """Height and width of the target as `whole` gives it, then those of the source; known without decoding."""

    def whole(self, row: int) -> Images:
        """The whole images, or the fixed tile of an evaluation.

        Raises:
            UnreadableImage: one of the files cannot be decoded.
        """

    def window(self, row: int, numbers: np.ndarray) -> Images:
        """A training crop whose place is a function of `numbers`, float64 [3] in [0, 1).

        Raises:
            UnreadableImage: one of the files cannot be decoded.
        """


@dataclass
class PairPart:
    """The training, validation or test part.

    Args:
        names: [N], the target's file, or something like `blue_marble/level 128/12.3N 45.0E`.
        labels: int64 [N], zoom level or class; 0 where there are none.
        blocks: [N], what a bootstrap resamples: the file itself, or the strip of the globe a tile lies in.
        reader: of the rows below.
        rows: int64 [N], the reader's.
    """

    names: list[str]
    labels: np.ndarray
    blocks: list[str]
    reader: PairReader
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> PairPart:
        """The part that holds these rows only."""
        return replace(
            self,
            names=[self.names[row] for row in rows],
            labels=self.labels[rows],
            blocks=[self.blocks[row] for row in rows],
            rows=self.rows[rows],
        )

    def spread(self, count: int) -> np.ndarray:
        """int64: at most `count` rows, as many of each label where there are so many, and evenly among its own."""
        own = [np.flatnonzero(self.labels == label) for label in np.unique(self.labels)]
        turns = sorted((turn, label) for label, rows in enumerate(own) for turn in range(len(rows)))[:count]
        shares = np.bincount([label for _, label in turns], minlength=len(own))
        chosen = [
            rows[np.linspace(0, len(rows) - 1, share).astype(int)] for rows, share in zip(own, shares, strict=True)
        ]
        return np.sort(np.concatenate(chosen))

    def shape(self, row: int) -> tuple[int, ...]:
        """Height and width of the whole target, then of the source where the data bring one."""
        return self.reader.shape(int(self.rows[row]))

    def whole(self, row: int) -> Images:
        """Source (None = made from the target) and target, uint8, uint16 or float32 [H, W, C]."""
        return self.reader.whole(int(self.rows[row]))

    def window(self, row: int, numbers: np.ndarray) -> Images:
        """The same of a training crop: the target `crop` px wide, the source as much smaller as the data's own is."""
        return self.reader.window(int(self.rows[row]), numbers)


@dataclass
class PairListing:
    """What is in a set of pairs, before any image is decoded.

    Args:
        parts: `train`, `val` and `test`, after cutting and after `fraction` and `max_eval`.
        classes: names of the zoom levels or labels; [] = none.
        source_channels, target_channels: every file is brought to these where grey and colour are mixed. Without own
            sources, the source has those of the target.
        paired: is the source of a row in `val` and `test` what its target was wanted for?
        own_source: the data bring sources; False = a degradation makes them of the targets.
        bits: 8, 16, or 32 for floats: the most that any file has.
        fingerprint: changes with any name, label, file size or modification time.
        skipped: files that could not be read, as `path: reason`.
        left_out: files that are not read, and why.
        notes: what is worth a line besides.
        decoded: the files behind the images; None = all images are in memory as they are.
        legend: meaning and colour (R, G, B of 255) of every colour that a drawn target has; [] = not known.
        source_legend: the same of a drawn source.
        targets: `map` or `photo`; None = not known.
    """

    parts: dict[str, PairPart]
    classes: list[str]
    source_channels: int
    target_channels: int
    paired: bool
    own_source: bool
    bits: int
    fingerprint: str
    skipped: list[Failure] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decoded: DecodedFiles | None = None
    legend: Legend = field(default_factory=list)
    source_legend: Legend = field(default_factory=list)
    targets: Literal["map", "photo"] | None = None

    def decoded_bytes(self) -> int:
        """Memory that all images of files take when they are decoded; 0 where they are no files."""
        if self.decoded is None:
            return 0
        shapes = (part.shape(row) for part in self.parts.values() for row in range(len(part)))
        values = sum(
            height * width * channels
            for shape in shapes
            for height, width, channels in zip(
                shape[::2], shape[1::2], (self.target_channels, self.source_channels), strict=False
            )
        )
        return values * self.bits // 8

    def caption(self, part: str, row: int) -> str:
        """What a row is called in a picture: level or label, where there are several, and file or place."""
        name = Path(self.parts[part].names[row]).name
        return f"{self.classes[self.parts[part].labels[row]]}, {name}" if len(self.classes) > 1 else name

    @property
    def shown_legend(self) -> Legend:
        """Of the drawn side, whichever it is."""
        return self.legend or self.source_legend

    def messages(self) -> list[str]:
        """What is not read, a line for each reason, and the notes."""
        return [*grouped(self.left_out), *self.notes]


def fingerprint(facts: Iterable[object]) -> str:
    """16 hexadecimal digits over the facts; of those that name files also their size and time."""
    digest = hashlib.blake2b(digest_size=8)
    for fact in facts:
        digest.update(repr(fact).encode("utf-8", "surrogateescape"))
        if isinstance(fact, str) and os.path.isfile(fact):
            stat = os.stat(fact)
            digest.update(f"{stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()
