"""One test's scene: its origins, its browser contexts and its network, joined.

Nothing here knows pytest: fixtures, the command line and the demonstration set the same scene.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from pytest_offline.browser.builds import BUILDS, Capabilities
from pytest_offline.errors import UsageError
from pytest_offline.network import Network
from pytest_offline.origin.outside import BYPASS, Outside
from pytest_offline.origin.taping import Tape
from pytest_offline.record import (
    ONLINE,
    AppCacheWord,
    Condition,
    Exchange,
    History,
    Moment,
    Operation,
    Snapshot,
    WorkerEvent,
    moments_of,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from pytest_offline.browser.async_session import AsyncSession
    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.origin import Certificates, Origin, OriginServer

Complete = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Stage:
    """Where the model begins, in each context, and when: what a test has seeded is no operation.

    Attributes:
        since: operations from this time on count, milliseconds since the epoch.
        pending: the keys of those that were under way then, and count too.
        closed: by place and name, how many Caches were opened before all caches were deleted; what
            goes on in them, nobody sees.
    """

    snapshots: dict[BrowserContext, Snapshot] = field(
        default_factory=dict["BrowserContext", Snapshot]
    )
    since: float = 0.0
    pending: frozenset[tuple[str, int]] = frozenset()
    closed: Mapping[tuple[str, str | None], int] = field(
        default_factory=dict[tuple[str, "str | None"], int]
    )

    def counts(self, operation: Operation) -> bool:
        """Whether the model has to explain it."""
        number = operation.cache_number
        if number is not None:
            closed = self.closed.get((operation.place.id, operation.cache), 0)
            if number < closed:
                return False
        return operation.started >= self.since or operation.key in self.pending


def new_server(certificates: Certificates | None = None) -> OriginServer:
    """A server for scenes, not started: its workers tell, and the probe's own pages are there.

    Args:
        certificates: what its origins over https prove themselves with; its own if not given.
    """
    from pytest_offline.origin import OriginServer
    from pytest_offline.probes import instrument, internals

    return OriginServer(instrument=instrument, internal=internals(), certificates=certificates)


@dataclass(frozen=True)
class Deed:
    """Something that a test did through one of its fixtures, and that came to its end.

    Attributes:
        time: when it began, milliseconds since the epoch.
        what: ``seed``, ``clear``, ``update``, ``unregister``, ``wait_until_ready``, or a sentence
        page: the page of the origin that was asked; None where an empty one was opened for it.
        context: that page's, or where the empty one was opened.
        given: what was asked for, by name.
    """

    time: float
    what: str
    origin: Origin
    page: Page | None
    context: BrowserContext | None
    given: Mapping[str, Any]


_CHANGING = frozenset(("seed", "unregister"))


class Scene:
    """Everything of one test that has to be put away when it ends.

    Args:
        server: the run's server, started.
        browser: the run's browser, or None for a test of the origin alone.
        build: the name of the build, for the deviations that are known of it.
        artifacts: where a failing test's files go; None keeps none.
        guarded: whether contexts that are opened reach the world outside only as far as the test
            allows (and origins on names such as ``app.test``, in builds that need it for that).
        allowed: hosts that are open from the start.
        https: whether contexts have to accept the certificates of origins over https; Chromium
            was told the key when it started, others accept any in such contexts.
        weather: the condition it begins with, and that `Network.online` gives back.
        taped: whether origins keep what they answer, for a bundle.

    Attributes:
        deeds: what the test did through its fixtures, by the time it was done.
    """

    def __init__(
        self,
        server: OriginServer,
        browser: Browser | None = None,
        build: str | None = None,
        artifacts: Path | None = None,
        *,
        guarded: bool = False,
        allowed: Iterable[str] = (),
        https: bool = False,
        weather: Condition = ONLINE,
        taped: bool = False,
    ) -> None:
        self.build = build
        self.outside = Outside(allowed)
        known = BUILDS.get(build or "")
        self._can = known.capabilities if known is not None else Capabilities()
        self._guarded = guarded and self._can.context_proxy
        self._https = https
        self._taped = taped
        self.artifacts = artifacts
        self._server = server
        self._origins: list[Origin] = []
        self.deeds: list[Deed] = []
        self._stages: dict[Origin, Stage] = {}
        self.session, self.following = _sessions(browser, self._completed)
        if self.session is not None:
            self.session.stuck.loading = self.loads_scripts
        watching = self.session or self.following
        self._engine = watching.engine if watching is not None else None
        self.network = Network(lambda: self._origins, watching, self.outside, weather)
        self.network.confined = self._can.loopback_only

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

    def stage_of(self, origin: Origin) -> Stage:
        """Where the model begins for an origin: whoever verifies it begins there."""
        return self._stages.setdefault(origin, Stage())

    def new_origin(
        self,
        name: str | None = None,
        *,
        host: str | None = None,
        https: bool = False,
        certificate: str = "trusted",
    ) -> Origin:
        """One more origin, cut from its start where the network is away.

        See ``OriginServer.new_origin`` for the arguments.
        """
        if host is not None and host.endswith(".test"):
            self._check_names(host)
        origin = self._server.new_origin(name, host=host, https=https, certificate=certificate)
        if self._taped:
            origin.tape = Tape()
        self._origins.append(origin)
        self.network.enter(origin)
        if self.session is not None:
            origin.requests.refresh = self.session.pump
        return origin

    def close(self) -> None:
        """The browser is online again, and every origin is gone with its connections."""
        if self.session is not None:
            self.session.stop()
        if self.following is not None:
            self.following.stop()
        for origin in self._origins:
            origin.requests.refresh = None
            self._server.close_origin(origin)
        self._origins.clear()
        self._server.unguard(self.outside)

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
        session = self.asking(origin, about)
        if question not in _CHANGING:
            return session.ask_origin(origin.url, question, **asked)
        with self.deed(origin, question) as given:
            given.update(asked)
            return session.ask_origin(origin.url, question, **asked)

    @contextlib.contextmanager
    def deed(self, origin: Origin, what: str) -> Generator[dict[str, Any]]:
        """Notes what the block does, once it has come to its end; it says with what."""
        began, session, given = time.time() * 1000, self.session, dict[str, Any]()
        frame = session.newest_frame(origin.url) if session is not None else None
        page, opened = frame and frame.page, session.contexts if session is not None else ()
        yield given
        context = page.context if page is not None else opened[-1] if opened else None
        self.deeds.append(Deed(began, what, origin, page, context, given))

    def update(self, origin: Origin, timeout: float) -> None:
        """Has the browser check the origin's registrations against what the origin serves now.

        A call of ``update()`` joins a check that is under way (Service Workers, Schedule Job), as
        the browser begins one after each navigation, and what that one was answered may be from
        before a deploy. Where a script was not asked for since, it is checked once more, after what
        is being installed.

        Args:
            timeout: milliseconds, of each check.
        """
        session = self.asking(origin, "the service workers")
        mark = origin.requests.mark()
        scripts = session.update(origin.url, timeout)
        seen = origin.requests.since(mark)
        asked = {each.url for each in seen if each.initiator == "serviceworker"}
        if not asked.issuperset(scripts):
            session.update(origin.url, timeout, alone=True)

    def drain(self, origin: Origin, wait: float = 0) -> int:
        """Brings in what the browser recorded; waits up to so many milliseconds for news."""
        if self.session is None:
            return 0
        return self.session.drain(origin.url, wait)

    def loads_scripts(self) -> bool:
        """Whether an origin has a worker's script or a part of one on its way."""
        return any(
            seen.in_flight and seen.initiator in ("script", "serviceworker")
            for origin in self._origins
            for seen in origin.requests
        )

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

    def worker_events(
        self, origin: Origin, context: BrowserContext | None = None
    ) -> tuple[WorkerEvent, ...]:
        """What the origin's workers lived through, by time; in one context, or all."""
        found = [
            event
            for history in self._histories(context)
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
        return moments_of(operations, events, exchanges, self.network.changes, words, self._notes())

    def _notes(self) -> list[Moment]:
        found = [
            Moment(seen.time, "network", f"outside, {seen}", seen) for seen in self.outside.requests
        ]
        for origin in self._origins:
            found += [
                Moment(time, "origin", f"TLS, {origin.url}: {what}")
                for time, what in origin.handshakes
            ]
            found += [Moment(each.time, "origin", str(each)) for each in origin.deploys]
        return found

    def _completed(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options of a context that is about to be opened; what a test gives stays."""
        completed = dict(options)
        if self._guarded and options.get("proxy") is None:
            completed["proxy"] = {"server": self._server.guard(self.outside), "bypass": BYPASS}
        if self._https and self._engine != "chromium":
            completed.setdefault("ignore_https_errors", True)
        return completed

    def _check_names(self, host: str) -> None:
        """Names below .test are found by the way out, or by the rules of an old build."""
        if self._engine is None or self._guarded or self._can.loopback_only:
            return
        why = (
            "its contexts take no proxy of ours: it was given one of its own, or is a remote one"
            if self._can.context_proxy
            else "no way to tell it was found yet"
        )
        raise UsageError(
            f"host={host!r}: the build {self.build} cannot find this name ({why}). Use a name "
            f'below .localhost, which every browser finds: make_origin("{host.split(".", 1)[0]}").'
        )

    def _histories(self, context: BrowserContext | None) -> list[History]:
        if self.session is None:
            return []
        known = self.session.histories
        return list(known.values()) if context is None else [known[context]]


def _sessions(
    browser: Browser | None, complete: Complete
) -> tuple[BrowserSession | None, AsyncSession | None]:
    """What watches a browser: the second for those of Playwright's asynchronous API."""
    if browser is None:
        return None, None
    # Told by its name: importing that half of Playwright costs everybody else its time.
    if type(browser).__module__.startswith("playwright.async_api"):
        from pytest_offline.browser.async_session import AsyncSession

        following = AsyncSession(cast("Any", browser), complete)
        following.start()
        return None, following
    from pytest_offline.browser.session import BrowserSession

    session = BrowserSession(browser, complete=complete)
    session.start()
    return session, None
