"""Names of events, one after the other, held against those that are wanted.

In what is wanted one ``progress`` stands for one or more of them in a row; two or more in a row
stand for exactly so many. Everything else stands for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class Walk:
    """How far what was seen goes along what is wanted.

    Attributes:
        good: how many of what was seen are right.
        expected: what is wanted next, as a person says it; None where nothing more is.
    """

    good: int
    expected: str | None


def is_sequence(wanted: Sequence[str], seen: Sequence[str]) -> bool:
    """Whether these are the events, all of them and no more."""
    walk = walked(wanted, seen)
    return walk.good == len(seen) and walk.expected is None


def beside(wanted: Sequence[str], seen: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The texts of what was seen; the first that is otherwise says what should be there.

    Where all are right so far, a last line says what is still to come.
    """
    lines = list(texts)
    walk = walked(wanted, seen)
    if walk.good < len(seen):
        lines[walk.good] += f"  <- expected {walk.expected or 'no more'}"
    elif walk.expected is not None:
        lines.append(f"and then nothing, but expected {walk.expected}")
    return lines


def walked(wanted: Sequence[str], seen: Sequence[str]) -> Walk:
    """Goes along both until one is otherwise or at its end."""
    steps = _steps(wanted)
    at, inside = 0, False
    for good, name in enumerate(seen):
        if inside and steps[at][0] != name:
            at, inside = at + 1, False
        if at == len(steps) or steps[at][0] != name:
            return Walk(good, _said(steps, at))
        inside = steps[at][1]
        at += not inside
    return Walk(len(seen), _said(steps, at + inside))


def _steps(wanted: Sequence[str]) -> list[tuple[str, bool]]:
    """Each name, and whether it stands for any number of them."""
    found: list[tuple[str, bool]] = []
    for name, run in groupby(wanted):
        count = len(list(run))
        found += [(name, name == "progress" and count == 1)] * count
    return found


def _said(steps: Sequence[tuple[str, bool]], at: int) -> str | None:
    return repr(steps[at][0]) if at < len(steps) else None
