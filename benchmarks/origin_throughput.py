"""The origin serving a 10 kB file with the ledger on, against its peers, in one run.

    python benchmarks/origin_throughput.py [--rounds 5] [--seconds 1.0] [--json FILE]

All three servers run in this process, each in a thread of its own as its users run it; one client
process asks each in turn over a few keep-alive connections, and rounds alternate between them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import multiprocessing
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web
from pytest_httpserver import HTTPServer

from pytest_offline.origin import OriginServer

SIZE = 10_000
CONNECTIONS = 4
PATH = "/file.js"
TARGETS = {"aiohttp static": 0.7, "pytest-httpserver": 4.0}


@contextmanager
def origin_server(folder: Path) -> Iterator[tuple[int, str]]:
    with OriginServer() as server:
        origin = server.new_origin()
        origin.mount(folder)
        yield server.port, origin.host
        assert origin.requests[-1].bytes_sent == SIZE


@contextmanager
def aiohttp_static(folder: Path) -> Iterator[tuple[int, str]]:
    loop = asyncio.new_event_loop()
    application = web.Application()
    application.router.add_static("/", folder)
    runner = web.AppRunner(application, access_log=None)
    listener = socket.create_server(("127.0.0.1", 0))

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, listener).start()

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield listener.getsockname()[1], "localhost"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@contextmanager
def httpserver(folder: Path) -> Iterator[tuple[int, str]]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would slow it down
    with HTTPServer(host="127.0.0.1", port=0) as server:
        body = (folder / PATH[1:]).read_bytes()
        server.expect_request(PATH).respond_with_data(body, content_type="text/javascript")
        yield server.port, "localhost"


SERVERS: dict[str, Callable[[Path], object]] = {
    "origin": origin_server,
    "aiohttp static": aiohttp_static,
    "pytest-httpserver": httpserver,
}


def ask_for(seconds: float, port: int, host: str) -> float:
    """Answers a second over all connections, one request under way on each at any time.

    One thread, so that what is measured is the server and not a client's own threads.
    """
    head = f"GET {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    asking = [connected(port) for _ in range(CONNECTIONS)]
    began = now = time.monotonic()
    answered = 0
    while now - began < seconds:
        for one in asking:
            one.sendall(head)
        for index, one in enumerate(asking):
            if read_answer(one):
                one.close()
                asking[index] = connected(port)
        answered += CONNECTIONS
        now = time.monotonic()
    for one in asking:
        one.close()
    return answered / (now - began)


def connected(port: int) -> socket.socket:
    asking = socket.create_connection(("127.0.0.1", port))
    asking.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return asking


def read_answer(asking: socket.socket) -> bool:
    """Reads one answer; whether the server closes the connection after it."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += asking.recv(65536)
    if data[9:12] != b"200":
        raise RuntimeError(f"expected status 200, got {data[:60]!r}")
    left = end + 4 + SIZE - len(data)
    while left > 0:
        left -= len(asking.recv(65536))
    return data[5:8] == b"1.0" or b"connection: close" in data[:end].lower()


def client(pipe: Connection) -> None:
    """The client process: measures what it is told to, until told to end."""
    while (job := pipe.recv()) is not None:
        pipe.send(ask_for(*job))


def measure(rounds: int, seconds: float) -> dict[str, list[float]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=client, args=(theirs,), daemon=True)
    process.start()
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / PATH[1:]).write_bytes(b"/" * SIZE)
        where = {key: stack.enter_context(serve(folder)) for key, serve in SERVERS.items()}
        time.sleep(2.1)  # a file changed a moment ago is read anew at each request
        for number in range(rounds + 1):
            for key, (port, host) in where.items():
                ours.send((seconds, port, host))
                rate = ours.recv()
                if number:  # the first round warms up
                    rates[key].append(rate)
    ours.send(None)
    process.join()
    return rates


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round and server")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    medians = {
        key: statistics.median(rates)
        for key, rates in measure(options.rounds, options.seconds).items()
    }
    ours = medians["origin"]
    rows = [
        {
            "what": f"origin serving a 10 kB file, ledger on, against {peer}",
            "ours_per_s": round(ours),
            "peer_per_s": round(medians[peer]),
            "ratio": round(ours / medians[peer], 2),
            "target": f">= {target}",
            "met": ours / medians[peer] >= target,
        }
        for peer, target in TARGETS.items()
    ]
    for row in rows:
        print(
            f"| {row['what']} | {row['ours_per_s']:,} / s against {row['peer_per_s']:,} / s "
            f"| {row['ratio']} × | ≥ {row['target'][3:]} × | {'met' if row['met'] else 'MISSED'} |"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
