"""``expect(origin)``: what the origin was asked, and what it served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_offline.expectations.waiting import (
    DEFAULT_TIMEOUT_MS,
    indented,
    message,
    named,
)
from pytest_offline.record import Exchange

if TYPE_CHECKING:
    from pytest_offline.origin import Origin

_MOST_SHOWN = 10


class OriginAssertions:
    """What can be expected of ``origin``. Every method has a ``not_`` twin.

    Args:
        since: a mark of ``origin.requests.mark()``: only what came after it counts.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        timeout: float = DEFAULT_TIMEOUT_MS,
        since: int = 0,
        title: str | None = None,
    ) -> None:
        self._origin = origin
        self._timeout = timeout
        self._since = since
        self._title = title

    def to_have_received(
        self, path: str, *, times: int | None = None, timeout: float | None = None
    ) -> None:
        """A request for a path that reached the origin, whatever became of it.

        Args:
            path: with a query for exactly that, without one for any query.
            times: exactly so many; at least one where it is left out.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._received(path, times, timeout, negated=False)

    def not_to_have_received(
        self, path: str, *, times: int | None = None, timeout: float | None = None
    ) -> None:
        """The opposite of `to_have_received`."""
        __tracebackhide__ = True
        self._received(path, times, timeout, negated=True)

    def to_have_served_nothing(self) -> None:
        """Not one byte has left the origin. Judged at once: waiting could not make it true."""
        __tracebackhide__ = True
        served = self._served()
        if served:
            raise AssertionError(self._message("to have served nothing", served, 0, False))

    def not_to_have_served_nothing(self, *, timeout: float | None = None) -> None:
        """Something was served."""
        __tracebackhide__ = True
        waited = self._timeout if timeout is None else timeout
        if not self._origin.requests.wait_for(lambda _: bool(self._served()), waited / 1000):
            seen = list(self._origin.requests.since(self._since))
            raise AssertionError(self._message("to have served nothing", seen, waited, True))

    def _received(self, path: str, times: int | None, timeout: float | None, negated: bool) -> None:
        __tracebackhide__ = True
        waited = self._timeout if timeout is None else timeout

        def holds(exchanges: tuple[Exchange, ...]) -> bool:
            from pytest_offline.origin import Exchanges

            counted = [seen for seen in exchanges if seen.seq >= self._since]
            count = len(
                [seen for seen in Exchanges(counted).to(path) if seen.stopped_by != "browser"]
            )
            return (count == times if times is not None else count > 0) != negated

        if not self._origin.requests.wait_for(holds, waited / 1000):
            often = "" if times is None else f" {times} times"
            seen = list(self._origin.requests.since(self._since))
            wanted = f"to have received {path!r}{often}"
            raise AssertionError(self._message(wanted, seen, waited, negated))

    def _served(self) -> list[Exchange]:
        return [
            seen
            for seen in self._origin.requests.since(self._since)
            if seen.outcome in ("served", "cut") and seen.status is not None
        ]

    def _message(self, wanted: str, exchanges: list[Exchange], waited: float, negated: bool) -> str:
        lines = [f"{seen} ({seen.initiator})" for seen in exchanges[-_MOST_SHOWN:]]
        if len(exchanges) > _MOST_SHOWN:
            lines.insert(0, f"… {len(exchanges) - _MOST_SHOWN} earlier ones")
        seen = indented(lines, "nothing was received")
        return message(named(self._origin, self._title), wanted, seen, waited, negated)
