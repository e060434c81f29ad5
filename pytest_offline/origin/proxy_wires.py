"""Asking an upstream for what has no body, over plain HTTP: nearly all that browsers ask for.

aiohttp's client protocol, below its session: parser, flow control and streams are aiohttp's, and
the session's cookies, redirects and hooks, which a proxy must not have anyway, are left out. They
take twice the time of all the rest. Requests with a body, https and web sockets go by the session.
"""

from __future__ import annotations

import asyncio
import ipaddress
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import StreamReader
from aiohttp.client_proto import ResponseHandler
from multidict import CIMultiDict

from pytest_offline.record.hosts import is_localhost

if sys.version_info >= (3, 11):
    from asyncio import timeout as _timeout
else:
    # aiohttp's own way to the same, which it installs where it is needed
    from async_timeout import timeout as _timeout  # pyright: ignore

# Node closes after 5 s: a request must not meet a connection that is about to be closed.
KEEP_ALIVE_S: Final = 4.0
CONNECT_S: Final = 10.0
HEADERS_LIMIT: Final = 256 * 1024
"""Bytes of one header of an upstream; Chromium takes no more in all."""
BUFFER: Final = 64 * 1024


def within(seconds: float | None) -> AbstractAsyncContextManager[object]:
    """Raises asyncio.TimeoutError where its block takes longer; None lets it."""
    return _timeout(seconds)  # pyright: ignore[reportUnknownVariableType]


class NotThere(OSError):
    """Nobody listens at the upstream's address."""


@dataclass
class WireAnswer:
    """The head of an answer, and the body to be read; alike enough to aiohttp's own."""

    status: int
    raw_headers: Iterable[tuple[bytes, bytes]]
    content: StreamReader
    wire: ResponseHandler

    def close(self) -> None:
        """Breaks the connection, if the answer was not read to its end."""
        if not self.content.is_eof():
            self.wire.close()


class Patience:
    """Gives wires up that have said nothing for so long.

    One timer for all of them: a timer a request is the dearest part of asking for a small answer.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._until: dict[ResponseHandler, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begins(self, wire: ResponseHandler) -> None:
        """It was asked something just now."""
        if self._seconds is None:
            return
        loop = asyncio.get_running_loop()
        until = self._until[wire] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(until, self._look)

    def ends(self, wire: ResponseHandler) -> None:
        """It has answered, or is gone."""
        self._until.pop(wire, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for wire in [wire for wire, until in self._until.items() if until <= now]:
            self.ends(wire)
            wire.set_exception(asyncio.TimeoutError())
        waiting = min(self._until.values(), default=None)
        self._timer = None if waiting is None else loop.call_at(waiting, self._look)


class Wires:
    """Connections to one upstream, kept open for a moment. On the server's loop.

    Args:
        timeout: seconds for the connection, and again for the head of an answer; None for ever.
    """

    def __init__(self, host: str, port: int, timeout: float | None = None) -> None:
        # RFC 6761, section 6.3: many systems do not know the names under localhost.
        local = is_localhost(host)
        self._hosts = ("127.0.0.1", "::1") if local else (host,)
        # Trying addresses side by side takes a task for each, where there may be several.
        self._side_by_side = None if local or _is_address(host) else 0.25
        self._port = port
        self._timeout = timeout
        self._patience = Patience(timeout)
        self._idle: list[tuple[ResponseHandler, float]] = []
        self._open: set[ResponseHandler] = set()

    def break_all(self) -> None:
        """Not a byte follows on any of them, not even what was written and is not sent yet."""
        for wire in self._open:
            if wire.transport is not None:
                wire.transport.abort()
        self._open.clear()
        self._idle.clear()

    async def ask(self, method: str, target: str, headers: CIMultiDict[str]) -> WireAnswer:
        """Asks, and returns once the head of the answer is there.

        Raises:
            NotThere: the connection was refused.
            aiohttp.ClientError: it was lost, or what came is no HTTP.
            asyncio.TimeoutError: it took too long.
        """
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("utf-8", "surrogateescape")
        wire = self._kept()
        if wire is not None:
            try:
                return await self._ask(wire, method, head)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # RFC 9112, section 9.3.1: it was closed while it was idle, so ask once more.
                if method not in ("GET", "HEAD", "OPTIONS"):
                    raise
        async with within(self._timeout):
            wire = await self._connected()
        return await self._ask(wire, method, head)

    async def _ask(self, wire: ResponseHandler, method: str, head: bytes) -> WireAnswer:
        try:
            wire.set_response_params(
                skip_payload=method == "HEAD",
                read_until_eof=True,
                auto_decompress=False,
                read_bufsize=BUFFER,
                max_line_size=HEADERS_LIMIT,
                max_field_size=HEADERS_LIMIT,
            )
            if wire.transport is None:
                raise aiohttp.ServerDisconnectedError
            self._patience.begins(wire)
            wire.transport.write(head)
            message, content = await wire.read()
            while 100 <= message.code < 200 and message.code != 101:
                message, content = await wire.read()
        except BaseException:
            wire.close()
            self._open.discard(wire)
            raise
        finally:
            self._patience.ends(wire)
        content.on_eof(lambda: self._keep(wire))
        return WireAnswer(message.code, message.raw_headers, content, wire)

    def _keep(self, wire: ResponseHandler) -> None:
        if wire.should_close or wire not in self._open:
            wire.close()
            self._open.discard(wire)
        else:
            self._idle.append((wire, time.monotonic()))

    def _kept(self) -> ResponseHandler | None:
        while self._idle:
            wire, since = self._idle.pop()
            fresh = time.monotonic() - since < KEEP_ALIVE_S
            if fresh and wire.is_connected() and not wire.should_close:
                return wire
            wire.close()
            self._open.discard(wire)
        return None

    async def _connected(self) -> ResponseHandler:
        loop = asyncio.get_running_loop()
        refused: OSError | None = None
        for host in self._hosts:
            try:
                _, wire = await loop.create_connection(
                    lambda: ResponseHandler(loop),
                    host,
                    self._port,
                    happy_eyeballs_delay=self._side_by_side,
                )
            except OSError as error:
                refused = refused or error
                continue
            self._open = {other for other in self._open if other.is_connected()}
            self._open.add(wire)
            return wire
        assert refused is not None
        raise NotThere(refused.errno, refused.strerror or str(refused)) from refused


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
