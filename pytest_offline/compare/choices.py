"""One program run in every way it can go, the plainest ways first.

A run makes choices, each of so many ways, of which the first is the plain one. What is tried next
is what differs from the plain way in the fewest choices (limited discrepancy search), and of those
what differs last: where a run has gone wrong, the choice that led there was mostly a late one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import TypeVar

Result = TypeVar("Result")
Script = tuple[int, ...]


class Choices:
    """The choices of one run: those of a script first, then always the first way."""

    def __init__(self, script: Script = ()) -> None:
        self._given = script
        self._made: list[tuple[int, int]] = []

    def pick(self, ways: int) -> int:
        """One of so many ways, from 0; what is no choice (one way, or none) is not counted."""
        if ways <= 1:
            return 0
        at = len(self._made)
        way = self._given[at] if at < len(self._given) else 0
        self._made.append((way, ways))
        return way

    def script(self) -> Script:
        """What was chosen: a run with it goes the same way."""
        return tuple(way for way, _ in self._made)

    def others(self) -> Iterator[Script]:
        """The scripts that differ from this run in one choice more, each given by one run only."""
        made = self.script()
        for at in range(len(self._given), len(self._made)):
            for way in range(1, self._made[at][1]):
                yield (*made[:at], way)


def every_way(run: Callable[[Choices], Result], most: int) -> Iterator[Result]:
    """What a program comes to in each of its ways, at most so many."""
    waiting: list[tuple[int, int, Script]] = [(0, 0, ())]
    for _ in range(most):
        if not waiting:
            return
        choices = Choices(heapq.heappop(waiting)[2])
        yield run(choices)
        for script in choices.others():
            odd = sum(way > 0 for way in script)
            heapq.heappush(waiting, (odd, -len(script), script))
