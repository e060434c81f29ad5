"""An order of a whole history, put together from orders of its parts: a guess worth trying first.

Three things have to be kept: what had settled before something else began (always), the order that
each path's own search found, and that of what later lists show (as far as they agree). What is left
open goes by when it settled. The guess is no verdict: the search follows it, judging each step.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pytest_offline.compare.causes import Call
from pytest_offline.compare.components import NAMES, Part
from pytest_offline.compare.histories import CLOCK_SLACK, History
from pytest_offline.compare.lists import lists_of
from pytest_offline.compare.search import Choice
from pytest_offline.model.urls import split_url
from pytest_offline.record import Snapshot


def guide_of(
    history: History, open_: Sequence[int], parts: Sequence[Part], final: Snapshot | None
) -> list[Choice]:
    """Choices for the calls that are open, in an order that keeps to what had settled before.

    Pending calls are in it where a part needs their effect.
    """
    everything = (*history.calls, *history.pending)
    effects = {index: effect for part in parts for index, effect in part.order}
    count = len(history.calls)
    wanted = [index for index in open_ if index < count or effects.get(index)]
    graph = _Graph(history, everything, wanted)
    for part in parts:
        graph.prefer(_edges_of(part, everything))
    graph.prefer(_shown_edges(parts, everything, final))
    return [
        (index, effects.get(index, everything[index].operation.outcome != "rejected"))
        for index in graph.order()
    ]


def _edges_of(part: Part, calls: Sequence[Call]) -> Iterator[tuple[int, int]]:
    """What must not change places: a write, and what came between it and the next."""
    last: int | None = None
    between: list[int] = []
    for index, _ in part.order:
        if _changes(part, calls[index]):
            yield from ((each, index) for each in between or ([] if last is None else [last]))
            last, between = index, []
        else:
            if last is not None:
                yield last, index
            between.append(index)


def _changes(part: Part, call: Call) -> bool:
    # Openings are left free: in most histories they open what is there already, often all at once.
    if part.path is NAMES:
        return call.footprint.changes_names and call.operation.outcome == "fulfilled"
    return call.footprint.changes_entries or call.operation.method == "delete"


def _shown_edges(
    parts: Sequence[Part], calls: Sequence[Call], final: Snapshot | None
) -> Iterator[tuple[int, int]]:
    """The appends that put the rows of each list where they are, one after the other."""
    appended = _appends_before_lists(parts, calls)
    shown = [(index, calls[index].operation.cache, urls) for index, urls in lists_of(calls)]
    shown += [(-1, name, [each.url for each in found]) for name, found in (final or {}).items()]
    for index, cache, urls in shown:
        by_url = appended.get((index, cache), {})
        found = [by_url[key] for url in urls if (key := split_url(url).key) in by_url]
        yield from pairwise(dict.fromkeys(found))


def _appends_before_lists(
    parts: Sequence[Part], calls: Sequence[Call]
) -> dict[tuple[int, str | None], dict[str, int]]:
    """For each list, by its index (-1: the final state), the last append of each URL before it."""
    found: dict[tuple[int, str | None], dict[str, int]] = defaultdict(dict)
    for part in parts:
        if part.path is NAMES:
            continue
        latest: dict[str | None, dict[str, int]] = defaultdict(dict)
        for index, effect in part.order:
            call = calls[index]
            if call.footprint.appends and call.footprint.changes_entries and effect:
                keys = (split_url(each.url) for each in call.requests)
                here = {key.key: index for key in keys if key.path == part.path}
                latest[call.operation.cache].update(here)
            elif call.operation.method == "keys":
                found[(index, call.operation.cache)].update(latest[call.operation.cache])
        for cache, urls in latest.items():
            found[(-1, cache)].update(urls)
    return found


class _Graph:
    """Calls, and which comes before which."""

    def __init__(self, history: History, calls: Sequence[Call], wanted: Sequence[int]) -> None:
        self._calls = calls
        self._wanted = wanted
        self._settled = {
            index: history.settled[index][0] if index < len(history.calls) else float("inf")
            for index in wanted
        }
        self._after: dict[int, set[int]] = defaultdict(set)
        self._before: dict[int, int] = dict.fromkeys(wanted, 0)

    def prefer(self, edges: Iterable[tuple[int, int]]) -> None:
        """Have the first of each before the second, if that can be."""
        for one, other in edges:
            known = one in self._before and other in self._before and one != other
            if known and other not in self._after[one]:
                self._after[one].add(other)
                self._before[other] += 1

    def order(self) -> Iterator[int]:
        """All of them. Where what is preferred goes round in a circle, the one settled first."""
        gate = _Gate(self._calls, self._wanted, self._settled)
        ready: list[tuple[float, int]] = []
        blocked: list[tuple[float, int]] = []
        done: set[int] = set()
        entered: set[int] = set()
        while len(done) < len(self._wanted):
            for index in gate.entering():
                entered.add(index)
                heap = blocked if self._before[index] else ready
                heapq.heappush(heap, (self._settled[index], index))
            _, index = heapq.heappop(ready or blocked)
            if index in done:
                continue
            done.add(index)
            gate.leave(index)
            yield index
            for other in self._after[index]:
                self._before[other] -= 1
                if not self._before[other] and other in entered and other not in done:
                    heapq.heappush(ready, (self._settled[other], other))


class _Gate:
    """Lets calls in as soon as nothing open had settled before they began."""

    def __init__(
        self, calls: Sequence[Call], wanted: Sequence[int], settled: dict[int, float]
    ) -> None:
        self._by_start = sorted(wanted, key=lambda index: calls[index].operation.started)
        self._by_settling = sorted(wanted, key=settled.__getitem__)
        self._calls = calls
        self._settled = settled
        self._left: set[int] = set()
        self._next = 0
        self._earliest = 0
        self._places = _Places(calls, wanted)

    def leave(self, index: int) -> None:
        """Note that a call has had its turn."""
        self._left.add(index)
        self._places.leave(index)

    def entering(self) -> Iterator[int]:
        """Those that may come from now on and could not before."""
        # Asked only while one is left, so this ends.
        while self._by_settling[self._earliest] in self._left:
            self._earliest += 1
        earliest = self._settled[self._by_settling[self._earliest]]
        while self._next < len(self._by_start):
            index = self._by_start[self._next]
            if self._calls[index].operation.started > earliest + CLOCK_SLACK:
                break
            self._next += 1
            self._places.arrive(index)
        yield from self._places.entering()


class _Places:
    """The finer order within each place: its records are numbered."""

    def __init__(self, calls: Sequence[Call], wanted: Sequence[int]) -> None:
        self._calls = calls
        self._open: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self._waiting: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._left: set[int] = set()
        self._stirred: set[str] = set()
        for index in wanted:
            operation = calls[index].operation
            number = operation.settled_number
            if number is not None:
                self._open[operation.place.id].append((number, index))
        for rows in self._open.values():
            heapq.heapify(rows)

    def arrive(self, index: int) -> None:
        """A call that the clock lets in."""
        operation = self._calls[index].operation
        heapq.heappush(self._waiting[operation.place.id], (operation.started_number, index))
        self._stirred.add(operation.place.id)

    def leave(self, index: int) -> None:
        """A call that has had its turn."""
        self._left.add(index)
        self._stirred.add(self._calls[index].operation.place.id)

    def entering(self) -> Iterator[int]:
        """Those before which nothing of their place has settled that is still open."""
        for place in self._stirred:
            rows, waiting = self._open[place], self._waiting[place]
            while rows and rows[0][1] in self._left:
                heapq.heappop(rows)
            while waiting and (not rows or waiting[0][0] <= rows[0][0]):
                yield heapq.heappop(waiting)[1]
        self._stirred = set()
