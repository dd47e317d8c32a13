"""Words that are each fine and cannot go together, as far as the config alone tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omegaconf import DictConfig, OmegaConf

from artesano.config.unread_hacks import unread_hacks


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
    elif given.get("max_epochs") is not None and value("max_steps") is not None:
        problems.append(
            f"max_epochs={given['max_epochs']}: max_steps={value('max_steps')} stands already; give max_steps."
        )
    if value("task") == "gan":
        problems += gan_contradictions(value)
    if str(value("trainer.strategy")).startswith("fsdp"):
        problems += fsdp_contradictions(value)
    problems += unread_hacks(given, reference)
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


def fsdp_contradictions(value: Callable[[str], Any]) -> list[str]:
    """FSDP cuts one network with one optimiser into shards."""
    strategy = f"trainer.strategy={value('trainer.strategy')}"
    if value("task") == "gan":
        return [f"{strategy}: shards one network with one optimiser, and a GAN has two of each; give trainer=ddp."]
    if value("ema") is not None:
        return [f"{strategy}: the moving average needs whole parameters, and each process has a part; give ema=null."]
    return []


def gan_contradictions(value: Callable[[str], Any]) -> list[str]:
    """What two optimisers cannot do, and labels that nobody may see."""
    problems = [
        f"trainer.{name}={value(f'trainer.{name}')}: {instead}."
        for name, off, instead in (
            (
                "gradient_clip_val",
                (None, 0),
                "a GAN has two optimisers, and Lightning clips for one; penalties (hacks.r1, "
                "hacks.gradient_penalty) and hacks.discriminator_norm=spectral bound gradients here",
            ),
            ("gradient_clip_algorithm", (None,), "gradients are not clipped in a GAN"),
            (
                "accumulate_grad_batches",
                (None, 1),
                "a GAN has two optimisers, and Lightning accumulates for one; give a larger data.batch_size",
            ),
        )
        if value(f"trainer.{name}") not in off
    ]
    conditioned = {part: value(f"conditioning.{part}") for part in ("generator", "discriminator")}
    if value("known_labels") is not None and conditioned != {"generator": "none", "discriminator": "classes"}:
        problems.append(
            f"known_labels={value('known_labels')}: for a discriminator that names classes beside a generator that is "
            f"not asked for one, conditioning=classes; here conditioning.generator={conditioned['generator']} and "
            f"conditioning.discriminator={conditioned['discriminator']}."
        )
    return problems
