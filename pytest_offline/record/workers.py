"""What service workers lived through: lifecycle, and how each ``fetch`` event was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_offline.record.places import Place

LifecycleName = Literal[
    "started", "install", "install-done", "install-failed", "activate", "activate-done",
    "activate-failed", "skip-waiting", "clients-claim", "controllerchange", "registered",
    "register-failed", "fetch-handler",
]  # fmt: skip

AnswerSource = Literal["cache", "network", "made", "failed", "passed", "pending"]
"""``cache``: a stored response. ``network``: the answer of the worker's own fetch. ``made``: built
by the worker's script. ``failed``: a network error. ``passed``: the worker did not call
``respondWith``, so the browser went to the network itself. ``pending``: not settled yet."""


@dataclass(frozen=True)
class LifecycleEvent:
    """One step in a worker's or registration's life, as the place named saw it.

    Attributes:
        detail: the scope for ``registered``, the new controller's script URL for
            ``controllerchange``, the error where something failed; empty otherwise.
    """

    name: LifecycleName
    time: float
    place: Place
    detail: str = ""


@dataclass(frozen=True)
class FetchAnswer:
    """One ``fetch`` event, and where the answer came from.

    Attributes:
        url, method, mode, destination: of the event's request.
        source: see AnswerSource.
        cache: the name of the cache it came from; None where it did not, or where
            ``caches.match`` did not say.
        status: of the answer; None where there was none.
        error: name and message where it failed.
    """

    time: float
    place: Place
    url: str
    method: str
    mode: str
    destination: str
    source: AnswerSource
    cache: str | None = None
    status: int | None = None
    error: str | None = None

    def __str__(self) -> str:
        via = f"{self.source} {self.cache!r}" if self.cache else self.source
        return f"{self.method} {self.url} ← {via}"


@dataclass(frozen=True)
class WorkerFetch:
    """One call of ``fetch`` by a worker's own script.

    Attributes:
        settled: when, in milliseconds since the Unix epoch; None while it is under way.
    """

    time: float
    place: Place
    url: str
    method: str
    settled: float | None = None
    status: int | None = None
    error: str | None = None


WorkerEvent = LifecycleEvent | FetchAnswer | WorkerFetch
