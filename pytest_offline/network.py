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
from pytest_offline.record import OFFLINE, ONLINE, Condition, Initiator, OutsideRequest

if TYPE_CHECKING:
    from playwright.sync_api import Request

    from pytest_offline.browser.async_session import AsyncSession
    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.origin import Origin, Outside

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
    """

    def __init__(
        self,
        origins: Callable[[], Sequence[Origin]],
        session: BrowserSession | AsyncSession | None,
        outside: Outside | None = None,
    ) -> None:
        from pytest_offline.origin.outside import Outside

        self._origins = origins
        self._outside = outside or Outside()
        self._session = session
        self._condition = ONLINE
        self.confined = False
        self._changes: list[tuple[float, Condition]] = []
        if session is not None:
            session.on_stopped = self._note_stopped
            session.on_unreached = self._note_unreached

    def __repr__(self) -> str:
        return f"<Network {self._condition}>"

    @property
    def condition(self) -> Condition:
        """What is in force now."""
        return self._condition

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
        """Gives the network back, in the same way as `offline` takes it."""
        return self.set(ONLINE)

    def set(self, condition: Condition) -> Restore:
        """Puts a condition in force at once; as a context manager, until the block ends.

        Raises UsageError where it is given anything but a `Condition`.
        """
        if not isinstance(condition, Condition):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(
                f"network.set() takes a Condition, not {condition!r}; "
                f"choose from pytest_offline.OFFLINE and pytest_offline.ONLINE"
            )
        before = self._condition
        self._put_in_force(condition)
        return Restore(self, before)

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
        """An origin that the test makes while offline is cut from its start."""
        if self._condition != ONLINE:
            origin.set_condition(self._condition)

    async def settled(self) -> Network:
        """Waits, in a test on Playwright's asynchronous API, until the browser has followed."""
        settled = getattr(self._session, "settled", None)
        if settled is not None:
            await settled()
        return self

    def _put_in_force(self, condition: Condition) -> None:
        self._condition = condition
        self._changes.append((time.time() * 1000, condition))
        for origin in self._origins():
            origin.set_condition(condition)
        self._outside.set_away(not condition.browser_online)
        # Last in both directions: an `online` event may ask the origin at once, and has to find it.
        if self._session is not None and self._session.offline == condition.browser_online:
            self._session.set_offline(not condition.browser_online)

    def _note_stopped(self, request: Request) -> None:
        for origin in self._origins():
            if request.url.startswith(origin.url):
                origin.note_blocked(
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
    return host == "localhost" or host.endswith(".localhost") or host in ("127.0.0.1", "::1")


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

    def __init__(self, network: Network, before: Condition) -> None:
        self._network = network
        self._before = before

    def __enter__(self) -> Network:
        return self._network

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._network.set(self._before)

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
        await self._network.set(self._before)
