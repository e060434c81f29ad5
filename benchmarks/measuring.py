"""How things are compared here: both sides in one run, turn by turn, and the medians' ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        ours, peer: medians, in ``unit``.
        target: what the ratio of ours to the peer's has to keep to.
        at_most: whether it may not be above the target; else not below.
        within: whether ours has to lie around the peer's instead: by ``target`` as a share of it,
            or, where ``absolute``, in ``unit``.
        build: the browser's build and version; empty where there is none.
    """

    what: str
    ours: float
    peer: float
    unit: str
    target: float
    at_most: bool = True
    inverse: bool = False
    build: str = ""
    within: bool = False
    absolute: bool = False

    @property
    def ratio(self) -> float:
        """Ours by the peer's; the other way round for "so many times faster" of times."""
        return self.peer / self.ours if self.inverse else self.ours / self.peer

    @property
    def met(self) -> bool:
        """Whether the target is kept."""
        if self.within:
            room = self.target if self.absolute else self.target * self.peer
            return abs(self.ours - self.peer) <= room
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    @property
    def key(self) -> tuple[str, str]:
        """What was measured, and in which build of whatever version."""
        return self.what, self.build.partition(" ")[0]

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "ratio": round(self.ratio, 3), "met": self.met}

    def row(self) -> str:
        """For a markdown table."""
        return (
            f"| {self.what} | {_shown(self.ours)} against {_shown(self.peer)} {self.unit} "
            f"| {self.ratio:.2f} × | {self._wanted()} | {'yes' if self.met else '**no**'} |"
        )

    def _wanted(self) -> str:
        if self.within:
            return f"± {self.target:g} {self.unit}" if self.absolute else f"± {self.target:.0%}"
        return f"{'≤' if self.at_most else '≥'} {self.target:g} ×"


def _shown(number: float) -> str:
    if number >= 1000:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def by_turns(rounds: int, **sides: Callable[[], float | None]) -> dict[str, float]:
    """Calls the sides turn by turn, a first time to warm up; returns their medians.

    A side returns its own measurement, or None to have its wall time taken, in milliseconds. Each
    round begins with another side, so that none always follows the same.
    """
    taken: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            started = time.perf_counter()
            own = sides[name]()
            wall = (time.perf_counter() - started) * 1000
            if number:
                taken[name].append(wall if own is None else own)
    return medians(taken)


def medians(taken: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median of each."""
    return {name: statistics.median(values) for name, values in taken.items()}
