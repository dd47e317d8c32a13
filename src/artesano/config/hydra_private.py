"""All that Hydra does not document and that we use (tested with Hydra 1.3.8)."""

from __future__ import annotations

import re

from hydra.errors import ConfigCompositionException


def group_without_place(error: ConfigCompositionException) -> str | None:
    """The group that the defaults list has no place for, from the text of Hydra's error; None for other errors."""
    match = re.search(r"Could not (?:override|delete)\W+([\w@./]+)", str(error))
    return match and match[1]
