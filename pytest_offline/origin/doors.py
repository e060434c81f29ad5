"""One port of the server, which may be shut: who knocks then is refused, and nobody else has it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from pytest_offline.origin.sockets import HeldPort

Protocol = Callable[[], asyncio.BaseProtocol]


class Door:
    """Listening sockets of one port, and what serves them. Lives on the server's loop.

    Attributes:
        context: what it speaks TLS with; None in the clear.
    """

    def __init__(
        self,
        sockets: list[socket.socket],
        protocol: Protocol,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.context = context
        self._sockets = sockets
        self._protocol = protocol
        self._listening: list[asyncio.Server] = []
        self._opening: asyncio.Task[None] | None = None
        self._held: HeldPort | None = None

    @property
    def is_shut(self) -> bool:
        """Whether connections are refused."""
        return self._held is not None

    async def serve(self) -> None:
        """Begins to serve what listens."""
        loop = asyncio.get_running_loop()
        for listener in self._sockets:
            server = await loop.create_server(self._protocol, sock=listener, ssl=self.context)
            self._listening.append(server)

    def shut(self, shut: bool) -> None:
        """Connections are refused from now on, or are not any more."""
        if shut and self._held is None:
            self._held = HeldPort(self._sockets)
            self._refuse()
        elif not shut and self._held is not None:
            # They listen from here on: who connects before they are served waits in the backlog.
            self._sockets, self._held = self._held.listen(), None
            self._opening = asyncio.ensure_future(self.serve())

    def close(self) -> None:
        """Lets go of the port."""
        if self._held is not None:
            self._held.close()
        self._cancel()
        _let_go(self._listening, self._sockets)
        self._listening = []

    def _refuse(self) -> None:
        """At once; but a connection that asyncio has accepted is given its transport first.

        From a server that is closed by then it never gets one, and nobody closes it (CPython's
        BaseSelectorEventLoop._accept_connection2).
        """
        self._cancel()
        loop = asyncio.get_running_loop()
        for listener in self._sockets:
            if listener.fileno() >= 0:
                loop.remove_reader(listener)
                listener.shutdown(socket.SHUT_RDWR)  # Linux: it listens no more
        loop.call_soon(_let_go, self._listening, self._sockets)
        self._listening = []

    def _cancel(self) -> None:
        if self._opening is not None:
            self._opening.cancel()


def _let_go(servers: list[asyncio.Server], sockets: list[socket.socket]) -> None:
    for server in servers:
        server.close()
    for listener in sockets:  # what was to be served when that was cancelled
        if listener.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()
