"""Turns of phrase that sentences of several rooms share."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[str], most: int = 3) -> str:
    """``a, b, c and 2 more``: the first of them, and how many are left out."""
    left_out = len(names) - most
    return ", ".join(names[:most]) + (f" and {left_out} more" if left_out > 0 else "")


def things_are(count: int) -> str:
    """``one thing is`` or ``4 things are``: what they are follows."""
    return "one thing is" if count == 1 else f"{count} things are"


def as_path(url: str, base: str) -> str:
    """A URL of the origin as a path, its query included; any other as it is.

    Args:
        base: the origin's URL, with or without its slash.
    """
    base = base.rstrip("/")
    return url[len(base) :] if url.startswith(f"{base}/") else url
