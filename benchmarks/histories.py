"""Histories as a perfect browser would have recorded them, for the benchmarks of verdicts."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Operation,
    Place,
    Snapshot,
)

BASE = "https://origin.test/"
History = tuple[list[Operation], Snapshot]


class _Browser:
    """One cache of puts, matches and deletes, by a plain dict: no model has a part in it."""

    def __init__(self) -> None:
        self.entries: dict[str, CachedResponse] = {}

    def act(self, operation: Operation, rng: random.Random, url: str) -> Operation:
        lot = rng.random()
        asked = (CachedRequest(url),)
        if lot < 0.45:
            body = str(operation.number).encode()
            response = CachedResponse(200, size=len(body), sha256=hashlib.sha256(body).hexdigest())
            self.entries.pop(url, None)
            self.entries[url] = response
            return replace(operation, method="put", requests=asked, response=response)
        if lot < 0.9:
            found = self.entries.get(url)
            return replace(operation, method="match", requests=asked, value=found)
        had = self.entries.pop(url, None) is not None
        return replace(operation, method="delete", requests=asked, value=had)

    def final(self) -> Snapshot:
        rows = self.entries.items()
        return {"v1": tuple(CacheEntry(CachedRequest(url), found) for url, found in rows)}


def one_after_another(count: int) -> History:
    return side_by_side(count, places=1, keys=64)


def side_by_side(count: int, *, places: int, keys: int, seed: int = 1) -> History:
    """Each place has one operation under way at a time, which acts somewhere within it."""
    rng = random.Random(seed)
    clocks = [1000.0 + number for number in range(places)]
    where = [Place(f"p{number}", "page", BASE, 0.0) for number in range(places)]
    planned: list[tuple[float, Operation]] = []
    for number in range(count):
        at = min(range(places), key=clocks.__getitem__)
        started = clocks[at]
        settled = started + rng.uniform(1, 30)
        clocks[at] = settled + rng.uniform(0.01, 3)
        made = Operation(
            number,
            where[at],
            "cache",
            "match",
            started,
            int(started * 1e6),
            settled,
            int(settled * 1e6),
            "v1",
            0,
            outcome="fulfilled",
        )
        planned.append((rng.uniform(started, settled), made))
    browser = _Browser()
    opens = [
        Operation(
            -number - 1,
            place,
            "caches",
            "open",
            10.0 * number,
            2 * number,
            10.0 * number + 5,
            2 * number + 1,
            "v1",
            outcome="fulfilled",
        )
        for number, place in enumerate(where)
    ]
    acted = [
        browser.act(operation, rng, f"{BASE}{rng.randrange(keys)}")
        for _, operation in sorted(planned, key=lambda each: each[0])
    ]
    acted.sort(key=lambda operation: operation.started)
    return [*opens, *acted], browser.final()
