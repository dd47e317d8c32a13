"""What has become of the files that a run began with: missing, replaced, otherwise labelled; and what is new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from artesano.data.files_of_run import FilesOfRun, Listed, contents
from artesano.data.labels import text

FEW = 3  # names that are shown


@dataclass(frozen=True)
class Changes:
    """The difference between a run's files and those of now.

    Args:
        classes: then and now.
        missing: files that are gone.
        unlisted: files that are there, and that the data no longer list, or whose partner is gone.
        replaced: files of the same name with another content.
        relabelled: `name (then -> now)`.
        added: files that the run does not know, neither by name nor by content.
        copies: files of other names with a content that the run knows; they are no new images.
        new: rows of added files alone.
    """

    classes: tuple[list[str], list[str]]
    missing: list[str]
    unlisted: list[str]
    replaced: list[str]
    relabelled: list[str]
    added: list[str]
    copies: list[str]
    new: list[Listed]
    base: Path

    @property
    def gone(self) -> frozenset[str]:
        """Files that are not what the run began with."""
        return frozenset([*self.missing, *self.unlisted, *self.replaced])

    def lines(self) -> Iterator[str]:
        """What is not as it was, one line each: count and first names; without classes and new images."""
        yield from self._line(self.missing, "missing")
        yield from self._line(self.unlisted, "no longer listed, or without a partner")
        yield from self._line(self.replaced, "replaced by other content")
        yield from self._line(self.relabelled, "labelled otherwise")

    def _line(self, names: list[str], what: str) -> Iterator[str]:
        if names:
            start = str(self.base) + os.sep
            more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
            verb = "is" if len(names) == 1 else "are"
            files = f"{len(names)} file{'s' * (len(names) > 1)}"
            yield f"{files} {verb} {what}: {', '.join(name.removeprefix(start) for name in names[:FEW])}{more}"


def compare(then: FilesOfRun, classes: list[str], now: list[Listed], paired: bool, base: Path) -> Changes:
    """What has changed since `then`.

    Args:
        classes, now: as the data set is read today; its parts do not matter.
        paired: the two files of a row belong together.
        base: names are shown relative to it.
    """
    present = contents([*then.contents, *(file for row in now for file in row.files)])
    keys = {key for row in now for key in keys_of(row, paired)}
    missing: list[str] = []
    unlisted: list[str] = []
    replaced: list[str] = []
    for row in then.rows:
        torn = [key for key in keys_of(row, paired) if key not in keys]
        for file in row.files:
            if present[file] != then.contents[file]:
                (replaced if present[file] != ("", "") else missing).append(file)
            elif torn and (paired or any(file in key for key in torn)):
                unlisted.append(file)
    labels = {keys_of(row, paired)[0]: text(row.label, classes) for row in now} if classes else {}
    relabelled = [
        f"{row.file} ({then.class_of(row)} -> {label})"
        for row in then.rows
        if (label := labels.get(keys_of(row, paired)[0], then.class_of(row))) != then.class_of(row)
    ]
    known = set(then.contents.values()) - {("", "")}
    unknown = list(dict.fromkeys(file for row in now for file in row.files if file not in then.contents))
    added = [file for file in unknown if present[file] not in known]
    return Changes(
        classes=(then.classes, classes),
        missing=sorted(set(missing)),
        unlisted=sorted(set(unlisted)),
        replaced=sorted(set(replaced)),
        relabelled=relabelled,
        added=added,
        copies=[file for file in unknown if present[file] in known],
        new=rows_of(set(added), now, paired),
        base=base,
    )


def rows_of(added: set[str], now: list[Listed], paired: bool) -> list[Listed]:
    """Rows of these files alone; where sides are no pairs, the added ones of either side beside each other."""
    if paired:
        return [row for row in now if added.issuperset(row.files)]
    targets = list(dict.fromkeys(row.file for row in now if row.file in added))
    sources = list(dict.fromkeys(row.source for row in now if row.source in added))
    if not targets or not sources:
        return []
    count = max(len(targets), len(sources))
    return [Listed("test", 0, targets[k % len(targets)], sources[k % len(sources)]) for k in range(count)]


def keys_of(row: Listed, paired: bool) -> list[tuple]:
    """What must still be there for the row: the pair, or each of its files."""
    return [(row.file, row.source, row.half)] if paired else [(file,) for file in row.files]
