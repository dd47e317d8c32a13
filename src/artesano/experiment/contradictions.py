"""Words that are each fine and cannot go together, as far as the config alone tells."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf


def contradictions(given: dict[str, Any], reference: DictConfig) -> list[str]:
    """A line for each.

    Args:
        given: the values of the command line by key.
        reference: the config of the group choices; what is not given has its value there.
    """

    def value(key: str) -> Any:
        return given[key] if key in given else OmegaConf.select(reference, key)

    problems = []
    if given.get("max_steps") is not None and given.get("max_epochs") is not None:
        problems.append("max_steps and max_epochs: both say how long the run is; give one of them.")
    for kind in ("file", "run"):
        source, named = value("weights.source"), value(f"weights.{kind}")
        if source == kind and named is None:
            problems.append(f"weights.source={kind}: needs weights.{kind}=...")
        if named is not None and source != kind:
            problems.append(f"weights.{kind}={named}: read only with weights.source={kind}; it is {source}.")
    changing = [
        f"data.{key}={value(f'data.{key}')}"
        for key, off in (("augment", "none"), ("mixup", 0), ("cutmix", 0), ("erase", 0))
        if value(f"data.{key}") not in (None, off)
    ]
    if value("strategy.cache") is True and changing:
        problems.append(
            f"{', '.join(changing)}: features are computed once, so images cannot change from epoch to epoch; "
            "add strategy.cache=false."
        )
    return problems
