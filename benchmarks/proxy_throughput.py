"""A 10 kB answer through ``origin.proxy``, against asking the upstream directly, in one run.

    python -m benchmarks.proxy_throughput [--rounds 5] [--seconds 1.0]

The upstreams run in processes of their own, as those of users do: Django behind the server that
pytest-django's ``live_server`` starts, Flask's own server, a bare aiohttp application, and Node's
``http`` where there is a node. One client process asks each in turn, directly and through the
origin.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

from benchmarks.origin_throughput import SIZE, client
from pytest_offline.origin import OriginServer

TARGET = 0.5
# Held to the target: what people test. Two that do nothing but send bytes, at ten times the pace of
# any framework, are shown only: passing on costs 0.14 ms, twice or more what they need themselves.
HELD = ("Django's `live_server`", "Flask's own server")
NODE = """
const body = Buffer.alloc(%d, "/");
const server = require("node:http").createServer((request, response) => {
  response.setHeader("Content-Type", "text/javascript");
  response.setHeader("Content-Length", body.length);
  response.end(body);
}).listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


def django_upstream(pipe: Connection) -> None:
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.http import HttpResponse
    from django.urls import path

    class Quiet(WSGIRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    def file(request: object) -> HttpResponse:
        return HttpResponse(b"/" * SIZE, content_type="text/javascript")

    middleware = ["django.middleware.common.CommonMiddleware"]
    urls = type("urls", (), {"urlpatterns": [path("file.js", file)]})
    settings.configure(ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"], MIDDLEWARE=middleware)
    django.setup()
    with ThreadedWSGIServer(("127.0.0.1", 0), Quiet) as server:
        server.set_app(WSGIHandler())
        pipe.send(server.server_address[1])
        server.serve_forever()


def flask_upstream(pipe: Connection) -> None:
    import logging

    from flask import Flask, Response
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = Flask(__name__)

    @application.get("/file.js")
    def file() -> Response:
        return Response(b"/" * SIZE, content_type="text/javascript")

    server = make_server("127.0.0.1", 0, application, threaded=True)
    pipe.send(server.server_port)
    server.serve_forever()


def aiohttp_upstream(pipe: Connection) -> None:
    import socket

    from aiohttp import web

    async def file(request: web.Request) -> web.Response:
        return web.Response(body=b"/" * SIZE, content_type="text/javascript")

    async def serve() -> None:
        application = web.Application()
        application.router.add_get("/file.js", file)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        listener = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(runner, listener).start()
        pipe.send(listener.getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextmanager
def in_process(upstream: object) -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=upstream, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    process.terminate()
    process.join()


@contextmanager
def node_upstream(node: str) -> Iterator[int]:
    command = [node, "-e", NODE % SIZE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


def measure(rounds: int, seconds: float) -> dict[str, tuple[float, float]]:
    """Name of the upstream to answers a second, through the origin and directly."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=client, args=(theirs,), daemon=True)
    process.start()
    with ExitStack() as stack:
        upstreams = {
            HELD[0]: stack.enter_context(in_process(django_upstream)),
            HELD[1]: stack.enter_context(in_process(flask_upstream)),
            "a bare aiohttp application": stack.enter_context(in_process(aiohttp_upstream)),
        }
        node = shutil.which("node")
        if node is not None:
            upstreams["Node's bare `http`"] = stack.enter_context(node_upstream(node))
        server = stack.enter_context(OriginServer())
        rates: dict[str, tuple[list[float], list[float]]] = {}
        hosts: dict[str, str] = {}
        for name, port in upstreams.items():
            origin = server.new_origin()
            origin.proxy(f"http://127.0.0.1:{port}")
            rates[name], hosts[name] = ([], []), origin.host
        for number in range(rounds + 1):
            for name, port in upstreams.items():
                for side, where in enumerate(((server.port, hosts[name]), (port, "localhost"))):
                    ours.send((seconds, *where))
                    rate = ours.recv()
                    if number:  # the first round warms up
                        rates[name][side].append(rate)
    ours.send(None)
    process.join()
    return {
        name: (statistics.median(through), statistics.median(directly))
        for name, (through, directly) in rates.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round and side")
    options = parser.parse_args()
    for name, (through, directly) in measure(options.rounds, options.seconds).items():
        print(f"{name}: {through:,.0f} against {directly:,.0f} / s, {through / directly:.2f} ×")


if __name__ == "__main__":
    main()
