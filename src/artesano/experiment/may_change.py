"""Which keys may change in mid-run, and the config of a run with some of them changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artesano.config.compose import Composed, compose
from artesano.config.overrides import key, normalise
from artesano.config.targets import load_plain
from artesano.errors import BadInput
from artesano.runs import record

#: Beginnings of keys of the resolved config. What a hack does is seen at the keys that interpolate it. Not among them
#: are networks, data, batch size, seed, strategy, the class of the loss and the kind of an optimiser.
OPEN = re.compile(
    r"(name|max_steps|eval_every|log_every|checkpoint_every|keep_checkpoints|samples_every)$"
    r"|(trainer|logger|hacks|terms|tricks|discriminator_input|health|evaluation|schedule)($|\.)"
    r"|optimizer\.((generator|discriminator)\.)?(lr|betas|factor|weight_decay|momentum|eps)$"
    r"|(ema|critic_steps|extra_critic_steps|unrolled_steps|label_smoothing|class_weights)$"
    r"|loss\.(?!_target_)|head\.dropout$|(generator|discriminator)\.(dropout|dropout_at_test|noise)$"
    r"|data\.(augment|flip|mixup|cutmix|erase|workers|in_memory|memory_limit_gb)$"
)
ANEW = ", which cannot change in mid-run"
WHAT = (
    "learning rates, betas, labels, weights of terms, noise, dropout, augmentation, ema, critic steps, health, "
    "evaluation and max_steps"
)


@dataclass(frozen=True)
class Changed:
    """A run's config with changed keys.

    Attributes:
        config: resolved.
        overrides, choices: as its record has them.
        keys: of the resolved config, that differ.
        origins: {key: the key that it interpolates}, for messages.
    """

    config: dict[str, Any]
    overrides: list[str]
    choices: dict[str, str]
    keys: list[str]
    origins: dict[str, str]


def changed(folder: Path, known: Mapping[str, Any], words: list[str]) -> Changed:
    """The config of the run in `folder` with these overrides, which may change in mid-run.

    What the overrides change is found by composing the run's own with and without them; it is then changed in the
    run's config.yaml, so that defaults that are others today have no effect.

    Raises:
        BadInput: overrides that change something else, named with what they change; none that is known.
    """
    saved = load_plain(folder / "config.yaml")
    if not words:
        return Changed(saved, list(known["overrides"]), dict(known["choices"]), [], {})
    groups = [word for word in words if key(word) in known["choices"] and not OPEN.match(key(word))]
    if groups:
        raise BadInput(*(refusal(word, f"it chooses another {key(word)}") for word in groups))
    before, after = compose(known["overrides"]), with_words(known["overrides"], words)
    keys = differing(before, after)
    if any(not OPEN.match(one) for one in keys):
        raise BadInput(*refusals(known, words, before))
    chosen = {group: option for group, option in after.choices.items() if before.choices.get(group) != option}
    config = transplanted(saved, before.resolved, after.resolved)
    return Changed(config, after.overrides, known["choices"] | chosen, keys, after.origins)


def with_words(overrides: list[str], words: list[str]) -> Composed:
    """What the overrides and, in place of those of the same key, the words compose."""
    last = {key(word): word for word in normalise([*overrides, *words])}
    return compose(list(last.values()))


def differing(before: Composed, after: Composed) -> list[str]:
    """Keys of the resolved config whose values differ, or that only one of the two has."""
    then, now = record.flat(before.resolved), record.flat(after.resolved)
    return [one for one in {**then, **now} if then.get(one, KeyError) != now.get(one, KeyError)]


def refusals(known: Mapping[str, Any], words: list[str], before: Composed) -> list[str]:
    """A line for each word that cannot be changed in mid-run, with the first of the keys that it would change."""
    lines = []
    for word in words:
        closed = [one for one in differing(before, with_words(known["overrides"], [word])) if not OPEN.match(one)]
        if closed:
            more = f" and {len(closed) - 1} more" if len(closed) > 1 else ""
            lines.append(refusal(word, f"it changes {closed[0]}{more}"))
    return lines


def refusal(word: str, why: str) -> str:
    """What is said of a word that cannot be changed in mid-run."""
    return (
        f"{word}: {why}{ANEW}; what can: {WHAT}. For a new run: artesano train, with {word} among the run's overrides."
    )


def transplanted(saved: Any, before: Any, after: Any) -> Any:
    """`saved` with what differs between `before` and `after`, key by key."""
    if before == after:
        return saved
    if not (isinstance(saved, dict) and isinstance(before, dict) and isinstance(after, dict)):
        return after
    kept = {name: item for name, item in saved.items() if name in after or name not in before}
    return kept | {
        name: transplanted(saved[name], before[name], item) if name in saved and name in before else item
        for name, item in after.items()
    }
