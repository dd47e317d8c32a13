"""Sets of pairs that lie in files: the heads of all files are read, and tell what does not fit together."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from artesano.data.dataset import PARTS
from artesano.data.files_of_run import FilesOfRun, Listed
from artesano.data.folder import NO_PART
from artesano.data.io.given_folder import folder_path
from artesano.data.io.headers import Header, headers
from artesano.data.io.walk import LeftOut, walk
from artesano.data.pairs.base import PairData
from artesano.data.pairs.cut import cut_parts, families
from artesano.data.pairs.decoded_files import DecodedFiles
from artesano.data.pairs.file_checks import in_two_parts, too_small, wrong_channels, wrong_sizes
from artesano.data.pairs.files import Example, FilePairs, Side, apart, beside, example, is_whole
from artesano.data.pairs.listing import PairListing, PairPart, fingerprint
from artesano.errors import BadInput
from artesano.file_names import Failure, expanded, failures

NO_PARTNER = "its partner cannot be read"


@dataclass
class Found:
    """What a layout made of the files.

    Args:
        parts: any of train, val, test; train must be there. The others are cut from it.
        classes: names of the labels; [] = none.
        problems: missing partners and the like.
        notes: what is worth a line besides.
        paired: the two sides of an example belong together.
    """

    parts: dict[str, list[Example]]
    classes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    paired: bool = True


@dataclass(kw_only=True)
class FilePairData(PairData):
    """Base of the sets in files: a subclass says which files make a pair."""

    def find(self) -> Found:
        """The examples, by their names alone.

        Raises:
            BadInput: no such folder or file, or nothing in it.
        """
        raise NotImplementedError

    apart = False  # True: the two sides of an example do not belong together
    # the files of a run and those of them that are gone, once `keep` was called
    kept: tuple[FilesOfRun, frozenset[str]] | None = field(default=None, init=False, repr=False, compare=False)

    def base(self) -> Path:
        roots = [getattr(self, key, None) for key in ("root", "lr_root", "source_root", "target_root")]
        places = [expanded(root).absolute() for root in roots if root is not None]
        if (file := getattr(self, "file", None)) is not None:
            places.append(expanded(file).absolute().parent)
        return Path(os.path.commonpath(places)) if places else Path.cwd()

    def files(self) -> tuple[list[str], list[Listed]]:
        """Classes, and the files of all parts before `fraction` and `max_eval`.

        Raises:
            BadInput: what `find` raises, or no partners.
        """
        layout, parts = self._found, self._cut
        if not any(parts.values()):
            raise BadInput(*(layout.problems or [f"{self.place()}: no image was found"]))
        return layout.classes, [
            Listed(part, one.label, one.target.path, None if one.source is None else one.source.path, one.target.half)
            for part in PARTS
            for one in parts[part]
        ]

    def keep(self, files: FilesOfRun, gone: frozenset[str]) -> None:
        """Take classes and parts from the files that a run began with, before anything is read; `gone` is left out."""
        self.kept = files, gone

    def roots(self) -> list[str]:
        """The folders that were given."""
        raise NotImplementedError

    def shares(self) -> dict[str, float]:
        """What is cut from the training part where the data have no such part."""
        return {"test": self.test_fraction, "val": self.val_fraction}

    def read(self) -> PairListing:
        layout, heads, skipped = self._found, *self._heads
        parts = self._examples
        first = parts["train"][0]
        every = [example for some in parts.values() for example in some]
        channels = (
            channels_of([heads[(example.source or example.target).path].channels for example in every]),
            channels_of([heads[example.target.path].channels for example in every]),
        )
        decoded = DecodedFiles()
        made = {}
        for name, examples in parts.items():
            named = [
                (example.target if layout.paired else example.source or example.target).path for example in examples
            ]
            reader = FilePairs(examples, self.crop, layout.paired, channels, heads, decoded)
            labels = np.array([example.label for example in examples], dtype=np.int64)
            blocks = [named[first] for first in families([example.files for example in examples])]
            made[name] = PairPart(named, labels, blocks if layout.paired else named, reader, np.arange(len(examples)))
        facts = [(name, example.label, *example.sides) for name, some in parts.items() for example in some]
        paths = [side.path for some in parts.values() for example in some for side in example.sides]
        return PairListing(
            made,
            layout.classes,
            *channels,
            paired=layout.paired,
            own_source=first.source is not None,
            bits=max(heads[path].bits for path in paths),
            fingerprint=fingerprint([layout.classes, *facts, *dict.fromkeys(paths)]),
            skipped=skipped,
            left_out=self.left_out() if self.kept is None else [],
            notes=self.notes(),
            decoded=decoded,
        )

    def notes(self) -> list[str]:
        """What is worth a line about the files that are read."""
        return [*self._found.notes, *(in_two_parts(self._examples) if self._found.paired else ())]

    def left_out(self) -> list[LeftOut]:
        """Files below the folders that make no pair, but for those whose partner is not there, which are problems."""
        layout = self._found
        used = {side.path for some in layout.parts.values() for example in some for side in example.sides}
        homes = {os.path.dirname(path) for path in used}
        left_out = []
        for root in self.roots():
            below = walk(folder_path(root))
            left_out += below.left_out
            left_out += [LeftOut(path, NO_PART) for path in below.images if os.path.dirname(path) not in homes]
        heads, examples = self._heads[0], [one for some in layout.parts.values() for one in some]
        if layout.paired:
            whole = {side.path for one in examples if is_whole(one, heads) for side in one.sides}
            alone = [side.path for one in examples for side in one.sides if side.path in heads]
            left_out += [LeftOut(path, NO_PARTNER) for path in alone if path not in whole]
        return list(dict.fromkeys(left_out))

    def problems(self, scale: int) -> Iterator[str]:
        layout, heads = self._found, self._heads[0]
        listing = self.listing()
        channels = {"source": listing.source_channels, "target": listing.target_channels}
        yield from layout.problems
        if layout.paired:
            yield from wrong_sizes([one for examples in self._examples.values() for one in examples], heads, scale)
        for part, examples in self._examples.items():
            yield from wrong_channels(examples, heads, channels)
            # a partner that fits is as large as the target asks for
            sides = [side for example in examples for side in ([example.target] if layout.paired else example.sides)]
            least = (self.crop or 1, "image_size") if part == "train" else (scale, "scale")
            yield from too_small(sides, heads, *least, self.place(), scale, part)

    @functools.cached_property
    def _found(self) -> Found:
        """The layout; that of the run whose files are kept."""
        if self.kept is None:
            return self.find()
        files, gone = self.kept
        parts = {part: self._left(files.part(part), gone) for part in PARTS}
        return Found(parts, files.classes, paired=not self.apart)

    def _left(self, rows: Sequence[Listed], gone: frozenset[str]) -> list[Example]:
        """Without what is gone: of two sides that do not belong together each goes on without its own."""
        if not self.apart:
            return [example(row) for row in rows if gone.isdisjoint(row.files)]
        sources, targets = ({row.source: None for row in rows}, {row.file: None for row in rows})
        sides = [[Side(path) for path in paths if path and path not in gone] for paths in (sources, targets)]
        return beside(*sides)

    @functools.cached_property
    def _heads(self) -> tuple[dict[str, Header], list[Failure]]:
        """The heads of all files that can be read, and `path: reason` of the others."""
        layout = self._found
        paths = [side.path for some in layout.parts.values() for example in some for side in example.sides]
        if not paths:
            raise BadInput(*(layout.problems or [f"{self.place()}: no image was found"]))
        heads = headers(paths)
        skipped = [failure.readable() for failure in heads.values() if isinstance(failure, Failure)]
        return {path: head for path, head in heads.items() if not isinstance(head, Failure)}, skipped

    @functools.cached_property
    def _cut(self) -> dict[str, list[Example]]:
        """All three parts, also what cannot be read. A photo and all its maps go into one part."""
        shares, seed = self.shares(), self.split_seed
        return cut_parts(self._found.parts, lambda one: one.stratum, shares, seed, lambda one: one.files)

    @functools.cached_property
    def _examples(self) -> dict[str, list[Example]]:
        """All three parts. Cut by names first, so that a file that can no longer be read moves no other one."""
        heads, skipped = self._heads
        if self._found.paired:
            readable = {part: [one for one in self._cut[part] if is_whole(one, heads)] for part in PARTS}
        else:
            readable = {part: apart(self._cut[part], heads) for part in PARTS}
        if not readable["train"]:
            raise BadInput(f"{self.place()}: no image of the train part could be read", *failures(skipped))
        return readable


def channels_of(files: list[int]) -> int:
    """Those of one side: of its first file, and colour where that is grey and another has colour."""
    return 3 if files[0] == 1 and 3 in files else files[0]
