"""Notes of an evaluation: what is missing, and why."""

from __future__ import annotations

from artesano.evaluation.set_distances import SetDistances


def in_words(missing: dict[str, str]) -> list[str]:
    """A note for each metric that is missing, with the reason."""
    return [f"{metric} {reason}" for metric, reason in missing.items()]


def few(distances: SetDistances | None) -> list[str]:
    """A note where a distance between sets is computed from few images."""
    note = distances.note() if distances is not None else None
    return [note] if note else []
