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
    r"(name|max_steps|eval_every|log_every|checkpoint_every|keep_checkpoints|samples_every|patience|max_minutes)$"
    r"|(trainer|logger|hacks|terms|tricks|discriminator_input|health|evaluation|schedule)($|\.)"
    r"|optimizer\.((generator|discriminator)\.)?(lr|betas|factor|weight_decay|momentum|eps)$"
    r"|(ema|critic_steps|extra_critic_steps|unrolled_steps|label_smoothing|class_weights)$"
    r"|(loss|multilabel)\.(?!_target_)|head\.dropout$|(generator|discriminator)\.(dropout|dropout_at_test|noise)$"
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
        BadInput: overrides that change something else, named with what they change; none that is known; one that does
            not change the config as it says, because a default is another today.
    """
    saved = load_plain(folder / "config.yaml")
    if not words:
        return Changed(saved, list(known["overrides"]), dict(known["choices"]), [], {})
    groups = [word for word in words if key(word) in known["choices"] and not OPEN.match(key(word))]
    if groups:
        raise BadInput(*(refusal(word, f"it chooses another {key(word)}") for word in groups))
    own, before = recorded_config(known)
    after = with_words(own, words)
    keys = differing(before, after)
    if any(not OPEN.match(one) for one in keys):
        raise BadInput(*refusals(own, words, before))
    chosen = {group: option for group, option in after.choices.items() if before.choices.get(group) != option}
    config = transplanted(saved, before.resolved, after.resolved)
    values = [word for word in words if key(word) not in known["choices"] and word not in own]
    if lines := without_effect(values, config, after.resolved):
        raise BadInput(*lines)
    return Changed(config, after.overrides, known["choices"] | chosen, keys, after.origins)


def recorded(known: Mapping[str, Any], word: str = "") -> list[str]:
    """The overrides of a run, with the options that its record names where a default is another today.

    Args:
        word: a further override; where it chooses an option, such as `gan=wgan`, what it brings is left to it.
    """
    return recorded_config(known, word)[0]


def recorded_config(known: Mapping[str, Any], word: str = "") -> tuple[list[str], Composed]:
    """What `recorded` gives, and the config that these overrides compose."""
    own, choices = list(known["overrides"]), known["choices"]
    named = {key(one) for one in own}
    composed = compose(own)
    today = composed.choices
    then = with_words(own, [word]).choices if key(word) in choices else today
    others = [group for group, option in choices.items() if today.get(group) != option and group not in named]
    added = [f"{group}={choices[group]}" for group in others if then.get(group) == today.get(group)]
    return [*added, *own], compose([*added, *own]) if added else composed


def with_words(overrides: list[str], words: list[str]) -> Composed:
    """What the overrides and, in place of those of the same key, the words compose."""
    last = {key(word): word for word in normalise([*overrides, *words])}
    return compose(list(last.values()))


def differing(before: Composed, after: Composed) -> list[str]:
    """Keys of the resolved config whose values differ, or that only one of the two has."""
    then, now = record.flat(before.resolved), record.flat(after.resolved)
    return [one for one in {**then, **now} if then.get(one, KeyError) != now.get(one, KeyError)]


def without_effect(words: list[str], config: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """A line for each word whose key has another value in the config than the word asks for."""
    have, want = record.flat(config), record.flat(wanted)
    places = [(word, key(normalise([word])[-1])) for word in words]
    return [
        f"{word}: the run has {one}={have.get(one)}, by a default that is another today, so the word would change "
        f"nothing. For a new run: artesano train, with {word} among the run's overrides."
        for word, name in places
        for one in want
        if f"{one}.".startswith(f"{name}.") and have.get(one, KeyError) != want[one]
    ]


def refusals(own: list[str], words: list[str], before: Composed) -> list[str]:
    """A line for each word that cannot be changed in mid-run, with the first of the keys that it would change."""
    lines = []
    for word in words:
        closed = [one for one in differing(before, with_words(own, [word])) if not OPEN.match(one)]
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
    """`saved` with what differs between `before` and `after`, key by key.

    An object of another class than the overrides compose (the network of a file of weights) takes only what it has.
    """
    if before == after:
        return saved
    if not (isinstance(saved, dict) and isinstance(before, dict) and isinstance(after, dict)):
        return after
    if saved.get("_target_") != before.get("_target_") == after.get("_target_"):
        return saved | {name: after[name] for name in saved if name in before and before[name] != after.get(name)}
    kept = {name: item for name, item in saved.items() if name in after or name not in before}
    return kept | {
        name: transplanted(saved[name], before[name], item) if name in saved and name in before else item
        for name, item in after.items()
    }
