"""Connections: which origin each belongs to, and how one is broken so that nothing follows."""

from __future__ import annotations

import array
import asyncio
import fcntl
import socket
import struct
from collections.abc import Callable
from typing import Final, Literal

from aiohttp import web

from pytest_offline.origin.flights import Flight
from pytest_offline.origin.ledger import Ledger
from pytest_offline.record import Condition

_NO_LINGER: Final = struct.pack("ii", 1, 0)
_SIOCOUTQNSD: Final = 0x894B
_TCP_CLOSE: Final = 7  # the state of a dead connection (Linux, include/net/tcp_states.h)


Breaking = Literal["cut", "freeze"]
"""How a connection is broken: reset, or left open with nobody behind it any more."""


class Connection:
    """One open connection, the ledger of the origin that last answered on it, the last exchange."""

    __slots__ = ("_was_reset", "flight", "held", "leaving", "ledger", "transport")
    scheme = "http"

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.ledger: Ledger | None = None
        self.flight: Flight | None = None
        self.leaving: socket.socket | None = None
        self.held = False
        self._was_reset = False

    def leave(self) -> None:
        """Its socket is about to be closed in good order, and may have something to deliver yet.

        The kernel would go on delivering whatever condition came into force, so a second handle
        on the socket is kept until that is done.
        """
        endpoint = self._endpoint()
        if endpoint is not None and not self._was_reset and _queued(endpoint):
            self.leaving = endpoint.dup()
            # As the close would, had it been the last: the other side learns that this is all.
            self.leaving.shutdown(socket.SHUT_WR)

    def left(self) -> bool:
        """Whether a connection that was leaving has delivered everything; lets go of it then."""
        if self.leaving is not None and _queued(self.leaving):
            return False
        self._let_go()
        return True

    def _let_go(self) -> None:
        if self.leaving is not None:
            self.leaving.close()
            self.leaving = None

    def reset(self) -> None:
        """Breaks it at once: what is buffered, here or in the kernel, is thrown away.

        Closing a socket whose linger time is zero sends RST and discards the send queue (Linux,
        socket(7), SO_LINGER; tcp(7)).
        """
        self._was_reset = True
        for endpoint in (self._endpoint(), self.leaving):
            if endpoint is not None:
                endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._let_go()
        self.transport.abort()

    def freeze(self, condition: Condition) -> socket.socket | None:
        """Lets go of it without a word to the other side, for whom it stays open and silent.

        Gives the second handle that keeps it so; None where it had to be cut: what the kernel has
        yet to deliver would go on arriving.
        """
        endpoint = self._endpoint()
        if endpoint is None or self.leaving is not None or self._unsent():
            self.cut(condition)
            return None
        kept = endpoint.dup()
        self._note(condition)
        self._was_reset = True
        self.transport.abort()
        return kept

    def cut(self, condition: Condition) -> None:
        """Breaks it because the network went away, and notes what that did to its exchange."""
        self._note(condition)
        self.reset()

    def _note(self, condition: Condition) -> None:
        flight, ledger = self.flight, self.ledger
        if flight is not None and ledger is not None:
            if self.held:
                condition = flight.condition
            unsent = self._unsent()
            if flight.in_flight:
                flight.stop(condition, unsent)
            elif unsent:
                flight.take_back(unsent, condition)
            ledger.settle(flight)

    def _unsent(self) -> int:
        """Bytes handed over that the other side has not got yet."""
        endpoint = self.leaving or self._endpoint()
        if endpoint is None:
            return 0
        return _queued(endpoint) + self.transport.get_write_buffer_size()

    def _endpoint(self) -> socket.socket | None:
        endpoint = self.transport.get_extra_info("socket")
        return None if endpoint is None or endpoint.fileno() < 0 else endpoint


class SecureConnection(Connection):
    """The same over TLS, with a handle of its own on the socket.

    asyncio closes the socket below TLS before it tells the protocol above, which is too late for
    ``leave``. And its transport forgets what it is made of when it is closed a second time, as
    aiohttp does, and could not be broken off any more: so that is put back.
    """

    __slots__ = ("_below", "_handle")
    scheme = "https"

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._handle: socket.socket = transport.get_extra_info("socket").dup()
        self._below: object = getattr(transport, "_ssl_protocol", None)

    def leave(self) -> None:
        """As for any; lets go of the socket where there is nothing to wait for."""
        super().leave()
        self._handle.close()

    def reset(self) -> None:
        """As for any."""
        self._restore()
        super().reset()
        self._handle.close()

    def _unsent(self) -> int:
        self._restore()
        return super()._unsent()

    def _restore(self) -> None:
        if getattr(self.transport, "_ssl_protocol", self) is None:
            setattr(self.transport, "_ssl_protocol", self._below)  # noqa: B010

    def _endpoint(self) -> socket.socket | None:
        return None if self._handle.fileno() < 0 else self._handle


def _queued(endpoint: socket.socket) -> int:
    """Bytes in the kernel's send queue that were not sent (Linux, linux/sockios.h, SIOCOUTQNSD).

    What was sent stands in the client's receive queue, for this is loopback: it can be read there
    still. That it is not acknowledged says nothing, as acknowledging may be put off for 40 ms.
    """
    if endpoint.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _TCP_CLOSE:
        return 0  # reset by the other side: nothing goes out any more, whatever the count says
    queued = array.array("i", [0])
    fcntl.ioctl(endpoint.fileno(), _SIOCOUTQNSD, queued)
    return queued[0]


class ConnectionServer(web.Server):
    """aiohttp's low-level server, which also knows its connections by their origin."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._open: dict[web.RequestHandler, Connection] = {}
        self._leaving: list[Connection] = []
        self._frozen: list[tuple[Ledger, socket.socket]] = []

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Called by aiohttp for each new connection."""
        secure = transport.get_extra_info("sslcontext") is not None
        self._open[handler] = (SecureConnection if secure else Connection)(transport)
        super().connection_made(handler, transport)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Called by aiohttp once a connection's socket is about to be closed."""
        connection = self._open.pop(handler, None)
        self._leaving = [leaving for leaving in self._leaving if not leaving.left()]
        if connection is not None:
            connection.leave()
            if connection.leaving is not None:
                self._leaving.append(connection)
        super().connection_lost(handler, exc)

    def connection_of(self, handler: web.RequestHandler) -> Connection | None:
        """The connection a request came by; None if it is gone already."""
        return self._open.get(handler)

    def cut(
        self,
        ledger: Ledger,
        condition: Condition,
        how: Callable[[Connection], Breaking | None] = lambda _: "cut",
    ) -> None:
        """Breaks the connections that belong to an origin, named by its ledger.

        Args:
            how: says of each how it is broken, None for one that is left alone. Those that were
                frozen before are reset.
        """
        self._thaw(ledger)
        for connection in self._all():
            breaking = how(connection) if connection.ledger is ledger else None
            if breaking == "cut":
                connection.cut(condition)
            elif breaking == "freeze":
                kept = connection.freeze(condition)
                if kept is not None:
                    self._frozen.append((ledger, kept))

    def _thaw(self, ledger: Ledger | None) -> None:
        """Resets what is frozen: of one origin, or all."""
        for whose, kept in self._frozen:
            if ledger is None or whose is ledger:
                kept.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                kept.close()
        self._frozen = [(whose, kept) for whose, kept in self._frozen if kept.fileno() >= 0]

    def reset_all(self) -> None:
        """Breaks every connection."""
        self._thaw(None)
        for connection in self._all():
            connection.reset()

    def _all(self) -> list[Connection]:
        return [*self._open.values(), *self._leaving]
