"""Sets of pairs that lie in files: the heads of all files are read, and tell what does not fit together."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from artesano.data.io.headers import Header, headers
from artesano.data.pairs.base import PairData
from artesano.data.pairs.cut import cut_parts
from artesano.data.pairs.file_checks import too_small, wrong_channels, wrong_sizes
from artesano.data.pairs.files import Example, FilePairs, ImageCache
from artesano.data.pairs.listing import PairListing, PairPart, fingerprint
from artesano.errors import BadInput


@dataclass
class Found:
    """What a layout made of the files.

    Args:
        parts: any of train, val, test; train must be there. The others are cut from it.
        classes: names of the labels; [] = none.
        problems: missing partners and the like.
        paired: the two sides of an example belong together.
    """

    parts: dict[str, list[Example]]
    classes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
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

    def shares(self) -> dict[str, float]:
        """What is cut from the training part where the data have no such part."""
        return {"test": self.test_fraction, "val": self.val_fraction}

    def read(self) -> PairListing:
        found, heads, skipped = self._files
        parts = self._examples
        first = parts["train"][0]
        channels = heads[(first.source or first.target).path].channels, heads[first.target.path].channels
        cache = ImageCache(self.memory_limit_gb)
        made = {}
        for name, examples in parts.items():
            named = [
                (example.target if found.paired else example.source or example.target).path for example in examples
            ]
            reader = FilePairs(examples, self.crop, found.paired, channels, heads, cache)
            labels = np.array([example.label for example in examples], dtype=np.int64)
            made[name] = PairPart(named, labels, named, reader, np.arange(len(examples)))
        facts = [(name, example.label, *example.sides) for name, some in parts.items() for example in some]
        paths = [side.path for some in parts.values() for example in some for side in example.sides]
        return PairListing(
            made,
            found.classes,
            *channels,
            paired=found.paired,
            own_source=first.source is not None,
            bits=max(heads[path].bits for path in paths),
            fingerprint=fingerprint([found.classes, *facts, *dict.fromkeys(paths)]),
            skipped=skipped,
        )

    def problems(self, scale: int) -> Iterator[str]:
        found, heads, _ = self._files
        listing = self.listing()
        channels = {"source": listing.source_channels, "target": listing.target_channels}
        yield from found.problems
        for part, examples in self._examples.items():
            if found.paired:
                yield from wrong_sizes(examples, heads, scale)
            yield from wrong_channels(examples, heads, channels)
            # a partner that fits is as large as the target asks for
            sides = [side for example in examples for side in ([example.target] if found.paired else example.sides)]
            least = (self.crop or 1, "image_size") if part == "train" else (scale, "scale")
            yield from too_small(sides, heads, *least, self.place())

    @functools.cached_property
    def _files(self) -> tuple[Found, dict[str, Header], list[str]]:
        """The layout, the heads of all files that can be read, and `path: reason` of the others."""
        found = self.find()
        paths = [side.path for some in found.parts.values() for example in some for side in example.sides]
        if not paths:
            raise BadInput(*(found.problems or [f"{self.place()}: no image was found"]))
        heads = headers(paths)
        skipped = [reason for reason in heads.values() if isinstance(reason, str)]
        return found, {path: head for path, head in heads.items() if not isinstance(head, str)}, skipped

    @functools.cached_property
    def _examples(self) -> dict[str, list[Example]]:
        """All three parts. Cut by names first, so that a file that can no longer be read moves no other one."""
        found, heads, skipped = self._files
        parts = cut_parts(found.parts, lambda example: example.stratum, self.shares(), self.split_seed)
        readable = {
            name: [example for example in parts[name] if all(side.path in heads for side in example.sides)]
            for name in ("train", "val", "test")
        }
        if not readable["train"]:
            raise BadInput(f"{self.place()}: no image of the train part could be read", *skipped[:3])
        return readable
