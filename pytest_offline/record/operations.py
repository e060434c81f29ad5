"""Operations: every call of a method of CacheStorage and Cache, and how it settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pytest_offline.record.cache_entries import CachedRequest, CachedResponse
from pytest_offline.record.places import Place

Target = Literal["caches", "cache"]
Method = Literal["open", "has", "delete", "keys", "match", "matchAll", "put", "add", "addAll"]
Settlement = Literal["fulfilled", "rejected", "pending"]


@dataclass(frozen=True)
class Operation:
    """One call, from the moment it was made to the moment its promise settled.

    Attributes:
        number: its place in the history, by the time it started.
        place: where the call was made.
        started_number: the number of the record of the call, within its place.
        settled_number: the number of the record of the settling; None while pending.
        target: ``caches`` for a method of CacheStorage, ``cache`` for one of Cache.
        cache: the name of the Cache, or the name handed to ``caches.open/has/delete``.
        cache_number: which ``caches.open`` of that name in the same place the Cache object came
            from, counted from 0, so that a Cache used after its name was deleted is told from the
            one opened later; None on ``caches``.
        requests: what was asked for: none, one, or for ``addAll`` several.
        response: what was put.
        options: ``ignoreSearch``, ``ignoreMethod``, ``ignoreVary``, ``cacheName``, as given.
        started, settled: milliseconds since the Unix epoch.
        value: what a fulfilled promise gave: a bool (``has``, ``delete``), the names or requests of
            ``keys``, a response or None (``match``), responses (``matchAll``), None otherwise.
        error_name, error: the name and message of the rejection.
        added: for ``add`` and ``addAll``: what stood in the cache once it had settled, one each.
        options_given: whether there was a second argument, even one that says nothing: null.
        aborted: whether it was rejected with the very reason that one of its requests' signals was
            aborted with, which may have any name.
        refused: the name of the error that Web IDL demands for the arguments: one is missing, or
            cannot become what it has to be; None where they can.
        stray: whether it was called on something that is not known to be a Cache (``caches``: a
            CacheStorage), such as ``{}``.
    """

    number: int
    place: Place
    target: Target
    method: Method
    started: float
    started_number: int
    settled: float | None = None
    settled_number: int | None = None
    cache: str | None = None
    cache_number: int | None = None
    requests: tuple[CachedRequest, ...] = ()
    response: CachedResponse | None = None
    options: tuple[tuple[str, bool | str], ...] = ()
    outcome: Settlement = "pending"
    value: object = None
    error_name: str | None = None
    error: str | None = None
    added: tuple[CachedResponse | None, ...] = ()
    options_given: bool = False
    aborted: bool = False
    refused: str | None = None
    stray: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from all others, however many become known later that began before it."""
        return self.place.id, self.started_number

    def __str__(self) -> str:
        name = "caches" if self.target == "caches" else f"cache {self.cache!r}"
        if self.stray:
            name = "CacheStorage" if self.target == "caches" else "Cache"
            name += ".prototype"
        subject = ", ".join(repr(request.url) for request in self.requests)
        if not subject and self.target == "caches" and self.cache is not None:
            subject = repr(self.cache)
        return f"{name}.{self.method}({subject})"


@dataclass(frozen=True)
class Put:
    """One entry that was put into a cache, by ``put`` or inside ``add`` or ``addAll``.

    Attributes:
        cache: the cache's name.
        url, method, request_headers: the request it was put for.
        status, response_headers, response_type: of the response; 0 and empty where it is opaque.
        size: bytes of the body; None where it cannot be read (opaque) or never came in full.
        sha256: of the body, in hexadecimal; None as for size.
        source: what ran the call: ``page``, ``frame``, ``worker``, ``sharedworker``,
            ``serviceworker``.
        api: ``put``, ``add`` or ``addAll``.
        started, settled: milliseconds since the Unix epoch; settled is None while pending.
        outcome: ``fulfilled``, ``rejected`` or ``pending``.
        error: name and message of the rejection, None otherwise.
    """

    cache: str
    url: str
    method: str
    request_headers: tuple[tuple[str, str], ...]
    status: int | None
    response_headers: tuple[tuple[str, str], ...]
    response_type: str | None
    size: int | None
    sha256: str | None
    source: str
    api: str
    started: float
    settled: float | None
    outcome: Settlement
    error: str | None

    def __str__(self) -> str:
        state = f"{self.outcome} ({self.error})" if self.error else self.outcome
        return f"{self.method} {self.url} into {self.cache!r}, status {self.status}, {state}"


def puts_of(operations: Iterable[Operation]) -> Iterator[Put]:
    """Every put among the operations, those inside ``add`` and ``addAll`` too, in their order."""
    for operation in operations:
        if operation.method == "put":
            for request in operation.requests[:1]:
                yield _put(operation, request, operation.response)
        elif operation.method in ("add", "addAll"):
            for index, request in enumerate(operation.requests):
                response = operation.added[index] if index < len(operation.added) else None
                yield _put(operation, request, response)


def _put(operation: Operation, request: CachedRequest, response: CachedResponse | None) -> Put:
    error = operation.error_name
    if error is not None and operation.error:
        error = f"{error}: {operation.error}"
    return Put(
        cache=operation.cache or "",
        url=request.url,
        method=request.method,
        request_headers=request.headers,
        status=response.status if response else None,
        response_headers=response.headers if response else (),
        response_type=response.type if response else None,
        size=response.size if response else None,
        sha256=response.sha256 if response else None,
        source=operation.place.kind,
        api=operation.method,
        started=operation.started,
        settled=operation.settled,
        outcome=operation.outcome,
        error=error,
    )
