"""The ledger: every exchange of one origin, in the order in which the requests had been read.

An exchange stands in the ledger from the moment its request had been read, body included, and is
updated as it goes on; ``in_flight`` says that it has not ended, so a test can see an event stream
that is still open. One entry an exchange, ever.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar, overload

from pytest_offline.origin.flights import Flight
from pytest_offline.record import Exchange

Seen = TypeVar("Seen")

DEFAULT_LIMIT: Final = 10_000
BODIES_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of request bodies a ledger holds in all before it drops its oldest exchanges."""
_SHOWN: Final = 100
_REFRESH_S: Final = 0.1


class Exchanges(Sequence[Exchange]):
    """Some exchanges, in order; ``str()`` shows them as a table."""

    def __init__(self, exchanges: Sequence[Exchange] = ()) -> None:
        self._exchanges = tuple(exchanges)

    def snapshot(self) -> tuple[Exchange, ...]:
        """The exchanges as they are now."""
        return self._exchanges

    def to(self, path: str) -> Exchanges:
        """Those to a path: with a query (``/a?b=1``) exactly that, without one any query."""
        if "?" in path:
            return Exchanges([seen for seen in self.snapshot() if seen.path == path])
        return Exchanges([seen for seen in self.snapshot() if seen.path.partition("?")[0] == path])

    def since(self, mark: int) -> Exchanges:
        """Those whose request arrived after ``mark()`` was called."""
        return Exchanges([seen for seen in self.snapshot() if seen.seq >= mark])

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Exchange, ...]: ...
    def __getitem__(self, index: int | slice) -> Exchange | tuple[Exchange, ...]:
        return self.snapshot()[index]

    def __len__(self) -> int:
        return len(self.snapshot())

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.snapshot())

    def __repr__(self) -> str:
        return f"<{self._summary()}: {', '.join(map(str, self.snapshot()[-8:]))}>"

    def __str__(self) -> str:
        return "\n".join([self._summary(), *_table(self.snapshot())])

    def _summary(self) -> str:
        count = len(self)
        return f"{count} exchange{'' if count == 1 else 's'}"


class Ledger(Exchanges):
    """All exchanges of one origin; every reading is a snapshot, safe while others arrive.

    Attributes:
        dropped: how many of the oldest were let go, because ``limit`` (or the bodies' 64 MiB)
            was reached.
        refresh: called before each reading, by whoever knows of exchanges that never reached
            the origin; None by default.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        super().__init__()
        self.limit = limit
        self.dropped = 0
        self.refresh: Callable[[], None] | None = None
        self._flights: deque[Flight] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._waiting = 0
        self._version = 0
        self._next = 0
        self._body_bytes = 0

    def snapshot(self) -> tuple[Exchange, ...]:
        """The exchanges as they are now."""
        return tuple(flight.exchange() for flight in self._now())

    def with_answer_bodies(self) -> tuple[tuple[Exchange, bytes | None], ...]:
        """The exchanges as they are now, each with the body that was sent.

        It is kept of AppCache manifests, and of what else that cache fetched; None of others.
        """
        # The exchange first: whatever of it is known to be sent has been kept by then.
        return tuple((flight.exchange(), flight.sent()) for flight in self._now())

    def _now(self) -> tuple[Flight, ...]:
        if self.refresh is not None:
            self.refresh()
        with self._changed:
            return tuple(self._flights)

    def mark(self) -> int:
        """A place in the ledger, for ``since``: after all that arrived until now."""
        if self.refresh is not None:
            self.refresh()
        with self._changed:
            return self._next

    def clear(self) -> None:
        """Forgets all exchanges, and what was dropped. Numbers go on, so marks stay good."""
        with self._changed:
            self._flights.clear()
            self._body_bytes = 0
            self.dropped = 0

    def wait_for(
        self, predicate: Callable[[tuple[Exchange, ...]], Seen], timeout: float = 5.0
    ) -> Seen:
        """Waits until the predicate, given all exchanges, is true; returns what it gave last.

        It is asked again whenever an exchange arrives, begins to be answered or ends, never by
        the clock (but where ``refresh`` is set: what that pulls in cannot announce itself).

        Args:
            timeout: seconds; when they are over the last, false value is returned.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            self._waiting += 1
        try:
            while True:
                version = self._version
                seen = predicate(self.snapshot())
                left = deadline - time.monotonic()
                if seen or left <= 0:
                    return seen
                self._wait_for_change(version, left)
        finally:
            with self._changed:
                self._waiting -= 1

    def _wait_for_change(self, version: int, timeout: float) -> None:
        if self.refresh is not None:
            timeout = min(timeout, _REFRESH_S)
        with self._changed:
            self._changed.wait_for(lambda: self._version != version, timeout)

    def enter(self, flight: Flight) -> None:
        """Takes in an exchange whose request has been read."""
        with self._changed:
            flight.seq = self._next
            self._next += 1
            self._flights.append(flight)
            self._body_bytes += len(flight.body)
            while len(self._flights) > self.limit or self._body_bytes > BODIES_LIMIT:
                self._body_bytes -= len(self._flights.popleft().body)
                self.dropped += 1
            self._announce()

    def grow(self, flight: Flight, data: bytes) -> None:
        """Adds to the request's body of an exchange whose body is read while it is answered."""
        with self._changed:
            flight.body += data
            if self._flights and flight.seq >= self._flights[0].seq:
                self._body_bytes += len(data)

    def announce(self) -> None:
        """Wakes who waits: an exchange has begun to be answered, or ended."""
        with self._changed:
            self._announce()

    def settle(self, flight: Flight) -> None:
        """It has changed or ended: takes it in if it is not here yet, wakes who waits."""
        if flight.seq < 0:
            self.enter(flight)
        else:
            self.announce()

    def _announce(self) -> None:
        self._version += 1
        if self._waiting:
            self._changed.notify_all()

    def _summary(self) -> str:
        if not self.dropped:
            return super()._summary()
        return (
            f"{super()._summary()} ({self.dropped} older ones were dropped: the ledger keeps the "
            f"newest {self.limit:,}, and {BODIES_LIMIT >> 20} MiB of request bodies)"
        )


def _table(exchanges: Sequence[Exchange]) -> list[str]:
    if not exchanges:
        return []
    start = exchanges[0].time
    earlier = len(exchanges) - _SHOWN
    exchanges = exchanges[-_SHOWN:]
    rows = [("seq", "ms", "request", "by", "condition", "outcome", "status", "bytes")]
    rows += [_row(exchange, start) for exchange in exchanges]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return [f"  the last {_SHOWN}, after {earlier} others:", *lines] if earlier > 0 else lines


def _row(seen: Exchange, start: float) -> tuple[str, ...]:
    outcome = "in flight" if seen.in_flight else seen.outcome
    if seen.stopped_by is not None:
        outcome = f"{outcome} by the {seen.stopped_by}"
    return (
        str(seen.seq),
        f"+{seen.time - start:.0f}",
        f"{seen.method} {seen.path}",
        seen.initiator,
        str(seen.condition),
        outcome,
        "-" if seen.status is None else str(seen.status),
        str(seen.bytes_sent),
    )
