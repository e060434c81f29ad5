"""One test's scene: its origins, its browser contexts and its network, joined.

Nothing here knows pytest: fixtures, the command line and the demonstration set the same scene.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pytest_offline.errors import UsageError
from pytest_offline.network import Network
from pytest_offline.record import (
    ONLINE,
    AppCacheWord,
    Condition,
    Exchange,
    History,
    Moment,
    Operation,
    WorkerEvent,
    moments_of,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.origin import Origin, OriginServer


class Scene:
    """Everything of one test that has to be put away when it ends.

    Args:
        server: the run's server, started.
        browser: the run's browser, or None for a test of the origin alone.
        build: the name of the build, for the deviations that are known of it.
        artifacts: where a failing test's files go; None keeps none.
        weather: the condition it begins with, and that `Network.online` gives back.
    """

    def __init__(
        self,
        server: OriginServer,
        browser: Browser | None = None,
        build: str | None = None,
        artifacts: Path | None = None,
        weather: Condition = ONLINE,
    ) -> None:
        self.build = build
        self.artifacts = artifacts
        self._server = server
        self._origins: list[Origin] = []
        self.session: BrowserSession | None = _session(browser)
        self.network = Network(lambda: self._origins, self.session, weather)

    def __enter__(self) -> Scene:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The test's origins, in the order they were made."""
        return tuple(self._origins)

    def new_origin(self, name: str | None = None) -> Origin:
        """One more origin, cut from its start where the network is away."""
        origin = self._server.new_origin(name)
        self._origins.append(origin)
        self.network.enter(origin)
        if self.session is not None:
            origin.requests.refresh = self.session.pump
        return origin

    def close(self) -> None:
        """The browser is online again, and every origin is gone with its connections."""
        if self.session is not None:
            self.session.stop()
        for origin in self._origins:
            origin.requests.refresh = None
            self._server.close_origin(origin)
        self._origins.clear()

    def asking(self, origin: Origin, about: str) -> BrowserSession:
        """The session, to ask about something of the origin (``"the caches"``).

        Raises:
            UsageError: the test has no browser.
        """
        if self.session is None:
            raise UsageError(
                f"there is no browser that could be asked about {about} of {origin.url}; ask for "
                f"the fixture 'page' too"
            )
        return self.session

    def ask(self, origin: Origin, about: str, question: str, **asked: object) -> Any:
        """Puts one question to the newest page of the origin, or to an empty one opened for it."""
        return self.asking(origin, about).ask_origin(origin.url, question, **asked)

    def drain(self, origin: Origin, wait: float = 0) -> int:
        """Brings in what the browser recorded; waits up to so many milliseconds for news."""
        if self.session is None:
            return 0
        return self.session.drain(origin.url, wait)

    def operations(
        self, origin: Origin, context: BrowserContext | None = None
    ) -> tuple[Operation, ...]:
        """Operations by scripts of the origin, by the time they started; one context's, or all."""
        found = [
            operation
            for history in self._histories(context)
            for operation in history.operations()
            if operation.place.origin + "/" == origin.url
        ]
        return tuple(sorted(found, key=lambda operation: operation.started))

    def worker_events(self, origin: Origin) -> tuple[WorkerEvent, ...]:
        """What the origin's workers lived through, by time."""
        found = [
            event
            for history in self._histories(None)
            for event in history.worker_events()
            if event.place.origin + "/" == origin.url
        ]
        return tuple(sorted(found, key=lambda event: event.time))

    def appcache_words(
        self, origin: Origin, context: BrowserContext | None = None
    ) -> tuple[AppCacheWord, ...]:
        """Documents, events and calls of the origin's application caches, by time."""
        found = [
            word
            for history in self._histories(context)
            for word in history.appcache_words()
            if word.place is not None and word.place.origin + "/" == origin.url
        ]
        return tuple(sorted(found, key=lambda word: word.time))

    def check_complete(self) -> None:
        """Raises ProbeError where a record is lost."""
        for history in self._histories(None):
            history.check_complete()

    def catch_up(self) -> None:
        """Brings in what can still be had, for a report; a scene in ruins is no error here."""
        for origin in self._origins:
            with contextlib.suppress(Exception):
                self.drain(origin)

    def timeline(self) -> list[Moment]:
        """What every witness saw, in one order. Asks nobody: it shows what has come in."""
        operations = [op for history in self._histories(None) for op in history.operations()]
        events = [event for history in self._histories(None) for event in history.worker_events()]
        words = [word for history in self._histories(None) for word in history.appcache_words()]
        exchanges: list[Exchange] = []
        for origin in self._origins:
            refresh, origin.requests.refresh = origin.requests.refresh, None
            exchanges.extend(origin.requests)
            origin.requests.refresh = refresh
        return moments_of(operations, events, exchanges, self.network.changes, words)

    def _histories(self, context: BrowserContext | None) -> list[History]:
        if self.session is None:
            return []
        known = self.session.histories
        return list(known.values()) if context is None else [known[context]]


def _session(browser: Browser | None) -> BrowserSession | None:
    if browser is None:
        return None
    from pytest_offline.browser.session import BrowserSession

    session = BrowserSession(browser)
    session.start()
    return session
