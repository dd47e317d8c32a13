"""What the heads of files tell of pairs that do not fit: sizes, channels, images smaller than the crop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

from artesano.data.degradations import Scale
from artesano.data.io.headers import Header
from artesano.data.pairs.base import some
from artesano.data.pairs.files import Example, Side

CONVERTIBLE = {1, 3}  # grey and colour are turned into each other
SCALES = get_args(Scale)
Heads = dict[str, Header]


class Mismatch(str):
    """A line about one pair or more."""

    pairs: int

    def __new__(cls, line: str, pairs: int, more: str) -> Mismatch:
        made = super().__new__(cls, line + (f"; {pairs - 1} more {more}" if pairs > 1 else ""))
        made.pairs = pairs
        return made


def in_two_parts(parts: Mapping[str, Sequence[Example]]) -> Iterator[str]:
    """A line where files stand in two parts, as in a split of the user's: what is measured there was trained on."""
    places: dict[str, dict[str, None]] = {}
    for part, examples in parts.items():
        for example in examples:
            for file in example.files:
                places.setdefault(file, {})[part] = None
    shared = {file: list(own) for file, own in places.items() if len(own) > 1}
    if shared:
        file, own = next(iter(shared.items()))
        more = f"; {len(shared) - 1} more files too" if len(shared) > 1 else ""
        yield f"'{file}' is in two parts, {' and '.join(own[:2])}{more}: results there say little about new images"


def wrong_sizes(examples: Sequence[Example], heads: Heads, scale: int) -> Iterator[Mismatch]:
    """Pairs whose source is not the target's size divided by `scale`: one line for each two sizes."""
    alike: dict[tuple[int, int, int, int], list[tuple[Side, Side]]] = {}
    odd = []
    for example in examples:
        source, target = example.source, example.target
        if source is None:
            continue
        (height, width), (tall, wide) = source.size(heads), target.size(heads)
        if source.half is not None and heads[source.path].width % 2:
            odd.append(source.path)
        elif (scale * height, scale * width) != (tall, wide):
            alike.setdefault((height, width, tall, wide), []).append((source, target))
    if odd:
        head = heads[odd[0]]
        size = f"'{odd[0]}' is {head.width} x {head.height} px"
        yield Mismatch(f"{size}: two images side by side have an even width", len(odd), "pictures have an odd width")
    for (height, width, tall, wide), pairs in alike.items():
        source, target = pairs[0]
        facts = f"'{source.path}' is {width} x {height} px and its partner '{target.path}' {wide} x {tall}"
        fits = fitting(height, width, tall, wide, scale)
        yield Mismatch(f"{facts}{fits}", len(pairs), "pairs have these sizes")


def fitting(height: int, width: int, tall: int, wide: int, scale: int) -> str:
    """What sizes would fit a source of height x width and a target of tall x wide."""
    if scale == 1:
        return "; both must have one size"
    if tall % scale or wide % scale:
        return f", which is no multiple of scale={scale}"
    fits = [other for other in SCALES if (other * height, other * width) == (tall, wide)]
    instead = f"; scale={fits[0]} would fit" if fits else ""
    return f"; at scale={scale} it must be {wide // scale} x {tall // scale}{instead}"


def wrong_channels(examples: Sequence[Example], heads: Heads, channels: dict[str, int]) -> Iterator[str]:
    """Files whose channels cannot be turned into those of the first image.

    Args:
        channels: {"source": channels, "target": channels}.
    """
    for example in examples:
        for role, side in (("source", example.source), ("target", example.target)):
            if side is None:
                continue
            own = heads[side.path].channels
            if own != channels[role] and not {own, channels[role]} <= CONVERTIBLE:
                yield f"'{side.path}' has {own} channels, and the first {role} has {channels[role]}"


def too_small(
    sides: Iterable[Side], heads: Heads, least: int, key: str, place: str, scale: int, part: str
) -> Iterator[str]:
    """One line on all images of a part with a side shorter than `least`, the value of `key`."""
    shorter = {side.path: min(side.size(heads)) for side in sides}
    short = [path for path, size in shorter.items() if size < least]
    if short:
        smallest = min(shorter.values())
        fits = smallest // scale * scale
        lower = f"{key}={fits} or less takes all of this part, or " if key == "image_size" and fits else ""
        take = "take it out of the folder" if len(short) == 1 else "take them out of the folder"
        yield (
            f"{place}: {len(short)} of {len(shorter)} {part} images are smaller than {key}={least} px, the smallest "
            f"{smallest}: {some(short)}; {lower}{take}"
        )
