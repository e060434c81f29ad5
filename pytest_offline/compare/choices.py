"""One program run in every way it can go: choices are made by a script that is counted up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

Result = TypeVar("Result")


class Choices:
    """The choices of one run: those of a script first, then always the first way."""

    def __init__(self, script: tuple[int, ...] = ()) -> None:
        self._script = script
        self._made: list[tuple[int, int]] = []

    def pick(self, ways: int) -> int:
        """One of so many ways, from 0; what is no choice (one way, or none) is not counted."""
        if ways <= 1:
            return 0
        at = len(self._made)
        way = self._script[at] if at < len(self._script) else 0
        self._made.append((way, ways))
        return way

    def script(self) -> tuple[int, ...]:
        """What was chosen: a run with it goes the same way."""
        return tuple(way for way, _ in self._made)

    def next_script(self) -> tuple[int, ...] | None:
        """The script of the next run: the last choice that has another way left takes it."""
        made = list(self._made)
        while made:
            way, ways = made.pop()
            if way + 1 < ways:
                return (*(each for each, _ in made), way + 1)
        return None


def every_way(run: Callable[[Choices], Result], most: int) -> Iterator[Result]:
    """What a program comes to in each of its ways, at most so many."""
    script: tuple[int, ...] | None = ()
    for _ in range(most):
        if script is None:
            return
        choices = Choices(script)
        yield run(choices)
        script = choices.next_script()
