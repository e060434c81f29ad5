"""Made-up caches and workers that record something when they are waited for; a real origin."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import pytest

from pytest_offline.browser.tabs import Tab
from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record import (
    CachedRequest,
    CachedResponse,
    CacheEntry,
    FetchAnswer,
    LifecycleEvent,
    Place,
    Put,
    Registration,
    WorkerVersions,
)

BASE = "http://t.localhost:1/"
WORKER = Place("w", "serviceworker", BASE + "sw.js", 0.0, BASE.rstrip("/"))


class FakeOrigin:
    url = BASE

    def url_for(self, path: str) -> str:
        return BASE + path.removeprefix("/")


@dataclass
class Fake:
    """What both fakes share: events to come, one for each time that somebody waits for news."""

    coming: list[Callable[[], None]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    origin: FakeOrigin = field(default_factory=FakeOrigin)
    waits: int = 0

    @contextlib.contextmanager
    def noted(self, what: str) -> Iterator[None]:
        yield
        self.said.append(what)

    def wait_for_news(self, milliseconds: float) -> None:
        self.waits += 1
        if self.coming:
            self.coming.pop(0)()


@dataclass
class FakeCaches(Fake):
    puts: tuple[Put, ...] = ()
    kept: dict[str, tuple[CacheEntry, ...]] = field(default_factory=dict)
    operations: tuple[object, ...] = ()
    mismatch: Exception | None = None

    def __repr__(self) -> str:
        return "<Caches of t>"

    def snapshot(self) -> dict[str, tuple[CacheEntry, ...]]:
        return self.kept

    def verify(self) -> None:
        if self.mismatch:
            raise self.mismatch

    def put(self, path: str, **other: object) -> None:
        """One more put."""
        self.puts = (*self.puts, put(path, **other))

    def keep(self, cache: str, path: str, body: bytes = b"x", status: int = 200) -> None:
        """One more entry."""
        response = CachedResponse(
            status, (("content-type", "text/css"),), sha256=hashlib.sha256(body).hexdigest()
        )
        entry = CacheEntry(CachedRequest(self.origin.url_for(path)), response)
        self.kept = {**self.kept, cache: (*self.kept.get(cache, ()), entry)}


@dataclass
class FakeVerdict:
    ready: bool


@dataclass(eq=False)
class FakePage:
    """A page that is its own main frame."""

    url: str
    closed: bool = False
    parent_frame: object = None

    @property
    def page(self) -> FakePage:
        return self

    def is_detached(self) -> bool:
        return False

    def is_closed(self) -> bool:
        return self.closed


@dataclass
class FakeWorkers(Fake):
    answers: tuple[FetchAnswer, ...] = ()
    state: str | None = None
    ready: bool = False
    wanted: list[object] = field(default_factory=list)
    registered: tuple[Registration, ...] = ()
    pages: tuple[Tab, ...] = ()
    events: tuple[LifecycleEvent, ...] = ()

    def registrations(self) -> tuple[Registration, ...]:
        return self.registered

    def tabs(self) -> tuple[Tab, ...]:
        return self.pages

    def at_once(self) -> AbstractContextManager[None]:
        return nullcontext()

    def register(self, scope: str = BASE, **versions: str) -> None:
        """One more registration: which of its places are taken, and by which version."""
        states = {"installing": "installing", "waiting": "installed", "active": "activated"}
        found = [states[place] if place in versions else None for place in states]
        known = WorkerVersions(**versions)
        registration = Registration(scope, f"{BASE}sw.js", *found, known)
        self.registered = (*self.registered, registration)

    def open(self, path: str, version: str | None = None, scope: str | None = BASE) -> FakePage:
        """One more page, controlled where a version is given."""
        page = FakePage(self.origin.url_for(path))
        script, state = (f"{BASE}sw.js", "activated") if version else (None, None)
        tab = Tab(page, page.url, script, state, version, scope)  # type: ignore
        self.pages = (*self.pages, tab)
        return page

    def live(self, *names: str) -> None:
        """Steps of a worker's life."""
        self.events = tuple(LifecycleEvent(name, 0.0, WORKER) for name in names)  # type: ignore

    def __repr__(self) -> str:
        return "<ServiceWorkers of t>"

    def explained(self, *, expect: object = None) -> tuple[FakeVerdict, str]:
        self.wanted.append(expect)
        return FakeVerdict(self.ready), "ready" if self.ready else "/a is in no cache"

    def answer(self, path: str, source: str, cache: str | None = None) -> None:
        """One more answer to a ``fetch`` event."""
        url = self.origin.url_for(path)
        self.answers = (
            *self.answers,
            FetchAnswer(0.0, WORKER, url, "GET", "cors", "", source, cache, 200),  # type: ignore
        )


def put(path: str, **other: object) -> Put:
    """A put that was fulfilled, as a service worker's ``addAll`` makes it."""
    body = other.pop("body", b"x")
    assert isinstance(body, bytes)
    usual: dict[str, object] = {
        "cache": "v1",
        "method": "GET",
        "request_headers": (),
        "status": 200,
        "response_headers": (("content-type", "text/css"),),
        "response_type": "basic",
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "source": "serviceworker",
        "api": "addAll",
        "started": 0.0,
        "settled": 1.0,
        "outcome": "fulfilled",
        "error": None,
    }
    return Put(url=BASE + path.removeprefix("/"), **{**usual, **other})  # type: ignore


@pytest.fixture
def fake_caches() -> FakeCaches:
    return FakeCaches()


@pytest.fixture
def fake_workers() -> FakeWorkers:
    return FakeWorkers()


@pytest.fixture(scope="module")
def server() -> Iterator[OriginServer]:
    with OriginServer() as server:
        yield server


@pytest.fixture
def local(server: OriginServer) -> Iterator[Origin]:
    """An origin that no browser looks at."""
    origin = server.new_origin()
    yield origin
    server.close_origin(origin)
