"""The network of one test: the one switch that works browser and origin together.

The browser's own switch makes ``navigator.onLine`` and its events honest, and leaks: in every
browser an update check and an open event stream pass it, in Firefox all that a service worker
fetches (https://github.com/microsoft/playwright/issues/2311). The origin's cut makes the silence
real. So both are thrown, the cut first: there is no moment in which a page believes itself offline
and is still answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from yarl import URL

from pytest_offline.errors import UsageError
from pytest_offline.record import (
    OFFLINE,
    ONLINE,
    Condition,
    Exchange,
    Initiator,
    OutsideRequest,
)
from pytest_offline.record.effects import Stop
from pytest_offline.record.hosts import is_localhost

if TYPE_CHECKING:
    from playwright.sync_api import Request

    from pytest_offline.browser.async_session import AsyncSession
    from pytest_offline.browser.failures import StoppedBy
    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.origin import Exchanges, Origin, Outside

_INITIATORS: Final[dict[str, Initiator]] = {
    "document": "document",
    "stylesheet": "style",
    "image": "image",
    "media": "media",
    "font": "font",
    "script": "script",
    "fetch": "fetch",
    "xhr": "fetch",
    "eventsource": "eventsource",
    "websocket": "websocket",
    "manifest": "manifest",
    "beacon": "beacon",
    "ping": "beacon",
}
"""Playwright's resource types, in the ledger's words."""


class Network:
    """What the network does, for every origin and every browser context of the test.

    You get one from the fixture ``network``.

    Attributes:
        confined: whether the browser is one that can never be let out.
        before_change: called with the condition to come while the one before is still in force;
            None by default. Who wants a last look at the pages has it here.
    """

    def __init__(
        self,
        origins: Callable[[], Sequence[Origin]],
        session: BrowserSession | AsyncSession | None,
        outside: Outside | None = None,
        weather: Condition = ONLINE,
    ) -> None:
        from pytest_offline.origin.outside import Outside

        self._origins = origins
        self._outside = outside or Outside()
        self._session = session
        self._weather = weather
        self._condition = ONLINE
        self.confined = False
        self.before_change: Callable[[Condition], None] | None = None
        self._changes: list[tuple[float, Condition]] = []
        self._switch: list[tuple[float, bool]] = []
        if session is not None:
            session.on_stopped = self._note_stopped
            session.on_unreached = self._note_unreached
        if weather != ONLINE:
            self._put_in_force(weather)

    def __repr__(self) -> str:
        return f"<Network {self._condition}>"

    @property
    def condition(self) -> Condition:
        """What is in force now."""
        return self._condition

    @property
    def weather(self) -> Condition:
        """What `online` gives back: ``--offline-weather``, and the network as it should be else."""
        return self._weather

    @property
    def leaks(self) -> Exchanges:
        """What got past the browser's own switch, by time, all origins together.

        While ``navigator.onLine`` is false, a browser should ask for nothing. What it asks for all
        the same (Firefox for a service worker, every build for an update check) stands in the
        ledger as ``blocked``, stopped by the origin; with the bare switch of Playwright it would
        have been answered. A stream that was open before is not among them: it asks for nothing.
        """
        found = [
            seen
            for origin in self._origins()
            for seen in origin.requests
            if seen.stopped_by == "origin" and self._browser_was_offline(seen.time)
        ]
        return _exchanges(sorted(found, key=lambda seen: seen.time))

    def times_away(self) -> list[tuple[float, float]]:
        """When nothing was answered or the browser believed itself offline: from and to, in
        milliseconds since the Unix epoch; without an end where it still is so.
        """
        found: list[tuple[float, float]] = []
        began: float | None = None
        for moment, condition in self._changes:
            if condition.is_away and began is None:
                began = moment
            elif not condition.is_away and began is not None:
                found.append((began, moment))
                began = None
        return found if began is None else [*found, (began, float("inf"))]

    @property
    def changes(self) -> tuple[tuple[float, Condition], ...]:
        """Every change, with its time in milliseconds since the Unix epoch."""
        return tuple(self._changes)

    def offline(self) -> Restore:
        """Takes the network away: on return no byte from any origin of the test reaches a page.

        Pages, frames, workers, service workers, update checks, event streams and web sockets of
        every context of the test are cut, the contexts opened later too. Pages see
        ``navigator.onLine === false`` and get their ``offline`` event. What is still asked for
        stands in ``origin.requests`` with outcome ``blocked``.

        Acts at once; as a context manager it puts back what was before. On Playwright's
        asynchronous API: ``async with network.offline():``, or ``await network.offline()``.
        """
        return self.set(OFFLINE)

    def online(self) -> Restore:
        """Gives the network back, in the same way as `offline` takes it.

        In a run under ``--offline-weather`` that weather is what is given back.
        """
        return self._replace(self._weather)

    def set(self, condition: Condition) -> Restore:
        """Puts a condition in force at once; as a context manager, until the block ends.

        It replaces what was in force: add conditions up to have several at once. What is drawn by
        lot is drawn from the start again. Origins that the test makes later are under it too::

            with network.set(latency(200) + flaky(0.1, seed=1)):
                page.reload()

        Raises:
            UsageError: for anything but a `Condition`, and for one that would do nothing: it is
                about a host or an origin that the test does not have, or about TLS where there is
                none.
        """
        _check(condition, self._origins(), self._outside)
        return self._replace(condition)

    def _replace(self, condition: Condition) -> Restore:
        """What was in force once is so again, though it may be about an origin yet to be made."""
        before = self._condition
        self._put_in_force(condition)
        return Restore(self, lambda: self._put_in_force(before))

    @property
    def outside(self) -> tuple[OutsideRequest, ...]:
        """What pages and workers asked for beyond this machine, refused or let out, by time."""
        if self._session is not None:
            self._session.pump()
        return self._outside.requests

    def allow(self, *hosts: str) -> Allowed:
        """Opens hosts of the world outside, which is closed; as a context manager, for a block.

        ``network.allow("fonts.example")``; ``"*.example"`` is all below it, ``"*"`` everything.
        Offline they are gone like everything else.

        Raises UsageError for what is no host, and in builds that never leave this machine.
        """
        if self.confined:
            raise UsageError(
                f"network.allow({', '.join(map(repr, hosts))}): this build is too old to be let "
                f"near strangers, so it reaches this machine only. Answer for such a host from an "
                f"origin of the test, or run this test in a current build."
            )
        return Allowed(self._outside, self._outside.open(hosts))

    def enter(self, origin: Origin) -> None:
        """An origin that the test makes while offline is cut from its start.

        Raises UsageError where the condition cannot be of this origin.
        """
        if not self._condition.is_clear:
            _check_tls(self._condition, origin)
            origin.set_condition(self._condition)

    async def settled(self) -> Network:
        """Waits, in a test on Playwright's asynchronous API, until the browser has followed."""
        settled = getattr(self._session, "settled", None)
        if settled is not None and await settled() and self._switch[-1][1]:
            self._switch[-1] = (time.time() * 1000, True)
        return self

    def _put_in_force(self, condition: Condition) -> None:
        if self.before_change is not None:
            self.before_change(condition)
        if self._session is not None and self._session.offline and not self._session.hanging:
            self._session.pump()  # what was stopped until now is noted as stopped offline
        self._condition = condition
        self._changes.append((time.time() * 1000, condition))
        for origin in self._origins():
            origin.set_condition(condition)
        stops = [each for each in condition.effects if isinstance(each, Stop)]
        self._outside.set_away(not condition.browser_online, [stop.host for stop in stops])
        if self._session is not None:
            self._session.hanging = any(stop.how == "hang" for stop in stops)
        # Last in both directions: an `online` event may ask the origin at once, and has to find it.
        if self._session is not None and self._session.offline == condition.browser_online:
            started = time.time() * 1000
            self._session.set_offline(not condition.browser_online)
            # Thrown or taken back, the span in which it surely was thrown is the shorter one.
            offline = not condition.browser_online
            self._switch.append((time.time() * 1000 if offline else started, offline))

    def _browser_was_offline(self, moment: float) -> bool:
        before = [offline for thrown, offline in self._switch if thrown <= moment]
        return bool(before) and before[-1]

    def _note_stopped(self, request: Request, stopped_by: StoppedBy) -> None:
        for origin in self._origins():
            if stopped_by == "handshake" and not origin.refused_handshakes:
                continue
            if request.url.startswith(origin.url):
                origin.note_blocked(
                    stopped_by="browser" if stopped_by == "browser" else "origin",
                    method=request.method,
                    url=request.url,
                    initiator=_INITIATORS.get(request.resource_type, "other"),
                    time=time.time() * 1000,
                    headers=tuple(request.headers.items()),
                )

    def _note_unreached(self, request: Request) -> None:
        url = URL(request.url)
        host = (url.host or "").lower()
        own = any(origin.host == host for origin in self._origins())
        if host and not own and not _is_here(host) and not self._outside.allows(host):
            initiator = _INITIATORS.get(request.resource_type, "other")
            self._outside.note_request(request.url, host, url.port or 0, initiator)


def _is_here(host: str) -> bool:
    """Whether a browser asks it by itself: what `BYPASS` lists, not all of loopback."""
    return is_localhost(host) or host in ("127.0.0.1", "::1")


class Allowed:
    """Closes again what was opened, when a ``with`` block ends."""

    def __init__(self, outside: Outside, patterns: list[str]) -> None:
        self._outside = outside
        self._patterns = patterns

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._outside.shut(self._patterns)


class Restore:
    """Puts back the condition that was in force before, when a ``with`` block ends."""

    def __init__(self, network: Network, put_back: Callable[[], None]) -> None:
        self._network = network
        self._put_back = put_back

    def __enter__(self) -> Network:
        return self._network

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._put_back()

    def __await__(self) -> Generator[Any, None, Network]:
        """For tests on Playwright's asynchronous API: the browser has thrown its switch too."""
        return self._network.settled().__await__()

    async def __aenter__(self) -> Network:
        return await self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._put_back()
        await self._network.settled()


def _exchanges(found: Sequence[Exchange]) -> Exchanges:
    from pytest_offline.origin import Exchanges

    return Exchanges(found)


def _check(condition: object, origins: Sequence[Origin], outside: Outside) -> None:
    if not isinstance(condition, Condition):
        raise UsageError(
            f"network.set() takes a Condition, not {_named(condition)}; choose OFFLINE, ONLINE, "
            f"SERVER_DOWN, RESET or HANG from pytest_offline, or make one, such as latency(200) or "
            f"status(503)"
        )
    if not origins or not condition.effects:
        return
    urls = ", ".join(origin.url for origin in origins)
    lost = [each.host for each in condition.effects if isinstance(each, Stop) and each.host]
    here = any(condition.at(origin.url).effects for origin in origins)
    if not here and not any(outside.is_opened(host) for host in lost):
        raise UsageError(
            f"network.set({condition}) would do nothing: it is about none of the test's origins "
            f"({urls}); give it one of them, such as .on(origin), or make that origin first"
            + "".join(f". {host!r} is closed until network.allow() opens it" for host in lost)
        )
    for origin in origins:
        _check_tls(condition, origin)


def _check_tls(condition: Condition, origin: Origin) -> None:
    effects = condition.at(origin.url).effects
    tls = [each for each in effects if isinstance(each, Stop) and each.how == "tls"]
    if tls and origin.scheme != "https":
        raise UsageError(
            f"network.set({condition}): {origin.url} is not served over TLS, so there is no "
            f"handshake that could fail; keep tls_error() to an https origin with .on(origin)"
        )


def _named(given: object) -> str:
    return (
        f"the function {given.__name__}; call it"
        if callable(given) and hasattr(given, "__name__")
        else repr(given)
    )
