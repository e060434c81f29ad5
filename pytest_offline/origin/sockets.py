"""Listening sockets: loopback only, the same port in both families, held until they are closed."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

from pytest_offline.errors import UsageError

_TRIES: Final = 20
_BACKLOG: Final = 512


def bound_sockets(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at a loopback address, and at ``::1`` where there is IPv6.

    Browsers resolve ``*.localhost`` to both addresses (RFC 6761, section 6.3; Fetch and the Secure
    Contexts specification lean on it) and try either first, so one port has to be had in both.

    Args:
        port: 0 for any that is free.

    Raises:
        UsageError: the host is not loopback, or the port is taken.
    """
    _check_loopback(host)
    for _ in range(_TRIES):
        first = _bound(socket.AF_INET, host, port)
        second = _second(first.getsockname()[1])
        if second is not None:
            return [first, *second]
        first.close()
        if port:
            break
    raise _taken("::1", port)


class HeldPort:
    """A port that answers to nobody and is given to nobody else, until it listens again.

    A socket that is bound and does not listen holds a port while connections to it are refused.
    Two sockets may be bound to one port where both say SO_REUSEPORT at that moment (Linux,
    socket(7)), so it is said for the moment only: no other process can creep in.
    """

    def __init__(self, listeners: Sequence[socket.socket]) -> None:
        self._holders = [_beside(listener) for listener in listeners]
        for holder in self._holders:
            # Of two that say so and do not listen, both may be bound (Linux, socket(7)).
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)

    def listen(self) -> list[socket.socket]:
        """New sockets that listen, in place of the holders."""
        listeners = [_beside(holder) for holder in self._holders]
        self.close()
        for listener in listeners:
            listener.listen(_BACKLOG)
            listener.setblocking(False)
        return listeners

    def close(self) -> None:
        """Lets go of the port."""
        for holder in self._holders:
            holder.close()


def _beside(bound: socket.socket) -> socket.socket:
    """A second socket bound to the same address."""
    second = socket.socket(bound.family, socket.SOCK_STREAM)
    try:
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if bound.family == socket.AF_INET6:
            second.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for each in (bound, second):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        second.bind(bound.getsockname())
    except OSError:
        second.close()
        raise
    for each in (bound, second):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
    return second


def _second(port: int) -> list[socket.socket] | None:
    """The IPv6 socket; empty where there is no IPv6, None where the port is taken."""
    try:
        return [_listening(socket.AF_INET6, "::1", port)]
    except OSError as error:
        return None if error.errno == errno.EADDRINUSE else []


def _bound(family: int, host: str, port: int) -> socket.socket:
    try:
        return _listening(family, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _taken(host, port) from None
        raise UsageError(
            f"The origin's server cannot listen at {host} port {port}: {error.strerror}. "
            "Use port=0, which takes any free one."
        ) from error


def _listening(family: int, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Else a port stays refused for a minute after connections on it were closed (TIME_WAIT).
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _check_loopback(host: str) -> None:
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise UsageError(
            f"The origin's server was told to listen at {host!r}: it serves whatever is mounted to "
            'whoever asks, so it listens on loopback only. Use host="127.0.0.1".'
        )


def _taken(host: str, port: int) -> UsageError:
    return UsageError(
        f"Port {port} at {host} is taken by another process, so the origin's server cannot have "
        f"it. Stop that process (`ss -ltnp 'sport = :{port}'` names it), choose another port, or "
        "use port=0, which takes any free one."
    )
