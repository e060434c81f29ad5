"""Connections: which origin each belongs to, and how one is broken so that nothing follows."""

from __future__ import annotations

import array
import asyncio
import fcntl
import socket
import struct
import termios
from typing import Final

from aiohttp import web

from pytest_offline.origin.flights import Flight
from pytest_offline.origin.ledger import Ledger
from pytest_offline.record import Condition

_NO_LINGER: Final = struct.pack("ii", 1, 0)


class Connection:
    """One open connection, the ledger of the origin that last answered on it, the last exchange."""

    __slots__ = ("flight", "ledger", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.ledger: Ledger | None = None
        self.flight: Flight | None = None

    def reset(self) -> None:
        """Breaks it at once: what is buffered, here or in the kernel, is thrown away.

        Closing a socket whose linger time is zero sends RST and discards the send queue (Linux,
        socket(7), SO_LINGER; tcp(7)).
        """
        endpoint = self.transport.get_extra_info("socket")
        if endpoint is not None and endpoint.fileno() >= 0:
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()

    def cut(self, condition: Condition) -> None:
        """Breaks it because the network went away, and notes what that did to its exchange."""
        flight, ledger = self.flight, self.ledger
        if flight is not None and ledger is not None:
            unsent = self._unsent()
            if flight.in_flight:
                flight.stop(condition, unsent)
            elif unsent:
                flight.take_back(unsent, condition)
            ledger.settle(flight)
        self.reset()

    def _unsent(self) -> int:
        """Bytes handed over that the other side has not got yet."""
        endpoint = self.transport.get_extra_info("socket")
        if endpoint is None or endpoint.fileno() < 0:
            return 0
        queued = array.array("i", [0])
        fcntl.ioctl(endpoint.fileno(), termios.TIOCOUTQ, queued)
        return queued[0] + self.transport.get_write_buffer_size()


class ConnectionServer(web.Server):
    """aiohttp's low-level server, which also knows its connections by their origin."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._open: dict[web.RequestHandler, Connection] = {}

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Called by aiohttp for each new connection."""
        self._open[handler] = Connection(transport)
        super().connection_made(handler, transport)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Called by aiohttp once a connection's socket is about to be closed."""
        self._open.pop(handler, None)
        super().connection_lost(handler, exc)

    def connection_of(self, handler: web.RequestHandler) -> Connection | None:
        """The connection a request came by; None if it is gone already."""
        return self._open.get(handler)

    def cut(self, ledger: Ledger, condition: Condition) -> None:
        """Breaks every connection that belongs to an origin, named by its ledger."""
        for connection in list(self._open.values()):
            if connection.ledger is ledger:
                connection.cut(condition)

    def reset_all(self) -> None:
        """Breaks every connection."""
        for connection in list(self._open.values()):
            connection.reset()
