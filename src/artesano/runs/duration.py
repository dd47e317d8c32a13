"""Durations as text."""

from __future__ import annotations


def format_minutes(minutes: float) -> str:
    """`40 s`, `3.5 min`, `2 h 10 min`."""
    if minutes < 1:
        return f"{max(1, round(minutes * 60))} s"
    if minutes < 90:
        return f"{minutes:.1f} min"
    return f"{int(minutes // 60)} h {round(minutes % 60)} min"
