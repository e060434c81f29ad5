"""Known bugs of browsers, and of Playwright's way with them, about offline and caching: as data.

Each is shown by a bundle in ``tests/bugs``, which the suite runs in every build: where the bug is,
it has to show, and where it is not, the bundle has to agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from pytest_offline.browser.builds import BUILDS, Build
from pytest_offline.errors import UsageError

Engine = Literal["chromium", "firefox", "webkit"]


@dataclass(frozen=True)
class Versions:
    """Some versions of an engine, by the first of their numbers.

    Attributes:
        since: the first that has it; None for the oldest there is.
        until: the first that has it no more; None where none is known.
    """

    engine: Engine
    since: int | None = None
    until: int | None = None

    def has(self, engine: str, version: str) -> bool:
        """Whether a version, ``156.0.8078.79``, is one of them."""
        major = version.partition(".")[0]
        if engine != self.engine or not major.isdecimal():
            return False
        return (self.since or 0) <= int(major) and (self.until is None or int(major) < self.until)

    def __str__(self) -> str:
        since = f" from {self.since}" if self.since else ""
        until = f" before {self.until}" if self.until else ""
        return f"{self.engine}{since}{until}"


@dataclass(frozen=True)
class KnownBug:
    """One bug.

    Attributes:
        id: its name, in ``@pytest.mark.known_bug("…")`` and as a folder of ``tests/bugs``.
        link: where it is public.
        effect: what it does to a site or a test, in a sentence.
        affected: the versions that have it, as far as they were measured: between two builds of
            the table nobody looked.
    """

    id: str
    link: str
    effect: str
    affected: tuple[Versions, ...]

    @property
    def test(self) -> str:
        """The test that shows it, of this project's suite."""
        return f"tests/bugs/test_bugs.py::test_a_bug_shows_where_it_is_known[{self.id}]"

    @property
    def builds(self) -> tuple[str, ...]:
        """The builds of the table that have it: those of one exact version."""
        return tuple(name for name, build in BUILDS.items() if self._is_in(build))

    def is_in(self, engine: str, version: str) -> bool:
        """Whether a browser of that version has it."""
        return any(versions.has(engine, version) for versions in self.affected)

    def _is_in(self, build: Build) -> bool:
        return build.version is not None and self.is_in(build.engine, build.version)


def known_bug(name: str) -> KnownBug:
    """The bug of that id.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    found = KNOWN_BUGS.get(name)
    if found is None:
        raise UsageError(
            f"{name!r} is no known bug; the registry has {', '.join(KNOWN_BUGS)} (pytest_offline."
            f"bundles.known_bugs)"
        )
    return found


_SW: Final = "https://github.com/w3c/ServiceWorker"
_PLAYWRIGHT: Final = "https://github.com/microsoft/playwright/issues"

_ALL: Final = (
    KnownBug(
        "playwright-2311",
        f"{_PLAYWRIGHT}/2311",
        "context.set_offline(True) does not stop what a service worker fetches itself: a page that "
        "should be offline is answered by the server",
        (Versions("firefox"),),
    ),
    KnownBug(
        "playwright-2311-update",
        f"{_PLAYWRIGHT}/2311",
        "registration.update() reaches the server after context.set_offline(True), so a worker may "
        "be replaced while the test believes the browser offline",
        (Versions("chromium"), Versions("firefox")),
    ),
    KnownBug(
        "playwright-2311-events",
        f"{_PLAYWRIGHT}/2311",
        "an event stream that was open before context.set_offline(True) goes on receiving",
        (Versions("chromium"), Versions("firefox")),
    ),
    KnownBug(
        "playwright-4910",
        f"{_PLAYWRIGHT}/4910",
        "a web socket that was open before context.set_offline(True) goes on sending and receiving",
        (Versions("chromium", until=153), Versions("firefox")),
    ),
    KnownBug(
        "bugzilla-1993079",
        "https://bugzilla.mozilla.org/show_bug.cgi?id=1993079",
        "with the network emulated as offline navigator.onLine is false in pages, and stays true "
        "in dedicated and service workers",
        (Versions("firefox"),),
    ),
    KnownBug(
        "crbug-602051",
        "https://crbug.com/602051",
        "a synchronous XMLHttpRequest passes the service worker by: offline it fails, though the "
        "worker has the answer",
        (Versions("chromium"),),
    ),
    KnownBug(
        "crbug-880768",
        "https://crbug.com/880768",
        "a frame made of srcdoc is not controlled by its parent's service worker: offline what it "
        "asks for fails",
        (Versions("chromium", until=135),),
    ),
    KnownBug(
        "serviceworker-612",
        f"{_SW}/issues/612",
        "a frame without src is not controlled by its parent's service worker: offline what it "
        "asks for fails",
        (Versions("chromium"),),
    ),
    KnownBug(
        "serviceworker-854",
        f"{_SW}/issues/854",
        "Cache.keys() has lost the fragments of the URLs that were put",
        (Versions("chromium", until=153),),
    ),
    KnownBug(
        "cache-add-all-fragments",
        "https://w3c.github.io/ServiceWorker/#batch-cache-operations-algorithm",
        "addAll() of two URLs that differ in the fragment only stores one of them; it has to "
        "reject with InvalidStateError and store nothing",
        (Versions("chromium", since=153),),
    ),
    KnownBug(
        "cache-vary-one-entry",
        "https://wpt.fyi/results/service-workers/cache-storage/cache-matchAll.https.any.html",
        "one entry a URL: the second put() of a URL whose answer varies throws the first away",
        (Versions("chromium"),),
    ),
    KnownBug(
        "cache-vary-empty-header",
        "https://w3c.github.io/ServiceWorker/#request-matches-cached-item-algorithm",
        "a header that is there and empty is taken for a missing one where an answer varies by it",
        (Versions("firefox"),),
    ),
    KnownBug(
        "cache-ns-error-cut",
        "https://fetch.spec.whatwg.org/#concept-network-error",
        "Cache.put() and add() of a body that is cut reject with NS_ERROR_NET_PARTIAL_TRANSFER, a "
        "name of Firefox's inside that is no error of the platform",
        (Versions("firefox"),),
    ),
    KnownBug(
        "cache-ns-error-cleared",
        "https://github.com/speced/respec/issues/5045",
        "what is asked of a Cache whose storage was cleared rejects with NS_ERROR_FAILURE, which "
        "is no error of the platform",
        (Versions("firefox"),),
    ),
    KnownBug(
        "worker-no-store-offline",
        "https://fetch.spec.whatwg.org/#concept-http-fetch",
        "while navigator.onLine is false fetch() with cache: 'no-store' or 'reload' fails without "
        "the service worker being asked: an app that polls so looks broken offline, whatever its "
        "worker holds; with SERVER_DOWN, which leaves navigator.onLine true, it is asked",
        (Versions("firefox"),),
    ),
)

KNOWN_BUGS: Final[Mapping[str, KnownBug]] = MappingProxyType({bug.id: bug for bug in _ALL})
"""Every known bug, by id."""
