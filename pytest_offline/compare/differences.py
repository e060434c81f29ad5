"""Differences as data: what a browser did that the model does not allow."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_offline.compare.deviations import Deviation
from pytest_offline.model import CacheStorage
from pytest_offline.record import Exchange, Operation


@dataclass(frozen=True)
class Difference:
    """One operation whose outcome is outside the allowed set.

    Attributes:
        operation: the operation; None where the final state of a cache differs.
        allowed: what the model allows, in words.
        seen: what the browser did, in words.
        witnesses: what others saw of it: the origin's exchanges for the same URLs.
        rule: the rule of the specification that decides.
        cache: the name of the cache whose final state differs; None on an operation.
        others: operations that may be wrong in its place: several orders were possible, and with
            any one of them wrong the rest can be explained.
        unsure: whether there may be more of them: not every order could be tried.
    """

    operation: Operation | None
    allowed: str
    seen: str
    witnesses: tuple[Exchange, ...] = ()
    rule: str = ""
    cache: str | None = None
    others: tuple[Operation, ...] = ()
    unsure: bool = False

    @property
    def subject(self) -> str:
        """The operation, or the cache, in a few words."""
        if self.operation is None:
            return f"the final state of cache {self.cache!r}" if self.cache else "caches.keys()"
        return named(self.operation)

    @property
    def doubt(self) -> str:
        """Why another operation may be at fault; empty where none can be."""
        free = "operations overlapped, and which order they acted in is not known"
        if self.others:
            more = ", or another" if self.unsure else ""
            return f"{'; or '.join(map(named, self.others))}{more}: {free}"
        return f"another operation may be at fault: {free}" if self.unsure else ""

    def to_json(self) -> dict[str, object]:
        """Plain data; `compare.timelines` keeps the operations themselves."""
        return {
            "operation": self.operation.number if self.operation else None,
            "subject": self.subject,
            "cache": self.cache,
            "allowed": self.allowed,
            "seen": self.seen,
            "rule": self.rule,
            "witnesses": [str(witness) for witness in self.witnesses],
            "others": [each.number for each in self.others],
            "unsure": self.unsure,
        }


def named(operation: Operation) -> str:
    """An operation in a few words."""
    where = str(operation.place).replace("serviceworker", "service worker", 1)
    return f"operation {operation.number}, {operation} in the {where}"


@dataclass(frozen=True)
class Comparison:
    """What became of holding a history against the model.

    Attributes:
        differences: first difference first; empty where the model allows all of it.
        model: the state the history leads to, each difference passed over as if it were allowed.
        undecided: why no verdict could be reached within the budget; None where one was. Not to
            be taken for agreement.
        deviations: the known deviations of the build without which there would be differences.
        explored: how many states were looked at.
    """

    differences: tuple[Difference, ...]
    model: CacheStorage
    undecided: str | None = None
    deviations: tuple[Deviation, ...] = ()
    explored: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the model allows the history, decided to the end."""
        return not self.differences and self.undecided is None

    def to_json(self) -> dict[str, object]:
        """Plain data, for a file beside the report."""
        return {
            "agrees": self.agrees,
            "differences": [difference.to_json() for difference in self.differences],
            "undecided": self.undecided,
            "deviations": [deviation.id for deviation in self.deviations],
            "explored": self.explored,
        }
