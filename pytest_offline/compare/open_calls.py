"""The calls of a history that a search has not placed yet: which may be next, which may meet.

Where thousands of calls are under way at once, nothing here may look at all of them for each step.
So what may be next is kept from step to step, and who may meet whom is looked up by what they
touch. Calls are taken, and put back in the opposite order, as a search goes forward and back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Final

from pytest_offline.compare.causes import Call
from pytest_offline.compare.footprints import conflict, lanes_asked, lanes_of
from pytest_offline.compare.histories import CLOCK_SLACK, History, precedes

NEAR: Final = 16
"""Open calls that are looked at one by one, before the lanes are made that few histories need."""

_END: Final = -1


class OpenCalls:
    """The open calls of one history.

    Args:
        done: which calls are passed over, by their index; pending calls follow after the others.
        urgency: what calls that may be next are tried by, the smallest first.
        ordered: whether the order of what is listed counts.
    """

    def __init__(
        self,
        history: History,
        done: Sequence[int],
        urgency: Callable[[int], tuple[float, ...]],
        *,
        ordered: bool,
    ) -> None:
        self._all = (*history.calls, *history.pending)
        self._count = len(history.calls)
        self._ordered = ordered
        self._open = [index for index in range(len(self._all)) if not done[index]]
        settled = [index for index in self._open if index < self._count]
        self._near = _Chain(settled)
        self._late = _Chain([index for index in self._open if index >= self._count])
        self._by_urgency = sorted(settled, key=urgency)
        self._place_of = {index: at for at, index in enumerate(self._by_urgency)}
        self._next: list[int] = []
        self._gate = _Gate(history, settled)
        self._entered: list[tuple[int, list[int]]] = []
        self._taken: list[int] = []
        self._lanes: dict[Hashable, _Chain] | None = None
        self._let_in()

    @property
    def first(self) -> int:
        """The index of the first one that settled; the count of those that did where none is."""
        first = self._near.first
        return self._count if first == _END else first

    @property
    def width(self) -> int:
        """How many may be next."""
        return len(self._next)

    def eligible(self) -> Iterator[int]:
        """The calls that no open call precedes, those to be tried first in front.

        It may be gone on with after calls were taken, as soon as all of them are put back.
        """
        at = 0
        while at < len(self._next):
            yield self._by_urgency[self._next[at]]
            at += 1

    def pending(self) -> Iterator[int]:
        """Those that never settled."""
        return iter(self._late)

    def pending_before(self) -> Iterator[int]:
        """Those of them whose order with what may be next may matter.

        That may be by way of one another: where one had to act, so had what its list shows before.
        """
        if self._late.first == _END:
            return
        found: set[int] = set()
        asked: set[Hashable] = set()
        todo = list(self.eligible())
        while todo:
            lanes = set(lanes_asked(self._all[todo.pop()].footprint, ordered=self._ordered)) - asked
            asked |= lanes
            for other in self._late_in(lanes):
                if other not in found:
                    found.add(other)
                    todo.append(other)
        yield from (index for index in self._late if index in found and self.may_begin(index))

    def _late_in(self, lanes: Iterable[Hashable]) -> Iterator[int]:
        made = self._made_lanes()
        for lane in lanes:
            yield from (index for index in made.get(lane, ()) if index >= self._count)

    def may_begin(self, pending: int) -> bool:
        """Whether no open call had settled before a pending one began."""
        return self._gate.lets_in(self._all[pending])

    def is_free(self, index: int) -> bool:
        """Whether no other open call's order with this one is free, and may matter."""
        return not any(True for _ in self._met_by(index))

    def take(self, index: int) -> None:
        """A call has had its turn."""
        self._taken.append(index)
        for chain in self._chains(index):
            chain.take(index)
        if index < self._count:
            at = bisect_left(self._next, self._place_of[index])
            del self._next[at]
            self._gate.leave(index)
        self._let_in()

    def put_back(self, index: int) -> None:
        """The call that was taken last has not had its turn."""
        self._taken.pop()
        self._shut_out()
        if index < self._count:
            self._gate.come_back(index)
            insort(self._next, self._place_of[index])
        for chain in self._chains(index):
            chain.put_back(index)

    def _let_in(self) -> None:
        before, found = self._gate.entering()
        self._entered.append((before, found))
        for index in found:
            insort(self._next, self._place_of[index])

    def _shut_out(self) -> None:
        before, found = self._entered.pop()
        self._gate.shut(before, found)
        for index in found:
            del self._next[bisect_left(self._next, self._place_of[index])]

    # Who may meet whom

    def _met_by(self, index: int) -> Iterator[int]:
        few = list(islice(self._near, NEAR))
        yield from self._met_among(index, few)
        if len(few) < NEAR or self._is_behind(index, few[-1]):
            yield from self._met_among(index, self._late)
            return
        lanes = self._made_lanes()
        for lane in lanes_asked(self._all[index].footprint, ordered=self._ordered):
            yield from self._met_among(index, lanes.get(lane, ()))

    def _met_among(self, index: int, others: Iterable[int]) -> Iterator[int]:
        for other in others:
            if self._is_behind(index, other):
                return
            if other != index and self._meets(index, other):
                yield other

    def _meets(self, index: int, other: int) -> bool:
        """Whether the other may come before this one, and that may matter."""
        call, rival = self._all[index], self._all[other]
        return conflict(call.footprint, rival.footprint, ordered=self._ordered) and not precedes(
            call.operation, rival.operation
        )

    def _is_behind(self, index: int, other: int) -> bool:
        """Whether the other, and all that began after it, came after this one for certain."""
        settled = self._all[index].operation.settled
        return settled is not None and self._all[other].operation.started > settled + CLOCK_SLACK

    def _made_lanes(self) -> dict[Hashable, _Chain]:
        if self._lanes is None:
            members: dict[Hashable, list[int]] = defaultdict(list)
            for index in sorted(self._open, key=lambda each: self._all[each].operation.started):
                for lane in self._lanes_of(index):
                    members[lane].append(index)
            self._lanes = {lane: _Chain(indexes) for lane, indexes in members.items()}
            for index in self._taken:
                for lane in self._lanes_of(index):
                    self._lanes[lane].take(index)
        return self._lanes

    def _lanes_of(self, index: int) -> Iterator[Hashable]:
        return lanes_of(self._all[index].footprint, ordered=self._ordered)

    def _chains(self, index: int) -> Iterator[_Chain]:
        yield self._near if index < self._count else self._late
        if self._lanes is not None:
            for lane in self._lanes_of(index):
                yield self._lanes[lane]


class _Chain:
    """Calls in a row, out of which some are taken, and put back in the opposite order.

    Source: Knuth, "Dancing links" (2000): one that is taken still knows between whom it stood.
    """

    def __init__(self, indexes: Sequence[int]) -> None:
        row = [_END, *indexes, _END]
        self._after = dict(pairwise(row))
        self._before = {after: before for before, after in pairwise(row)}

    def __iter__(self) -> Iterator[int]:
        index = self._after[_END]
        while index != _END:
            yield index
            index = self._after[index]

    @property
    def first(self) -> int:
        return self._after[_END]

    def take(self, index: int) -> None:
        before, after = self._before[index], self._after[index]
        self._after[before], self._before[after] = after, before

    def put_back(self, index: int) -> None:
        self._after[self._before[index]] = self._before[self._after[index]] = index


class _Gate:
    """Lets calls in as soon as nothing open had settled before they began.

    Between places the clock tells it, within one place its own numbering, which is finer.
    """

    def __init__(self, history: History, indexes: Sequence[int]) -> None:
        self._calls = history.calls
        self._by_start = indexes
        self._clock = _Earliest((history.settled[index][0], index) for index in indexes)
        rows: dict[str, list[int]] = defaultdict(list)
        for index in indexes:
            rows[self._place(index)].append(index)
        self._numbers = {
            place: _Earliest((history.settled[index][1], index) for index in found)
            for place, found in rows.items()
        }
        self._rows = rows
        self._arrived = 0
        self._here: dict[str, int] = dict.fromkeys(rows, 0)
        self._in: dict[str, int] = dict.fromkeys(rows, 0)
        self._stirred: set[str] = set()

    def leave(self, index: int) -> None:
        self._clock.leave(index)
        self._numbers[self._place(index)].leave(index)
        self._stirred.add(self._place(index))

    def come_back(self, index: int) -> None:
        self._clock.come_back(index)
        self._numbers[self._place(index)].come_back(index)

    def lets_in(self, call: Call) -> bool:
        operation = call.operation
        numbers = self._numbers.get(operation.place.id)
        return operation.started <= self._clock.earliest + CLOCK_SLACK and (
            numbers is None or operation.started_number <= numbers.earliest
        )

    def entering(self) -> tuple[int, list[int]]:
        """How many the clock had let in before, and those that may come from now on."""
        before = self._arrived
        limit = self._clock.earliest + CLOCK_SLACK
        while self._arrived < len(self._by_start):
            index = self._by_start[self._arrived]
            if self._calls[index].operation.started > limit:
                break
            self._arrived += 1
            self._here[self._place(index)] += 1
            self._stirred.add(self._place(index))
        found = [index for place in sorted(self._stirred) for index in self._entering_in(place)]
        self._stirred.clear()
        return before, found

    def shut(self, before: int, found: Sequence[int]) -> None:
        """Undo what `entering` gave."""
        for index in self._by_start[before : self._arrived]:
            self._here[self._place(index)] -= 1
        self._arrived = before
        for index in found:
            self._in[self._place(index)] -= 1

    def _entering_in(self, place: str) -> Iterator[int]:
        row, here = self._rows[place], self._here[place]
        while self._in[place] < here:
            index = row[self._in[place]]
            operation = self._calls[index].operation
            if operation.started_number > self._numbers[place].earliest:
                return
            self._in[place] += 1
            yield index

    def _place(self, index: int) -> str:
        return self._calls[index].operation.place.id


class _Earliest:
    """The smallest value of what is there."""

    def __init__(self, rows: Iterable[tuple[float, int]]) -> None:
        self._rows = sorted(rows)
        self._rank = {index: at for at, (_, index) in enumerate(self._rows)}
        self._gone = bytearray(len(self._rows))
        self._at = 0

    @property
    def earliest(self) -> float:
        return self._rows[self._at][0] if self._at < len(self._rows) else float("inf")

    def leave(self, index: int) -> None:
        self._gone[self._rank[index]] = 1
        while self._at < len(self._rows) and self._gone[self._at]:
            self._at += 1

    def come_back(self, index: int) -> None:
        self._gone[self._rank[index]] = 0
        self._at = min(self._at, self._rank[index])
