"""A recorder of invented histories: what a perfect browser's probe would have written down."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_offline.model import CacheStorage, Digest, Headers, JSError, Request, Response
from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    Operation,
    Place,
    PlaceKind,
    Snapshot,
)

BASE = "https://origin.test/"
OPTIONS = {"ignore_search": "ignoreSearch", "ignore_method": "ignoreMethod",
           "ignore_vary": "ignoreVary", "cache_name": "cacheName"}  # fmt: skip


def place(name: str = "p1", kind: PlaceKind = "page") -> Place:
    return Place(id=name, kind=kind, url=BASE, began=0.0)


def cached(body: bytes = b"", **fields: Any) -> CachedResponse:
    fields.setdefault("status", 200)
    return CachedResponse(size=len(body), sha256=hashlib.sha256(body).hexdigest(), **fields)


def shown_response(response: Response | None) -> CachedResponse | None:
    if response is None:
        return None
    body = response.body
    if isinstance(body, bytes):
        body = Digest(len(body), hashlib.sha256(body).hexdigest())
    return CachedResponse(
        status=response.status,
        headers=Headers(response.headers).combined(),
        status_text=response.status_text,
        type=response.type,
        url=response.url,
        redirected=response.redirected,
        null_body=body is None,
        size=body.size if body else None,
        sha256=body.sha256 if body else None,
    )


def shown_request(request: Request | str) -> CachedRequest:
    if isinstance(request, str):
        return replace(shown_request(Request(request).against(BASE)), given=request)
    return CachedRequest(request.against(BASE).url, request.method, Headers(request.headers))


def snapshot_of(storage: CacheStorage) -> Snapshot:
    return {
        name: tuple(
            CacheEntry(shown_request(item.request), shown_response(item.response) or cached())
            for item in storage.open(name).items()
        )
        for name in storage.keys()  # noqa: SIM118
    }


class Recorder:
    """Runs calls on a model of its own, one after the other, and writes them down."""

    def __init__(self) -> None:
        self.storage = CacheStorage(BASE)
        self.operations: list[Operation] = []
        self.clock = 1000.0
        self._numbers: dict[str, int] = {}
        self._opened: dict[tuple[str, str], int] = {}
        self._handles: dict[tuple[str, str, int], Any] = {}

    def __call__(
        self,
        method: str,
        cache: str | None = None,
        requests: Sequence[Request | str] = (),
        response: Response | None = None,
        where: Place | None = None,
        number: int | None = None,
        **options: Any,
    ) -> Operation:
        where = where or place()
        target = "caches" if cache is None or method in ("open", "has") or number == -1 else "cache"
        operation = Operation(
            number=len(self.operations),
            place=where,
            target=target,  # type: ignore[arg-type]
            method=method,  # type: ignore[arg-type]
            started=self._tick(),
            started_number=self._count(where),
            cache=cache,
            requests=tuple(shown_request(each) for each in requests),
            response=shown_response(response),
            options=tuple((OPTIONS[name], value) for name, value in options.items()),
        )
        if target == "cache":
            latest = self._opened.get((where.id, cache or ""), 1) - 1
            operation = replace(operation, cache_number=number if number is not None else latest)
        try:
            value = self._run(operation, requests, response, options)
            operation = replace(operation, outcome="fulfilled", value=value)
        except JSError as error:
            operation = replace(
                operation, outcome="rejected", error_name=error.name, error=error.message
            )
        operation = replace(operation, settled=self._tick(), settled_number=self._count(where))
        if method in ("add", "addAll") and operation.outcome == "fulfilled":
            operation = replace(operation, added=(shown_response(response),) * len(requests))
        self.operations.append(operation)
        return operation

    @property
    def final(self) -> Snapshot:
        return snapshot_of(self.storage)

    def _run(self, operation: Operation, requests: Any, response: Any, options: Any) -> object:
        name = operation.cache or ""
        if operation.target == "caches":
            return self._run_on_storage(operation, name, requests, options)
        cache = self._cache(operation)
        if operation.method == "put":
            return cache.put(requests[0], response)
        if operation.method in ("add", "addAll"):
            cache._fetch = lambda request: response
            return cache.add_all(list(requests))
        if operation.method == "match":
            return shown_response(cache.match(requests[0], **options))
        if operation.method == "delete":
            return cache.delete(requests[0], **options)
        if operation.method == "keys":
            return tuple(shown_request(each) for each in cache.keys(*requests, **options))
        return tuple(shown_response(each) for each in cache.match_all(*requests, **options))

    def _run_on_storage(self, operation: Operation, name: str, requests: Any, options: Any) -> Any:
        if operation.method == "match":
            return shown_response(self.storage.match(requests[0], **options))
        if operation.method == "keys":
            return tuple(self.storage.keys())
        if operation.method == "open":
            number = self._opened.setdefault((operation.place.id, name), 0)
            self._opened[(operation.place.id, name)] += 1
            self._handles[(operation.place.id, name, number)] = self.storage.open(name)
            return None
        return getattr(self.storage, operation.method)(name)

    def _cache(self, operation: Operation) -> Any:
        handle = (operation.place.id, operation.cache or "", operation.cache_number or 0)
        return self._handles.get(handle) or self.storage.open(operation.cache or "")

    def _tick(self) -> float:
        self.clock += 5
        return self.clock

    def _count(self, where: Place) -> int:
        self._numbers[where.id] = self._numbers.get(where.id, -1) + 1
        return self._numbers[where.id]


def at(operation: Operation, started: float, settled: float | None) -> Operation:
    """The same operation at another time; its numbers within its place follow the time."""
    return replace(
        operation,
        started=started,
        started_number=int(started * 1000),
        settled=settled,
        settled_number=None if settled is None else int(settled * 1000),
        outcome=operation.outcome if settled is not None else "pending",
    )


def side_by_side(record: Recorder, count: int) -> list[Operation]:
    """As Promise.all over puts does: all begin, then all settle, in another order."""
    opened = record("open", "v1")
    puts = [
        record("put", "v1", [f"/{index}"], Response(body=str(index).encode()))
        for index in range(count)
    ]
    order = random.Random(7).sample(range(count), count)
    return [
        opened,
        *(at(put, 5000 + at_ / 1000, 6000 + order[at_] / 1000) for at_, put in enumerate(puts)),
    ]


def contrary_lists(record: Recorder, count: int) -> list[Operation]:
    """Puts side by side, then two lists that show the first two entries in opposite orders."""
    history = side_by_side(record, count)
    one, other = record("keys", "v1"), record("keys", "v1")
    assert isinstance(other.value, tuple)
    swapped = (other.value[1], other.value[0], *other.value[2:])
    return [*history, at(one, 7000, 7001), at(replace(other, value=swapped), 7010, 7011)]
