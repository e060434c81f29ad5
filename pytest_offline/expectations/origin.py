"""``expect(origin)``: what the origin was asked, and what it served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_offline.expectations.waiting import DEFAULT_TIMEOUT_MS, Sight, indented, message
from pytest_offline.record import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_offline.origin import Origin

_MOST_SHOWN = 10


class OriginAssertions:
    """What can be expected of ``origin``. Every method has a ``not_`` twin.

    ``since`` is a mark of ``origin.requests.mark()``: only what arrived after it counts.
    """

    def __init__(
        self, origin: Origin, *, timeout: float = DEFAULT_TIMEOUT_MS, title: str | None = None
    ) -> None:
        self._origin = origin
        self._timeout = timeout
        self._title = title

    def to_have_received(
        self, path: str, *, times: int | None = None, since: int = 0, timeout: float | None = None
    ) -> None:
        """A request for a path that reached the origin, whatever became of it.

        What the browser's own offline switch stopped never reached it and does not count.

        Args:
            path: or the whole URL; with a query for exactly that, without one for any query.
            times: exactly so many; at least one where it is left out.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._received(path, times, since, timeout, negated=False)

    def not_to_have_received(
        self, path: str, *, times: int | None = None, since: int = 0, timeout: float | None = None
    ) -> None:
        """The opposite of `to_have_received`."""
        __tracebackhide__ = True
        self._received(path, times, since, timeout, negated=True)

    def to_have_served_nothing(self, *, since: int = 0) -> None:
        """Not one byte has left the origin. Judged at once: waiting could not make it true."""
        __tracebackhide__ = True
        self._served_nothing(since, 0, negated=False)

    def not_to_have_served_nothing(self, *, since: int = 0, timeout: float | None = None) -> None:
        """Something was served."""
        __tracebackhide__ = True
        self._served_nothing(since, timeout, negated=True)

    def _received(
        self, path: str, times: int | None, since: int, timeout: float | None, negated: bool
    ) -> None:
        __tracebackhide__ = True
        path = path.removeprefix(self._origin.url.rstrip("/"))
        often = "" if times is None else f" {times} times"

        def look(exchanges: Sequence[Exchange]) -> Sight:
            count = sum(seen.stopped_by != "browser" for seen in _to(path, exchanges))
            counted = "" if times is None else f"  {count} such requests; all there were:\n"
            holds = count == times if times is not None else count > 0
            return Sight(holds, counted + _shown(exchanges, "nothing was received"))

        self._wait(f"to have received {path!r}{often}", look, since, timeout, negated)

    def _served_nothing(self, since: int, timeout: float | None, negated: bool) -> None:
        __tracebackhide__ = True

        def look(exchanges: Sequence[Exchange]) -> Sight:
            # Only an answer that began has a status: what is blocked never gets one.
            served = [seen for seen in exchanges if seen.status is not None]
            return Sight(not served, _shown(served or exchanges, "nothing was received"))

        self._wait("to have served nothing", look, since, timeout, negated)

    def _wait(
        self,
        wanted: str,
        look: Callable[[Sequence[Exchange]], Sight],
        since: int,
        timeout: float | None,
        negated: bool,
    ) -> None:
        __tracebackhide__ = True
        last = Sight(False, "")

        def holds(exchanges: Sequence[Exchange]) -> bool:
            nonlocal last
            last = look([seen for seen in exchanges if seen.seq >= since])
            return last.holds != negated

        waited = self._timeout if timeout is None else timeout
        if not self._origin.requests.wait_for(holds, waited / 1000):
            raise AssertionError(
                message(self._origin, wanted, last.text, waited, negated, self._title)
            )


def _to(path: str, exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
    from pytest_offline.origin import Exchanges

    return Exchanges(exchanges).to(path)


def _shown(exchanges: Sequence[Exchange], nothing: str) -> str:
    lines = [_line(seen) for seen in exchanges[-_MOST_SHOWN:]]
    if len(exchanges) > _MOST_SHOWN:
        lines.insert(0, f"… {len(exchanges) - _MOST_SHOWN} earlier ones")
    return indented(lines, nothing)


def _line(seen: Exchange) -> str:
    stopped = f", stopped by the {seen.stopped_by}" if seen.stopped_by else ""
    return f"{seen} ({seen.initiator}{stopped})"
