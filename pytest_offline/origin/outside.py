"""The way out: what a test's browser asks for beyond this machine comes by here, and is refused.

A browser context is given a SOCKS proxy on loopback, which every page and worker of it, service
workers too, asks for each connection by the name of its host (RFC 1928). Contexts, not the browser:
tests that use nothing of this package share the browser and keep their network. Names on loopback
go past it. Measured in Chromium 156 and Firefox ESR 153.

A connection for an origin on a name such as ``app.test`` is handed to the server as it is, with
nothing between that could deliver a byte late. One for a host that the test has opened becomes a
tunnel, which ends with the network.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import fnmatch
import ipaddress
import re
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from pytest_offline.errors import UsageError
from pytest_offline.origin.loop_thread import LoopThread
from pytest_offline.record import Initiator, OutsideRequest

BYPASS: Final = "localhost,.localhost,127.0.0.1,[::1],::1"
"""Hosts that a context asks by itself: this machine is not the world outside."""

Admit = Callable[[str, int, socket.socket], "Awaitable[None] | None"]
"""Takes a connection for an origin's own host and port; None where no origin is called so, and
ConnectionRefusedError where that is down."""

# What no page asks for: Chromium looks for a captive portal when it has refused a certificate.
_BROWSERS_OWN: Final = frozenset({"connectivitycheck.gstatic.com"})

# RFC 1928, sections 3, 4 and 6.
_VERSION: Final = 5
_CONNECT: Final = 1
_ADDRESS_BYTES: Final = {1: 4, 4: 16}
_NAME: Final = 3
_DONE, _NOT_ALLOWED, _UNREACHABLE, _REFUSED, _NO_COMMAND = 0, 2, 4, 5, 7

_PATTERN = re.compile(r"\*|(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_-]+)*|[0-9a-f:]+")
_HTTPS: Final = 443
_PATIENCE_S: Final = 30.0
_NO_LINGER: Final = struct.pack("ii", 1, 0)


class Outside:
    """What one test allows its browser beyond this machine, and what that asked for.

    Args:
        allowed: hosts that are open from the start.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._open = [checked_host(host) for host in allowed]
        self._away = False
        self._lost: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._seen: list[OutsideRequest] = []
        self.gate: Gate | None = None

    @property
    def requests(self) -> tuple[OutsideRequest, ...]:
        """What was asked for, by time; what was let out too."""
        with self._lock:
            return tuple(self._seen)

    def allows(self, host: str) -> bool:
        """Whether a host is open now."""
        return not self._away and host not in self._lost and self.is_opened(host)

    def is_opened(self, host: str) -> bool:
        """Whether the test has opened a host, wherever the network is now."""
        return any(fnmatch.fnmatchcase(host, each) for each in self._open)

    def open(self, hosts: Iterable[str]) -> list[str]:
        """Opens hosts; returns their patterns, for `shut`."""
        patterns = [checked_host(host) for host in hosts]
        self._open += patterns
        return patterns

    def shut(self, patterns: Iterable[str]) -> None:
        """Takes back what `open` opened, and ends the connections that nothing else allows."""
        for pattern in patterns:
            self._open.remove(pattern)
        self._end_tunnels()

    def set_away(self, away: bool, lost: Iterable[str] = ()) -> None:
        """Offline, the hosts that a test has opened are gone like everything else.

        Args:
            lost: hosts whose names are not found meanwhile.
        """
        self._away, self._lost = away, frozenset(lost)
        self._end_tunnels()

    def note(self, host: str, port: int, *, refused: bool) -> None:
        """The gate was asked for a connection."""
        if host in _BROWSERS_OWN and refused:
            return
        with self._lock:
            self._seen.append(OutsideRequest(time.time() * 1000, host, port, refused))

    def note_request(self, url: str, host: str, port: int, initiator: Initiator) -> None:
        """The browser says which request failed: it is one the gate refused, if that saw any."""
        with self._lock:
            for index, seen in enumerate(self._seen):
                if (seen.host, seen.port, seen.url, seen.refused) == (host, port, None, True):
                    known = dataclasses.replace(seen, url=url, initiator=initiator)
                    self._seen[index] = known
                    return
            now = time.time() * 1000
            self._seen.append(OutsideRequest(now, host, port, True, url, initiator))

    def _end_tunnels(self) -> None:
        if self.gate is not None:
            self.gate.end_tunnels(lambda host: not self.allows(host))


class Gate:
    """A SOCKS proxy on loopback. While a test has it, that test's `Outside` decides.

    A context may outlive its test, and the next may be none of ours: with nobody to decide, every
    host is open, as if there were no gate.
    """

    def __init__(self, thread: LoopThread, admit: Admit) -> None:
        self._thread = thread
        self._admit = admit
        self._tunnels: dict[asyncio.Task[None], str] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listener.setblocking(False)
        self._tasks: set[asyncio.Task[None]] = set()
        self.outside: Outside | None = None
        thread.call(lambda: self._start(self._accept()))

    @property
    def url(self) -> str:
        """``socks5://127.0.0.1:PORT``."""
        return f"socks5://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Accepts no more; what goes on ends with the server's thread."""
        self._listener.close()

    def end_tunnels(self, which: Callable[[str], bool]) -> None:
        """Breaks the connections to hosts; returns once they are broken."""
        self._thread.run(self._end(which))

    async def _end(self, which: Callable[[str], bool]) -> None:
        ending = [task for task, host in self._tunnels.items() if which(host)]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = await loop.sock_accept(self._listener)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(self._serve(client))

    async def _serve(self, client: socket.socket) -> None:
        """One connection, from its greeting on. Whoever takes it over closes it."""
        client.setblocking(False)
        try:
            asked = await asyncio.wait_for(_asked(client), _PATIENCE_S)
        except (OSError, EOFError, asyncio.TimeoutError):
            client.close()
            return
        except asyncio.CancelledError:
            client.close()
            raise
        if asked is None:
            await _refuse(client, _NO_COMMAND)
            return
        host, port = asked
        await self._let_through(client, host, port)

    async def _let_through(self, client: socket.socket, host: str, port: int) -> None:
        try:
            own = self._admit(host, port, client)
        except ConnectionRefusedError:
            await _refuse(client, _REFUSED)
            return
        if own is not None:
            await _reply(client, _DONE)
            await own
            return
        outside = self.outside
        allowed = outside is None or outside.allows(host)
        if outside is not None:
            outside.note(host, port, refused=not allowed)
        if not allowed:
            await _refuse(client, _NOT_ALLOWED)
            return
        task = self._start(_tunnel(client, host, port))
        self._tunnels[task] = host
        task.add_done_callback(lambda done: self._tunnels.pop(done, None))


class Gates:
    """The gates of a session: one as a rule, more where tests run at the same time."""

    def __init__(self, admit: Admit) -> None:
        self._admit = admit
        self._lock = threading.Lock()
        self._all: list[Gate] = []

    def take(self, thread: LoopThread, outside: Outside) -> Gate:
        """A gate that nobody has; the test that takes it gives it back."""
        with self._lock:
            gate = next((each for each in self._all if each.outside is None), None)
            if gate is None:
                gate = Gate(thread, self._admit)
                self._all.append(gate)
            gate.outside = outside
        return gate

    def give_back(self, gate: Gate) -> None:
        """The test is over: what it opened ends."""
        gate.end_tunnels(lambda _: True)
        gate.outside = None

    def close(self) -> None:
        """With the server."""
        for gate in self._all:
            gate.close()
        self._all.clear()


def checked_host(host: str) -> str:
    """A host, or a pattern of hosts, to be opened.

    Raises:
        UsageError: it is a URL, has a port, or is no host's name.
    """
    pattern = host.lower().rstrip(".") if isinstance(host, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]
    if not _PATTERN.fullmatch(pattern):
        raise UsageError(
            f"network.allow({host!r}): that is no host. Give its name alone, without scheme, port "
            'or path: "fonts.example", "*.example" for all below it, "*" for every host.'
        )
    return pattern


async def _asked(client: socket.socket) -> tuple[str, int] | None:
    """Reads greeting and request; the host and port it names, None for any command but CONNECT."""
    loop = asyncio.get_running_loop()
    version, methods = await _read(client, 2)
    if version != _VERSION:
        raise EOFError("not SOCKS 5")
    await _read(client, methods)
    await loop.sock_sendall(client, bytes((_VERSION, 0)))
    _, command, _, kind = await _read(client, 4)
    if kind == _NAME:
        name = await _read(client, (await _read(client, 1))[0])
        host = name.decode("latin-1").lower().rstrip(".")
    elif kind in _ADDRESS_BYTES:
        host = str(ipaddress.ip_address(await _read(client, _ADDRESS_BYTES[kind])))
    else:
        raise EOFError("an address of no kind that RFC 1928 knows")
    port = int.from_bytes(await _read(client, 2), "big")
    return (host, port) if command == _CONNECT else None


async def _read(client: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < size:
        part = await loop.sock_recv(client, size - len(data))
        if not part:
            raise EOFError("the browser closed the connection")
        data += part
    return data


async def _reply(client: socket.socket, code: int) -> None:
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().sock_sendall(
            client, bytes((_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0))
        )


async def _refuse(client: socket.socket, code: int) -> None:
    with client:
        await _reply(client, code)


async def _tunnel(client: socket.socket, host: str, port: int) -> None:
    """Connects to a host and passes on what either side says, until one has gone."""
    writers: list[asyncio.StreamWriter] = []
    try:
        try:
            there = await _connected(host, port)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            await _reply(client, _UNREACHABLE)
            return
        writers.append(there[1])
        await _reply(client, _DONE)
        here = await asyncio.open_connection(sock=client)
        writers.append(here[1])
        await asyncio.gather(_pump(there[0], here[1]), _pump(here[0], there[1]))
    except OSError:
        pass
    except asyncio.CancelledError:
        # Not in good order: the kernel would deliver what it holds after the network has gone.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        raise
    finally:
        for writer in writers:
            writer.transport.abort()
        client.close()


async def _connected(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a host, by way of the proxy that the environment names, where it names one.

    A browser of its own would take that way too.

    Raises:
        OSError: the host cannot be reached, or the proxy will not have it.
    """
    from urllib.parse import unquote, urlsplit
    from urllib.request import getproxies_environment, proxy_bypass

    named = getproxies_environment().get("https" if port == _HTTPS else "http")
    if not named or host == "localhost" or proxy_bypass(host):
        return await asyncio.open_connection(host, port)
    proxy = urlsplit(named if "//" in named else f"http://{named}")
    reader, writer = await asyncio.open_connection(proxy.hostname, proxy.port or 80)
    target = f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username is not None:
        secret = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(secret).decode()}")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    status = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
    if status != b"200":
        writer.close()
        raise OSError(f"the proxy {proxy.hostname} answers {status!r} for {target}")
    return reader, writer


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
