"""What a server that runs elsewhere answers, passed on as it comes."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.resolver import ThreadedResolver
from aiohttp.tracing import Trace
from multidict import CIMultiDict
from yarl import URL

from pytest_offline.origin.answers import (
    Answer,
    AnswerError,
    Asked,
    BrokenOff,
    Relay,
    Sending,
    announced_length,
    plain,
)
from pytest_offline.origin.loop_thread import LoopThread
from pytest_offline.origin.proxy_headers import Naming
from pytest_offline.origin.proxy_sockets import no_redirects, pass_on
from pytest_offline.origin.proxy_wires import (
    BUFFER,
    CONNECT_S,
    HEADERS_LIMIT,
    KEEP_ALIVE_S,
    WireAnswer,
    Wires,
    within,
)
from pytest_offline.origin.proxy_words import FAILURES, checked_upstream, sentence
from pytest_offline.record.hosts import is_localhost

_NOT_PLAIN: Final = re.compile(r"[^!-~]|#")
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_HOPS: Final = "X-Pytest-Offline-Hops"
_MOST_HOPS: Final = 8
_AUTOMATIC: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True)
class ProxyOptions:
    """What ``origin.proxy`` takes, which documents it.

    Attributes:
        timeout: seconds; None waits for ever.
        forwarded: whether the upstream is told of the origin by ``X-Forwarded-*``.
    """

    preserve_host: bool = False
    verify: bool = True
    timeout: float | None = 30.0
    forwarded: bool = True


class _Resolver(ThreadedResolver):
    """The system's, which on many machines does not know the names under ``localhost``."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of a name; RFC 6761, section 6.3: of these, always loopback."""
        if not is_localhost(host):
            return await super().resolve(host, port, family)
        both = (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=_NUMERIC
            )
            for address, kind in both
            if family in (socket.AF_UNSPEC, kind)
        ]


class _Connector(aiohttp.TCPConnector):
    """Knows its open connections, so that all can be broken at once."""

    def __init__(self, *, verify: bool) -> None:
        options: dict[str, Any] = {"limit": 0, "keepalive_timeout": KEEP_ALIVE_S, "ssl": verify}
        options["resolver"] = _Resolver()
        # aiohttp's own hints have a gap there.
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]
        self._made: set[asyncio.Transport] = set()

    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A connection, from the pool or new."""
        connection = await super().connect(req, traces, timeout)
        transport = connection.transport
        if transport is not None and transport not in self._made:
            self._made = {other for other in self._made if not other.is_closing()}
            self._made.add(transport)
        return connection

    def break_all(self) -> None:
        """Not a byte follows on any of them, not even what was written and is not sent yet."""
        for transport in self._made:
            transport.abort()
        self._made.clear()


class ProxyMount:
    """An upstream at a path of an origin.

    Raises:
        UsageError: the URL is no server's.
    """

    def __init__(
        self,
        upstream_url: str,
        at: str,
        base: str,
        server: LoopThread,
        options: ProxyOptions,
    ) -> None:
        upstream, path = checked_upstream(upstream_url, base)
        self.naming = Naming(base, at, upstream, path, options.preserve_host, options.forwarded)
        self.upstream = upstream
        self._server = server
        self._options = options
        self._session: aiohttp.ClientSession | None = None
        self._socket_session: aiohttp.ClientSession | None = None
        self._connector: _Connector | None = None
        parts = urlsplit(upstream)
        # All http origins share one port, all https origins another: only these can be a ring.
        own = urlsplit(base)
        self._counts_hops = parts.port == own.port or parts.scheme != own.scheme
        host = parts.hostname or ""
        self._wires = (
            Wires(host, parts.port or 80, options.timeout) if parts.scheme == "http" else None
        )

    def __repr__(self) -> str:
        return f"<proxy of {self.upstream}{self.naming.path} at {self.naming.at}>"

    def answer(self, asked: Asked) -> Answer | Relay:
        """Itself, or the way to the folder's name with its slash."""
        if asked.path != self.naming.at[:-1]:
            return self
        place = f"{asked.path}/{asked.target[len(asked.path) :]}"
        return plain(308, f"The upstream is at {place}", {"Location": place})

    def cut(self) -> None:
        """Breaks every connection to the upstream."""
        if self._connector is not None:
            self._connector.break_all()
        if self._wires is not None:
            self._wires.break_all()

    def close(self) -> None:
        """Breaks every connection to the upstream, and lets go of the client."""
        if self._server.alive:
            self._server.run(self._close())

    async def _close(self) -> None:
        self.cut()
        for session in (self._socket_session, self._session):
            if session is not None:
                await session.close()
        self._session = self._socket_session = None

    async def relay(self, asked: Asked, sending: Sending) -> None:
        """Asks the upstream, and passes on what it answers.

        Raises:
            AnswerError: it is not there, breaks off, or says nothing.
        """
        if asked.method in ("CONNECT", "TRACE"):
            raise AnswerError(f"{asked.method} is not passed on to {self.upstream}.", status=405)
        try:
            if asked.is_upgrade:
                session = self._opened_for_sockets()
                url = URL(f"{self.upstream}{self._target(asked)}", encoded=True)
                headers = self.naming.request_headers(asked, sending.peer)
                await pass_on(session, url, headers, asked, sending, self._options.timeout)
            else:
                await self._pass_on(asked, sending)
        except BrokenOff:
            raise
        except FAILURES as error:
            if _is_the_clients(error, sending):
                raise ConnectionResetError(str(error)) from error
            raise self.broken(error) from error

    def broken(self, error: Exception) -> AnswerError:
        """What to say of an upstream that could not be asked, or broke off."""
        return AnswerError(
            f"the upstream {self.upstream} {sentence(error, self._options.timeout)}",
            status=504 if isinstance(error, asyncio.TimeoutError) else 502,
        )

    def check(self, status: int, headers: Any) -> None:
        """Looks at an answer's head before it is passed on.

        Raises:
            AnswerError: it cannot be.
        """
        if status < 200:
            raise AnswerError(
                f"the upstream {self.upstream} answered with status {status}, which nobody asked "
                "for: only web sockets can change the protocol.",
                status=502,
            )

    async def _pass_on(self, asked: Asked, sending: Sending) -> None:
        headers = self.naming.request_headers(asked, sending.peer)
        if self._counts_hops:
            self._count_hop(asked, headers)
        response = await self._answer_of(asked, headers, sending)
        try:
            answered = self.naming.response_headers(response.raw_headers)
            self.check(response.status, answered)
            sending.answer = Answer(response.status, answered)
            await _pass_body(response, sending)
        finally:
            response.close()

    async def _answer_of(
        self, asked: Asked, headers: CIMultiDict[str], sending: Sending
    ) -> aiohttp.ClientResponse | WireAnswer:
        target = self._target(asked)
        if self._wires is not None and not sending.has_body:
            return await self._wires.ask(asked.method, target, headers)
        # Not the client's own time-outs: those would end a stream that is merely quiet.
        async with within(self._options.timeout):
            return await self._opened().request(
                asked.method,
                URL(f"{self.upstream}{target}", encoded=True),
                headers=headers,
                data=_pieces(sending) if sending.has_body else None,
                allow_redirects=False,
            )

    def _count_hop(self, asked: Asked, headers: Any) -> None:
        hops = asked.headers.get(_HOPS, "0")
        count = int(hops) + 1 if hops.isdecimal() else 1
        if count > _MOST_HOPS:
            raise AnswerError(
                f"{asked.path} was passed on {_MOST_HOPS} times: the origins of this test are "
                "proxies of one another, in a ring.",
                status=508,
            )
        headers[_HOPS] = str(count)

    def _target(self, asked: Asked) -> str:
        target = self.naming.target(asked)
        if _NOT_PLAIN.search(target) is not None:
            return quote(target, safe="!$%&'()*+,/:;=?@[]~\"<>\\^`{|}", errors="surrogateescape")
        return target

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._connector = _Connector(verify=self._options.verify)
            self._session = _session(self._connector)
        return self._session

    def _opened_for_sockets(self) -> aiohttp.ClientSession:
        """A second one: what keeps web sockets from following redirects costs every request."""
        self._opened()
        if self._socket_session is None:
            assert self._connector is not None
            self._socket_session = _session(
                self._connector, connector_owner=False, trace_configs=[no_redirects()]
            )
        return self._socket_session


def _session(connector: _Connector, **more: Any) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_AUTOMATIC,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        read_bufsize=BUFFER,
        max_line_size=HEADERS_LIMIT,
        max_field_size=HEADERS_LIMIT,
        **more,
    )


async def _pieces(sending: Sending) -> AsyncIterator[bytes]:
    while data := await sending.read():
        yield data


async def _pass_body(response: aiohttp.ClientResponse | WireAnswer, sending: Sending) -> None:
    if not sending.wants_body:
        await sending.start(None)
        await sending.finish()
        return
    if response.content.is_eof():  # all of it came with the head: it goes on in one write
        sending.answer.body = response.content.read_nowait()
        await sending.send()
        return
    await sending.start(announced_length(sending.answer.headers))
    while data := await response.content.readany():
        await sending.write(data)
    await sending.finish()


def _is_the_clients(error: Exception, sending: Sending) -> bool:
    """Whether it was the browser that left, and not the upstream."""
    return isinstance(error, aiohttp.ClientConnectionResetError) and sending.peer is None
