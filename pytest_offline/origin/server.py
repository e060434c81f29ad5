"""The server: one a session, its port held from start to stop, its loop in a thread of its own."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import socket
import threading
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Final

from pytest_offline.errors import UsageError
from pytest_offline.origin.instrumenting import Instrument
from pytest_offline.origin.ledger import Ledger
from pytest_offline.origin.loop_thread import LoopThread
from pytest_offline.origin.serving import Internal, Serving
from pytest_offline.origin.site import How, Origin
from pytest_offline.origin.sockets import HeldPort, bound_sockets
from pytest_offline.record import Condition

# RFC 1034, section 3.5: a label, since the name becomes the host's first.
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SELF_CHECK_S: Final = 10.0
_NO_INTERNAL: Final[Internal] = MappingProxyType[str, tuple[bytes, str]]({})


class OriginServer:
    """Serves any number of origins, each a host of its own, on one port.

    Args:
        host: a loopback address.
        port: 0 for any that is free.
        instrument: makes of a worker's script the one that is served (a probe put in front). It
            has to give the same for the same; what it gave is remembered.
        internal: paths served on every origin besides, and kept out of the ledgers: path to
            body and content type.

    Raises:
        UsageError: by ``start``: the port is taken, the host is not loopback.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        instrument: Instrument | None = None,
        internal: Internal = _NO_INTERNAL,
    ) -> None:
        self._address = (host, port)
        self._instrument = instrument
        self._internal = dict(internal)
        self._hosts: dict[str, Origin] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None
        self._serving: Serving | None = None
        self._listening: list[asyncio.Server] = []
        self._sockets: list[socket.socket] = []
        self._opening: asyncio.Task[None] | None = None
        self._held: HeldPort | None = None

    @property
    def port(self) -> int:
        """The port it listens on; UsageError before ``start``."""
        if self._thread is None:
            raise UsageError(
                f"The origin's server at {self._address} has no port yet: call start() first."
            )
        return self._address[1]

    def start(self) -> OriginServer:
        """Starts the thread; returns once the server has answered itself.

        Raises:
            UsageError: it cannot listen, or does not answer; the thread is gone then.
        """
        if self._thread is not None:
            raise UsageError(f"The origin's server at {self._address} was started already.")
        sockets = bound_sockets(*self._address)
        self._address = (self._address[0], sockets[0].getsockname()[1])
        self._thread = LoopThread(f"origin-{self._address[1]}")
        try:
            self._thread.start()
            self._thread.run(self._listen(sockets))
            self._answer_self()
        except BaseException:
            self.stop()
            for listener in sockets:
                listener.close()
            raise
        return self

    def stop(self) -> None:
        """Closes sockets and connections, ends the thread. May be called again."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            if thread.alive:
                thread.call(self._close)
        finally:
            thread.stop()
            self._hosts.clear()

    def __enter__(self) -> OriginServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def new_origin(self, name: str | None = None) -> Origin:
        """An origin of its own: ``http://t7.localhost:PORT/``, or by the name given.

        Raises:
            UsageError: the name is taken, or cannot be part of a host name.
        """
        port = self.port
        assert self._thread is not None
        with self._lock:
            name = f"t{next(self._numbers)}" if name is None else self._checked(name)
            origin = Origin(name, port, self._thread, self._cut)
            self._hosts[f"{origin.host}:{port}"] = origin
        if self._held is not None:
            self._thread.call(self._mind_the_door)
        return origin

    def close_origin(self, origin: Origin) -> None:
        """Takes an origin off the server: its host answers 421 from now, its connections break."""
        with self._lock:
            self._hosts.pop(f"{origin.host}:{origin.port}", None)
        origin.close()
        if self._held is not None and self._thread is not None and self._thread.alive:
            self._thread.call(self._mind_the_door)

    def _checked(self, name: str) -> str:
        if not _LABEL.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be an origin's name: it becomes the host {name}.localhost, so "
                "use lower-case letters, digits and hyphens."
            )
        if f"{name}.localhost:{self._address[1]}" in self._hosts:
            raise UsageError(f"There is an origin {name!r} already: choose another name.")
        return name

    def _cut(self, ledger: Ledger, condition: Condition, how: How) -> None:
        if self._serving is not None:
            self._serving.connections.cut(ledger, condition, how)
        self._mind_the_door()

    def _mind_the_door(self) -> None:
        """Nothing listens while every origin of the port refuses (`SERVER_DOWN`).

        A browser says which host it means only once it is connected, so as long as one of them
        answers, all connections are accepted. Runs on the loop.
        """
        origins = list(self._hosts.values())
        shut = bool(origins) and all(origin.weather.refuses_all for origin in origins)
        if shut and self._held is None:
            self._held = HeldPort(self._sockets)
            self._stop_listening()
        elif not shut and self._held is not None:
            # They listen from here on: who connects before they are served waits in the backlog.
            listeners, self._held = self._held.listen(), None
            self._sockets = listeners
            self._opening = asyncio.ensure_future(self._serve())

    def _stop_listening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        for server in self._listening:
            server.close()
        self._listening.clear()
        for listener in self._sockets:  # what was to be served when that was cancelled
            if listener.fileno() >= 0:
                asyncio.get_running_loop().remove_reader(listener)
                listener.close()

    async def _listen(self, sockets: list[socket.socket]) -> None:
        hosts: Mapping[str, Origin] = self._hosts
        self._serving = Serving(hosts, self._instrument, self._internal)
        self._sockets = sockets
        await self._serve()

    async def _serve(self) -> None:
        assert self._serving is not None
        loop = asyncio.get_running_loop()
        for listener in self._sockets:
            server = await loop.create_server(self._serving.connections, sock=listener)
            self._listening.append(server)

    def _close(self) -> None:
        if self._held is not None:
            self._held.close()
        self._stop_listening()
        if self._serving is not None:
            self._serving.connections.reset_all()

    def _answer_self(self) -> None:
        """Asks for a host that nobody can know, and looks for its name in the answer."""
        host, port = self._address
        token = f"{secrets.token_hex(8)}.localhost"
        try:
            answer = _ask(host, port, token)
        except OSError as error:
            raise UsageError(
                f"The origin's server at {host} port {port} does not answer itself: {error}. "
                "Does a firewall or sandbox forbid connections to loopback?"
            ) from error
        if b" 421 " not in answer or token.encode() not in answer:
            raise UsageError(
                f"At {host} port {port} something else answers in place of the origin's server: "
                f"{answer[:80]!r}. Does something redirect loopback connections?"
            )


def _ask(host: str, port: int, token: str) -> bytes:
    with socket.create_connection((host, port), timeout=_SELF_CHECK_S) as asking:
        head = f"GET / HTTP/1.1\r\nHost: {token}\r\nConnection: close\r\n\r\n"
        asking.sendall(head.encode())
        parts: list[bytes] = []
        while part := asking.recv(65536):
            parts.append(part)
    return b"".join(parts)
