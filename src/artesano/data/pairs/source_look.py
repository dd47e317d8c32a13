"""A look at some sources before a run: drawings and their paper, and pictures with nothing in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artesano.data.io.images import UnreadableImage
from artesano.data.pairs.listing import PairListing
from artesano.data.pairs.paper import Paper, near

LOOKED_AT = 16  # sources
MOSTLY = 0.6  # share of drawings that is paper
DRAWN = 0.9  # share of drawings that is black or white; photos have less


@dataclass(frozen=True)
class SourceLook:
    """What the sources in the files of a training part are.

    Attributes:
        seen: how many could be read.
        blank: of these, how many are of one colour.
        paper: that of drawings; None = no drawings.
    """

    seen: int = 0
    blank: int = 0
    paper: Paper | None = None

    @property
    def warning(self) -> str:
        """Where there is nothing to translate; nothing of most."""
        if not self.seen or self.blank < self.seen:
            return ""
        return f"all {self.seen} sources that were looked at have one colour each, so they tell nothing of their target"


def look_at_sources(listing: PairListing) -> SourceLook:
    """Of the training part; empty where sources are made of the targets, or are no files."""
    part = listing.parts["train"]
    if not listing.own_source or listing.decoded is None or not len(part):
        return SourceLook()
    shares, blank = [], 0
    for row in np.unique(np.linspace(0, len(part) - 1, LOOKED_AT).astype(int)):
        try:
            source, _ = part.whole(int(row))
        except UnreadableImage:
            continue  # training names it
        assert source is not None
        shares.append([near(source, "black").mean(), near(source, "white").mean()])
        blank += one_colour(source)
    return SourceLook(len(shares), blank, drawn_on(shares))


def one_colour(image: np.ndarray) -> bool:
    """Whether each pixel of [H, W, C] is as the first."""
    return bool((image == image[0, 0]).all())


def drawn_on(shares: list[list[float]]) -> Paper | None:
    """The paper of pictures with these shares of black, and of white, pixels; None = they are no drawings."""
    if not shares:
        return None
    black, white = np.mean(shares, 0)
    if black + white < DRAWN or max(black, white) < MOSTLY:
        return None
    return "black" if black > white else "white"
