"""The server: one a session, its port held from start to stop, its loop in a thread of its own."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import socket
import ssl
import threading
from collections.abc import Awaitable, Mapping
from types import MappingProxyType, TracebackType
from typing import Final

from pytest_offline.errors import UsageError
from pytest_offline.origin.certificates import Certificates, checked
from pytest_offline.origin.doors import Door
from pytest_offline.origin.handshakes import server_context
from pytest_offline.origin.instrumenting import Instrument
from pytest_offline.origin.ledger import Ledger
from pytest_offline.origin.loop_thread import LoopThread
from pytest_offline.origin.outside import Gates, Outside
from pytest_offline.origin.serving import Internal, Serving
from pytest_offline.origin.site import How, Origin
from pytest_offline.origin.sockets import bound_sockets
from pytest_offline.record import Condition

# RFC 1034, section 3.5: a label, since the name becomes the host's first.
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# RFC 6761, sections 6.2 and 6.3: names that no name server may know.
_TOPS: Final = ("test", "localhost")
_HOST_LIMIT: Final = 253
_SELF_CHECK_S: Final = 10.0
_NO_INTERNAL: Final[Internal] = MappingProxyType[str, tuple[bytes, str]]({})


class OriginServer:
    """Serves any number of origins, each a host of its own, on one port a scheme.

    The port for https is opened, and certificates are made, when the first origin asks for it.

    Args:
        host: a loopback address.
        port: 0 for any that is free.
        instrument: makes of a worker's script the one that is served (a probe put in front). It
            has to give the same for the same; what it gave is remembered.
        internal: paths served on every origin besides, and kept out of the ledgers: path to
            body and content type.
        certificates: what origins over https prove themselves with; its own by default.

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
        certificates: Certificates | None = None,
    ) -> None:
        self.certificates = certificates or Certificates()
        self._address = (host, port)
        self._instrument = instrument
        self._internal = dict(internal)
        self._hosts: dict[str, Origin] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._secure_port: int | None = None
        self._gates = Gates(self._admit)
        self._thread: LoopThread | None = None
        self._serving: Serving | None = None
        self._doors: dict[int, Door] = {}

    @property
    def port(self) -> int:
        """The port it listens on; UsageError before ``start``."""
        self._check_started()
        return self._address[1]

    def _check_started(self) -> None:
        if self._thread is None:
            raise UsageError(
                f"The origin's server at {self._address} has no port yet: call start() first."
            )

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
            self._answer_self(self._address[1])
        except BaseException:
            self.stop()
            for listener in sockets:
                listener.close()
            raise
        return self

    def stop(self) -> None:
        """Closes sockets and connections, ends the thread. May be called again."""
        thread, self._thread = self._thread, None
        self._secure_port = None
        self._gates.close()
        if thread is None:
            return
        try:
            if thread.alive:
                thread.call(self._close)
            for origin in list(self._hosts.values()):
                origin.close()  # what nobody closed: applications shut down, upstreams let go
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

    def new_origin(
        self,
        name: str | None = None,
        *,
        host: str | None = None,
        https: bool = False,
        certificate: str = "trusted",
    ) -> Origin:
        """An origin of its own: ``http://t7.localhost:PORT/``, or by the name or host given.

        Args:
            name: the first label of ``NAME.localhost``.
            host: in place of a name, a whole one below ``.test`` or ``.localhost``: ``app.test``.
            https: ``https://``, with a certificate for that host.
            certificate: ``trusted``; ``expired`` or ``stranger`` to see what a site makes of it.

        Raises:
            UsageError: the name is taken, or cannot be part of a host name.
        """
        kind = checked(certificate, https)
        with self._lock:
            port = self._https_port() if https else self.port
            assert self._thread is not None
            found = self._host(name, host)
            if f"{found}:{port}" in self._hosts:
                raise UsageError(
                    f"There is an origin {host or name!r} already: choose another name, or take "
                    "away the one that is there."
                )
            label = found.removesuffix(".localhost")
            origin = Origin(
                label,
                port,
                self._thread,
                self._cut,
                host=found,
                scheme="https" if https else "http",
                certificate=kind,
            )
            self._hosts[f"{found}:{port}"] = origin
        if any(door.is_shut for door in self._doors.values()):
            self._thread.call(self._mind_the_doors)
        return origin

    def close_origin(self, origin: Origin) -> None:
        """Takes an origin off the server: its host answers 421 from now, its connections break."""
        with self._lock:
            self._hosts.pop(f"{origin.host}:{origin.port}", None)
        origin.close()

    def guard(self, outside: Outside) -> str:
        """Puts a test in charge of a way out; the URL of the proxy for its browser contexts."""
        if outside.gate is None:
            self._check_started()
            assert self._thread is not None
            outside.gate = self._gates.take(self._thread, outside)
        return outside.gate.url

    def unguard(self, outside: Outside) -> None:
        """The test is over: what still uses its way out is let through."""
        gate, outside.gate = outside.gate, None
        if gate is not None and self._thread is not None and self._thread.alive:
            self._gates.give_back(gate)

    def _admit(self, host: str, port: int, client: socket.socket) -> Awaitable[None] | None:
        """Takes a connection that came by a way out, where it is for an origin of this server.

        Raises ConnectionRefusedError for one that is down: here its name is known.
        """
        origin, door, serving = (
            self._hosts.get(f"{host}:{port}"),
            self._doors.get(port),
            self._serving,
        )
        if origin is None or door is None or serving is None:
            return None
        if origin.weather.refuses_all:
            raise ConnectionRefusedError(f"{origin.url} is down")
        return self._taken_over(client, serving, door.context)

    async def _taken_over(
        self, client: socket.socket, serving: Serving, context: ssl.SSLContext | None
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(serving.connections, client, ssl=context)
        except (OSError, asyncio.TimeoutError):
            client.close()  # a handshake that failed, which its origin knows of

    def _host(self, name: str | None, host: str | None) -> str:
        if name is not None and host is not None:
            raise UsageError(
                f"An origin was asked for by the name {name!r} and by the host {host!r}: give one."
            )
        if host is not None:
            return _checked_host(host)
        return (
            f"{_checked(name)}.localhost"
            if name is not None
            else f"t{next(self._numbers)}.localhost"
        )

    def _https_port(self) -> int:
        """The port for https, opened by the first who asks."""
        if self._secure_port is not None:
            return self._secure_port
        self._check_started()
        assert self._thread is not None
        sockets = bound_sockets(self._address[0], 0)
        port = int(sockets[0].getsockname()[1])
        context = server_context(self.certificates, self._hosts, port)
        self._thread.run(self._listen(sockets, context))
        trusting = ssl.create_default_context(cadata=self.certificates.authority)
        self._answer_self(port, trusting)
        self._secure_port = port
        return port

    def _cut(self, ledger: Ledger, condition: Condition, how: How) -> None:
        if self._serving is not None:
            self._serving.connections.cut(ledger, condition, how)
        self._mind_the_doors()

    def _mind_the_doors(self) -> None:
        """Nothing listens at a port while every origin of it refuses (`SERVER_DOWN`).

        A browser says which host it means only once it is connected, so as long as one of them
        answers, all connections are accepted. Runs on the loop.
        """
        for port, door in self._doors.items():
            here = [origin for origin in list(self._hosts.values()) if origin.port == port]
            door.shut(bool(here) and all(origin.weather.refuses_all for origin in here))

    async def _listen(
        self, sockets: list[socket.socket], context: ssl.SSLContext | None = None
    ) -> None:
        hosts: Mapping[str, Origin] = self._hosts
        if self._serving is None:
            self._serving = Serving(hosts, self._instrument, self._internal)
        door = Door(sockets, self._serving.connections, context)
        await door.serve()
        self._doors[int(sockets[0].getsockname()[1])] = door

    def _close(self) -> None:
        for door in self._doors.values():
            door.close()
        self._doors.clear()
        if self._serving is not None:
            self._serving.connections.reset_all()

    def _answer_self(self, port: int, trusting: ssl.SSLContext | None = None) -> None:
        """Asks for a host that nobody can know, and looks for its name in the answer."""
        host = self._address[0]
        token = f"{secrets.token_hex(8)}.localhost"
        try:
            answer = _ask(host, port, token, trusting)
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


def _checked(name: str) -> str:
    if not _LABEL.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be an origin's name: it becomes the host {name}.localhost, so "
            "use lower-case letters, digits and hyphens (for a whole host: host=)."
        )
    return name


def _checked_host(host: str) -> str:
    labels = host.split(".")
    if (
        len(host) > _HOST_LIMIT
        or labels[-1] not in _TOPS
        or (labels[-1] == host and host != "localhost")
        or not all(_LABEL.fullmatch(label) for label in labels)
    ):
        raise UsageError(
            f"host={host!r}: an origin's host is localhost or a name below .localhost or .test "
            "(names that no name server knows, so nothing real is ever meant), in lower-case "
            'letters, digits and hyphens: host="app.test". The port is chosen for you.'
        )
    return host


def _ask(host: str, port: int, token: str, trusting: ssl.SSLContext | None) -> bytes:
    with socket.create_connection((host, port), timeout=_SELF_CHECK_S) as plain:
        asking = trusting.wrap_socket(plain, server_hostname="localhost") if trusting else plain
        head = f"GET / HTTP/1.1\r\nHost: {token}\r\nConnection: close\r\n\r\n"
        asking.sendall(head.encode())
        parts: list[bytes] = []
        while part := asking.recv(65536):
            parts.append(part)
        asking.close()
    return b"".join(parts)
