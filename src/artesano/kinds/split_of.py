"""Which part of the data an evaluation is about: a part of the run's own, or all of other images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artesano.data.whole import ALL, with_all
from artesano.kinds.data_of_run import data_node
from artesano.kinds.split_of_run import parts_of, trained_on


def split_of(chosen: str | None, otherwise: str, data: Any, overrides: list[str], run: Path) -> str:
    """The split to be measured; the listing of `data` gets the part `all` where that is the one.

    Args:
        chosen: `--split`.
        otherwise: of the run's own data.
        data: what is to be measured.
        overrides: the words that chose it.
        run: the folder of the run.
    """
    split = chosen or (ALL if overrides and not is_own(data, run) else otherwise)
    if split == ALL:
        listing = data.listing()
        with_all(listing)
        if chosen is None:
            print(
                f"all {len(parts_of(listing)[ALL]):,} images are measured, as the run was trained on others; "
                "--split test measures the test part alone"
            )
    return split


def is_own(data: Any, run: Path) -> bool:
    """True for the data that the run was trained on, also where they lie elsewhere or other options read them."""
    if getattr(data, "kept", None) is not None:
        return True
    trained = trained_on(data_node(run), run)
    names = [name for part in parts_of(data.listing()).values() for name in part.names]
    return any(name in trained.names for name in names) or 2 * sum(name in trained for name in names) > len(names)
