"""The target of a change of domain: `adapt.data`, a second data set whose labels are for the report alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from artesano.config.options import Node
from artesano.config.targets import instantiate
from artesano.config.uses import options_that, target_of
from artesano.data.dataset import UNLABELLED, ImageData
from artesano.errors import BadInput
from artesano.transfer.adaptation import Adaptation

NAMES = 5  # classes that a message shows


def unmet(adapt: Node, choices: Mapping[str, str]) -> Iterator[str]:
    """A line for each part of `adapt` that is missing, or that is for something else."""
    data = target_of(adapt.get("data"))
    if data is None:
        yield (
            f"adapt={choices.get('adapt', '...')}: needs a target; give adapt.data=<any data>, e.g. "
            "adapt.data=mnist5k, or adapt.data=<folder>, whose images need no class folders."
        )
    elif not is_a(data, ImageData):
        fitting = options_that("data", lambda node: is_a(target_of(node), ImageData))
        chosen = choices.get("data@adapt.data", data.__name__)
        yield f"adapt.data={chosen}: not a set of images of classes; accepted: {', '.join(fitting)}."
    method = target_of(adapt)
    if method is not None and not is_a(method, Adaptation):
        yield f"adapt._target_: {method.__name__} is no artesano.transfer.adaptation.Adaptation."


def is_a(target: Any, base: type) -> bool:
    return isinstance(target, type) and issubclass(target, base)


def method_and_target(adapt: Node | None) -> tuple[Adaptation | None, ImageData | None]:
    """What adapts, and to which images; with adapt=none these are measured at most."""
    if adapt is None:
        return None, None
    if "_target_" not in adapt:
        return None, instantiate(adapt["data"])
    method = instantiate(adapt)
    return method, method.data


def labelled(target: ImageData) -> bool:
    """True where the target can be measured."""
    return target.listing().classes != [UNLABELLED]


def check_target(source: ImageData, target: ImageData) -> None:
    """Raise BadInput for a target without images, with other classes than the source, or that is the source.

    A target of images without class folders is accepted; it is not measured. Images with several labels are refused.
    """
    for name, data in (("data", source), ("adapt.data", target)):
        if data.several:
            raise BadInput(
                f"{name}: its images have several labels, and adapt is for images with one; leave out "
                "data.label_separator and data.label_columns, or adapt and adapt.data."
            )
    with of_target():
        listing = target.listing()
        if not len(listing.splits["train"]):
            raise BadInput(f"{target.place()} holds no image to train on")
        target.check(labels=labelled(target))
    if labelled(target):
        ours, theirs = source.listing().classes, listing.classes
        if sorted(ours) == sorted(theirs) and ours != theirs:
            raise BadInput(
                f"adapt.data: {target.place()} has the classes of the source in another order ({some(theirs)}; the "
                f"source: {some(ours)})."
            )
        if ours != theirs:
            raise BadInput(
                f"adapt.data: the classes of {target.place()} are not those of the source, {source.place()}:",
                f"  only in the source: {some([name for name in ours if name not in theirs])}",
                f"  only in the target: {some([name for name in theirs if name not in ours])}",
                "  Give the target's folders the source's names, or its images without class folders: labels of the "
                "target are only for the report.",
            )
    shared = names(source) & names(target)
    if shared:
        raise BadInput(
            f"adapt.data: {len(shared)} of the {len(names(target))} images of the target are images of the source too "
            f"({min(shared)}); give images of another domain."
        )


@contextmanager
def of_target() -> Iterator[None]:
    """Errors inside are about the target: `data.root` is `adapt.data.root`."""
    try:
        yield
    except BadInput as error:
        first, *more = error.problems
        raise BadInput(f"adapt.{first}" if first.startswith("data.") else f"adapt.data: {first}", *more) from None


def names(data: ImageData) -> set[str]:
    """Of all images."""
    return {name for split in data.listing().splits.values() for name in split.names}


def some(classes: list[str]) -> str:
    return (", ".join(classes[:NAMES]) or "none") + (
        f" and {len(classes) - NAMES} more" if len(classes) > NAMES else ""
    )
