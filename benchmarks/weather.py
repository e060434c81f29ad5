"""How exactly conditions are played: bandwidth, latency, and how soon everything open is cut.

python -m benchmarks --only weather
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from benchmarks.measuring import Figure, by_turns
from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record import OFFLINE, ONLINE, bandwidth, latency

RATES = (20_000, 200_000, 1_000_000, 5_000_000)
WAITS = (1, 50, 400)
OPEN = 200
_SECONDS = 2.0


def figures(rounds: int) -> Iterator[Figure]:
    """Bandwidth against what was asked for, latency against the same without, the cut."""
    with OriginServer() as server:
        origin = server.new_origin()
        for rate in RATES:
            yield _bandwidth(origin, rate, max(1, rounds // 2))
        for wait in WAITS:
            yield _latency(origin, wait, rounds * 3)
        yield _cut(origin, rounds)


def _bandwidth(origin: Origin, rate: int, rounds: int) -> Figure:
    """A body of two seconds, from the first byte of the head to the last."""
    size = int(rate * _SECONDS)
    origin.reply("/large", bytes(size))
    origin.set_condition(bandwidth(rate))
    times = by_turns(rounds, ours=lambda: _fetched(origin, "/large", size))
    origin.set_condition(ONLINE)
    measured = size / (times["ours"] / 1000)
    return Figure(
        f"`bandwidth({rate})`, as a client measures it, against what was asked for",
        measured / 1000, rate / 1000, "kB/s", 0.1, within=True,
    )  # fmt: skip


def _latency(origin: Origin, wait: int, rounds: int) -> Figure:
    """What a small answer takes more than without it, against what was asked for."""
    origin.reply("/small", b"x")

    def with_it() -> float:
        origin.set_condition(latency(wait))
        return _fetched(origin, "/small", 1)

    def without() -> float:
        origin.set_condition(ONLINE)
        return _fetched(origin, "/small", 1)

    times = by_turns(rounds, ours=with_it, bare=without)
    origin.set_condition(ONLINE)
    return Figure(
        f"`latency({wait})`, what an answer takes longer, against what was asked for",
        times["ours"] - times["bare"], wait, "ms", 5, within=True, absolute=True,
    )  # fmt: skip


def _cut(origin: Origin, rounds: int) -> Figure:
    """From the call until the last of the clients has seen the end of its connection."""
    stream = origin.event_stream("/events")
    route = origin.websocket("/socket")

    def ours() -> float:
        clients = [_opened(origin, number % 2 == 1) for number in range(OPEN)]
        stream.wait_for_clients(OPEN // 2)
        route.wait_for_clients(OPEN // 2)
        started = time.perf_counter()
        origin.set_condition(OFFLINE)
        returned = (time.perf_counter() - started) * 1000
        for client in clients:
            with contextlib.suppress(ConnectionResetError):
                while client.recv(65536):
                    pass
            client.close()
        origin.set_condition(ONLINE)
        return returned

    times = by_turns(rounds, ours=ours)
    return Figure(
        f"{OPEN} open event streams and web sockets cut, until `offline()` returns, against 100 ms",
        times["ours"], 100, "ms", 1,
    )  # fmt: skip


def _connected(origin: Origin) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", origin.port), timeout=60)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _fetched(origin: Origin, path: str, size: int) -> float:
    """Milliseconds from the request to the last byte of a body of so many bytes."""
    with _connected(origin) as client:
        started = time.perf_counter()
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: {origin.url[7:-1]}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        left = size - len(head.partition(b"\r\n\r\n")[2])
        while left > 0:
            left -= len(client.recv(65536))
        return (time.perf_counter() - started) * 1000


def _opened(origin: Origin, is_socket: bool) -> socket.socket:
    client = _connected(origin)
    lines = ["GET /events HTTP/1.1", f"Host: {origin.url[7:-1]}", "Accept: text/event-stream"]
    if is_socket:
        lines[0] = "GET /socket HTTP/1.1"
        lines[2:] = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]  # fmt: skip
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    return client
