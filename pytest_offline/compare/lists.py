"""What a list of keys tells of the order of puts that overlapped.

A put appends, so the rows of ``keys()`` are the last puts of their URLs in the order in which they
acted. Where several puts of one URL may have been the last, its neighbours in the list narrow it
down: each row acted after the one before it. What is found here is a guess, never a verdict.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from pytest_offline.compare.causes import Call
from pytest_offline.compare.histories import CLOCK_SLACK
from pytest_offline.model.urls import split_url

MOST_ROWS: Final = 200_000
"""Rows of all lists together, up to which they are looked at."""

MOST_CANDIDATES: Final = 16

Hints = Mapping[int, Mapping[str, int]]
"""For each list, by its index, the put that each of its URLs (without fragment) comes from."""


@dataclass(frozen=True)
class _Row:
    key: str
    candidates: tuple[int, ...]


def hints_of(calls: Sequence[Call]) -> Hints:
    """Which put each row of each list comes from, as far as the list itself tells."""
    puts = _puts_by_url(calls)
    found: dict[int, dict[str, int]] = {}
    for index, urls in lists_of(calls):
        rows = [_row(calls, puts, index, split_url(url).key) for url in urls]
        found[index] = dict(_chosen(calls, [row for row in rows if row.candidates]))
    return found


def lists_of(calls: Sequence[Call]) -> Iterator[tuple[int, list[str]]]:
    """Each ``cache.keys()`` that asked for everything, by its index, with its URLs."""
    rows = 0
    for index, call in enumerate(calls):
        value = call.operation.value
        lists = call.operation.target == "cache" and call.operation.method == "keys"
        if lists and call.footprint.paths is None and isinstance(value, tuple):
            urls = [str(getattr(row, "url", "")) for row in cast("tuple[object, ...]", value)]
            rows += len(urls)
            if rows > MOST_ROWS:
                return
            yield index, urls


_Puts = dict[tuple[str | None, str], tuple[list[float], list[int]]]


def _puts_by_url(calls: Sequence[Call]) -> _Puts:
    found: _Puts = defaultdict(lambda: ([], []))
    order = sorted(range(len(calls)), key=lambda index: calls[index].operation.started)
    for index in order:
        call = calls[index]
        if call.footprint.changes_entries and call.footprint.appends:
            for request in call.requests:
                starts, indexes = found[(call.operation.cache, split_url(request.url).key)]
                starts.append(call.operation.started)
                indexes.append(index)
    return found


def _row(calls: Sequence[Call], puts: _Puts, at: int, key: str) -> _Row:
    """The puts of a URL that may have been the last before a list."""
    listing = calls[at].operation
    starts, indexes = puts.get((listing.cache, key), ([], []))
    upto = bisect_right(starts, _settled(calls[at]) + CLOCK_SLACK)
    found: list[int] = []
    certain = float("-inf")
    for index in reversed(indexes[max(0, upto - MOST_CANDIDATES) : upto]):
        settled = _settled(calls[index])
        if settled < certain:
            break
        found.append(index)
        if settled + CLOCK_SLACK < listing.started:
            certain = max(certain, calls[index].operation.started - CLOCK_SLACK)
    return _Row(key, tuple(found))


def _chosen(calls: Sequence[Call], rows: Sequence[_Row]) -> Iterator[tuple[str, int]]:
    """For each row the latest put that may have acted between those before it and behind it."""
    latest: list[float] = []
    limit = float("inf")
    for row in reversed(rows):
        latest.append(limit)
        limit = min(limit, max(_settled(calls[index]) for index in row.candidates))
    earliest = float("-inf")
    for row, limit in zip(rows, reversed(latest), strict=True):
        fitting = [
            index
            for index in row.candidates
            if _settled(calls[index]) >= earliest and calls[index].operation.started <= limit
        ]
        earliest = max(earliest, min(calls[each].operation.started for each in row.candidates))
        if fitting:
            yield row.key, fitting[0]
            earliest = max(earliest, calls[fitting[0]].operation.started)


def _settled(call: Call) -> float:
    settled = call.operation.settled
    return float("inf") if settled is None else settled
