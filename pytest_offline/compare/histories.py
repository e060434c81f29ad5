"""A history made ready for the search: what came before what, and in which order to try."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final, cast

from pytest_offline.compare.causes import Call, call_of
from pytest_offline.errors import ProbeError
from pytest_offline.record import Operation, Snapshot

CLOCK_SLACK: Final = 2.0
"""Milliseconds by which the clocks of two processes may differ."""

Shown = tuple[str | None, int, int]
"""A cache (None: the names of caches), which of its lists, and the rank in it."""


@dataclass(frozen=True)
class History:
    """Operations by the time they began.

    Attributes:
        calls: those that settled.
        settled: when each of ``calls`` settled, and the number of that record within its place.
        pending: those that never settled and may have had an effect, at any time or none.
        priority: for each of ``calls``, by its index: which to try first where several may be
            next. By the time they settled, but where a later list shows an order, in that order.
    """

    calls: tuple[Call, ...]
    settled: tuple[tuple[float, int], ...]
    pending: tuple[Call, ...]
    priority: tuple[float, ...]


def history_of(operations: Iterable[Operation], base_url: str, final: Snapshot | None) -> History:
    """Make a history ready.

    Raises:
        ProbeError: for a recorded response that cannot be one, or an operation that is said to have
            settled at no time.
    """
    given = sorted(operations, key=lambda each: (each.started, each.number))
    _check_numbers(given)
    ordered = sorted(_steady(given), key=_beginning)
    openings = _openings(ordered)
    known = {
        (each.place.id, each.cache, openings[id(each)]) for each in ordered if id(each) in openings
    }
    made = [
        call_of(
            each,
            base_url,
            openings.get(id(each)),
            opens=(each.place.id, each.cache, each.cache_number) not in known,
        )
        for each in ordered
    ]
    calls = tuple(call for call in made if call.operation.outcome != "pending")
    pending = tuple(
        call
        for call in made
        if call.operation.outcome == "pending" and call.writes and call.error is None
    )
    settled = tuple(_settling(call.operation) for call in calls)
    return History(calls, settled, pending, _priorities(calls, settled, final))


def _check_numbers(operations: Sequence[Operation]) -> None:
    seen: set[tuple[int, str, int]] = set()
    for operation in operations:
        key = operation.number, operation.place.id, operation.started_number
        if key in seen:
            raise ProbeError(
                f"two operations have the number {operation.number}, {operation} in the "
                f"{operation.place} is one: a record came twice, or is damaged. Please report it "
                "with the timeline."
            )
        seen.add(key)


def _settling(operation: Operation) -> tuple[float, int]:
    if operation.settled is None or operation.settled_number is None:
        raise ProbeError(
            f"operation {operation.number}, {operation}, {operation.outcome} at no time: its "
            "record is damaged. Please report it with the timeline."
        )
    before = operation.settled_number < operation.started_number
    if before or operation.settled < operation.started:
        raise ProbeError(
            f"operation {operation.number}, {operation}, settled at {operation.settled} as record "
            f"{operation.settled_number}, {operation.started - operation.settled} ms and "
            f"{operation.started_number - operation.settled_number} records before it began: its "
            "record is damaged. Please report it with the timeline."
        )
    return operation.settled, operation.settled_number


def _beginning(operation: Operation) -> tuple[float, int, int]:
    return operation.started, operation.started_number, operation.number


def _steady(operations: Sequence[Operation]) -> Iterator[Operation]:
    """Operations with no time before that of an earlier record of their place.

    A test may set a page's clock back (``page.clock``); the order of its records stands all the
    same, and an order by number that another by time contradicts would leave nothing to begin with.
    """
    records: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for each in operations:
        records[each.place.id].append((each.started_number, each.started))
        if each.outcome != "pending":
            time, number = _settling(each)
            records[each.place.id].append((number, time))
    set_back = {place: found for place, rows in records.items() if (found := _made_steady(rows))}
    for each in operations:
        times = set_back.get(each.place.id)
        if times is None:
            yield each
        elif each.settled_number is None:
            yield replace(each, started=times[each.started_number])
        else:
            started, settled = times[each.started_number], times[each.settled_number]
            yield replace(each, started=started, settled=settled)


def _made_steady(records: Sequence[tuple[int, float]]) -> Mapping[int, float]:
    """The times of records by their number, none before an earlier one; empty if none ever was."""
    ordered = sorted(records)
    if all(one[1] <= other[1] for one, other in pairwise(ordered)):
        return {}
    times = accumulate((time for _, time in ordered), max)
    return {number: time for (number, _), time in zip(ordered, times, strict=True)}


def precedes(one: Operation, other: Operation) -> bool:
    """Whether one had settled before the other began, for certain.

    Within one place its own numbering says so. Between places it is the wall clock, and a gap of
    less than `CLOCK_SLACK` says nothing.
    """
    if one.place.id == other.place.id:
        return one.settled_number is not None and one.settled_number < other.started_number
    return one.settled is not None and one.settled + CLOCK_SLACK < other.started


def _openings(operations: Sequence[Operation]) -> dict[int, int]:
    """For each ``caches.open``, by id(): the ``cache_number`` of the Cache objects it gave.

    They count from 0 within a place and name, in the order of the calls. A place whose numbers
    reach the count of its openings is one that counts from 1.
    """
    opened: dict[tuple[str, str | None], list[Operation]] = defaultdict(list)
    highest: dict[tuple[str, str | None], int] = defaultdict(int)
    for operation in operations:
        where = (operation.place.id, operation.cache)
        if operation.method == "open":
            opened[where].append(operation)
        elif operation.cache_number is not None:
            highest[where] = max(highest[where], operation.cache_number)
    return {
        id(operation): index + (1 if highest[where] >= len(made) else 0)
        for where, made in opened.items()
        for index, operation in enumerate(made)
    }


def _priorities(
    calls: Sequence[Call], settled: Sequence[tuple[float, int]], final: Snapshot | None
) -> tuple[float, ...]:
    """Settling times, dealt out anew among calls whose order one later list shows."""
    times = [time for time, _ in settled]
    shown = _lists_shown(calls, final)
    groups: dict[tuple[str | None, int], list[tuple[int, int]]] = defaultdict(list)
    for index, call in enumerate(calls):
        found = _place_shown(call, times[index], shown)
        if found is not None:
            cache, at, rank = found
            groups[(cache, at)].append((rank, index))
    for members in groups.values():
        free = sorted(times[index] for _, index in members)
        ranked = sorted(members, key=lambda each: (each[0], times[each[1]]))
        for (_, index), time in zip(ranked, free, strict=True):
            times[index] = time
    return tuple(times)


@dataclass
class _Shown:
    """The lists of one cache that the history shows, by the time they were asked for."""

    times: list[float]
    ranks: list[dict[str, int]]


def _lists_shown(calls: Sequence[Call], final: Snapshot | None) -> dict[str | None, _Shown]:
    shown: dict[str | None, _Shown] = defaultdict(lambda: _Shown([], []))
    for call in calls:
        operation = call.operation
        if operation.method == "keys" and operation.outcome == "fulfilled":
            cache = operation.cache if operation.target == "cache" else None
            shown[cache].times.append(operation.started)
            shown[cache].ranks.append(_ranks(operation.value))
    if final is not None:
        for name, entries in [*final.items(), (None, tuple(final))]:
            shown[name].times.append(float("inf"))
            shown[name].ranks.append(_ranks(entries))
    return shown


def _ranks(value: object) -> dict[str, int]:
    rows = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()
    return {str(getattr(row, "url", row)): at for at, row in enumerate(rows)}


def _place_shown(call: Call, settled: float, shown: Mapping[str | None, _Shown]) -> Shown | None:
    """The first list after an appending call that has what it appended: cache, which list, rank."""
    operation = call.operation
    if not call.footprint.appends:
        return None
    cache, wanted = operation.cache, [request.url for request in call.requests[:1]]
    if operation.method == "open":
        cache, wanted = None, [operation.cache or ""]
    lists = shown.get(cache)
    if lists is None or not wanted:
        return None
    first = bisect_left(lists.times, settled)
    for at in range(first, min(first + 8, len(lists.times))):
        if wanted[0] in lists.ranks[at]:
            return cache, at, lists.ranks[at][wanted[0]]
    return None
