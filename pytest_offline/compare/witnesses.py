"""The origin's ledger beside the probes: what it saw of an operation, and where it contradicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from pytest_offline.compare.histories import CLOCK_SLACK
from pytest_offline.record import CachedResponse, Exchange, Operation

MAX_WITNESSES: Final = 3


class Ledger:
    """Exchanges by URL, fragments cut."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._by_url: dict[str, list[Exchange]] = defaultdict(list)
        for exchange in exchanges:
            self._by_url[_key(exchange.url)].append(exchange)

    def witnesses(self, operation: Operation) -> tuple[Exchange, ...]:
        """The last exchanges for the URLs of an operation, up to when it settled."""
        until = (operation.settled or float("inf")) + CLOCK_SLACK
        urls = {_key(request.url) for request in operation.requests}
        found = [each for url in urls for each in self._by_url.get(url, ()) if each.time <= until]
        return tuple(sorted(found, key=lambda each: each.seq)[-MAX_WITNESSES:])

    def contradicts(self, operation: Operation) -> Sequence[tuple[str, int, list[Exchange]]]:
        """For add and addAll of a service worker: URL, status stored, exchanges of other statuses.

        A worker's own fetch goes past itself (addAll step 5.3), so what it stores is what the
        origin sent, or came from the HTTP cache. Pages are left out: a worker may answer them with
        anything. So are redirects and revalidations, whose status is not the stored one.
        """
        if operation.place.kind != "serviceworker" or operation.outcome != "fulfilled":
            return []
        rows: list[tuple[str, int, list[Exchange]]] = []
        for request, response in zip(operation.requests, operation.added, strict=False):
            if response is None or response.type != "basic" or response.redirected:
                continue
            near = self._within(request.url, operation)
            if near and not any(_agrees(each, response) for each in near):
                rows.append((request.url, response.status, near))
        return rows

    def _within(self, url: str, operation: Operation) -> list[Exchange]:
        settled = operation.settled or float("inf")
        return [
            each
            for each in self._by_url.get(_key(url), ())
            if each.outcome == "served"
            and operation.started - CLOCK_SLACK <= each.time <= settled + CLOCK_SLACK
        ]


def _agrees(exchange: Exchange, response: CachedResponse) -> bool:
    return exchange.status == response.status or 300 <= (exchange.status or 300) < 400


def _key(url: str) -> str:
    return url.partition("#")[0]
