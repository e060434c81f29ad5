"""The weather of applications and upstreams: the same as that of files, byte for byte."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from aiohttp import web
from origin_client import Client, Connect

from pytest_offline.origin import Origin, OriginServer
from pytest_offline.record import (
    HANG,
    OFFLINE,
    ONLINE,
    RESET,
    Condition,
    Exchange,
    bandwidth,
    corrupt,
    flaky,
    latency,
    status,
    truncate,
)

BODY = bytes(10_500)
HALF = len(BODY) // 2

Asked = list[str]


def asgi(asked: Asked, parts: Iterable[bytes]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        asked.append(scope["path"])
        while (await receive())["more_body"]:
            pass
        headers = [(b"content-length", b"%d" % len(BODY)), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})

    return app


def wsgi(asked: Asked, parts: Iterable[bytes]) -> Any:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(BODY))), ("ETag", '"1"')])
        return iter(parts)

    return app


def aiohttp_app(asked: Asked, parts: Iterable[bytes]) -> web.Application:
    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        await request.read()
        response = web.StreamResponse(headers={"Content-Length": str(len(BODY)), "ETag": '"1"'})
        await response.prepare(request)
        for part in parts:
            await response.write(part)
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    return app


APPS: dict[str, Callable[[Asked, Iterable[bytes]], Any]] = {
    "asgi": asgi,
    "wsgi": wsgi,
    "aiohttp": aiohttp_app,
}
PARTS = {"whole": (BODY,), "streamed": (BODY[:HALF], BODY[HALF:])}
KINDS = [*(f"{app}-{parts}" for app in APPS for parts in PARTS), "proxy"]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[OriginServer]:
    with OriginServer() as server:
        yield server


@pytest.fixture(params=KINDS)
def asked(
    request: pytest.FixtureRequest, origin: Origin, elsewhere: OriginServer
) -> Iterator[Asked]:
    """What stands behind the origin was asked for these paths; it answers each with the body."""
    asked: Asked = []
    if request.param != "proxy":
        app, _, parts = request.param.partition("-")
        origin.app(APPS[app](asked, PARTS[parts]))
        yield asked
        return
    upstream = elsewhere.new_origin()
    upstream.app(asgi(asked, PARTS["streamed"]))
    origin.proxy(upstream.url)
    yield asked
    elsewhere.close_origin(upstream)


def test_latency(asked: Asked, origin: Origin, client: Client) -> None:
    origin.set_condition(latency(3_600_000).on("/slow") + latency(30).on("/x"))
    assert client.ask("/x").body == BODY
    client.send("/slow")
    assert origin.requests.wait_for(lambda seen: len(seen) == 2)
    assert [seen.weather[0] for seen in origin.requests] == [
        "held back 30 ms",
        "held back 3600000 ms",
    ]
    origin.set_condition(OFFLINE)
    assert client.drain() == (b"", "reset")
    assert [seen.outcome for seen in origin.requests] == ["served", "blocked"]
    assert asked == ["/x"]


@pytest.mark.parametrize("after", [0, 1, HALF, HALF + 1])
def test_truncated(
    after: int, asked: Asked, origin: Origin, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    origin.set_condition(truncate(after))
    client.send("/x")
    assert client.read_head().headers["content-length"] == str(len(BODY))
    assert client.drain() == (BODY[:after], "closed")
    (seen,) = origin.requests
    assert (seen.outcome, seen.status, seen.bytes_sent, seen.error) == ("cut", 200, after, None)
    assert seen.weather == (f"broken off after {after} bytes",)
    origin.close()
    assert origin.errors == ()
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_damaged(asked: Asked, origin: Origin, client: Client) -> None:
    origin.set_condition(corrupt(every=1000, seed=2))
    answer = client.ask("/x", If_None_Match='"1"')
    assert (answer.status, len(answer.body), "etag" in answer.headers) == (200, len(BODY), False)
    assert [place // 1000 for place, byte in enumerate(answer.body) if byte] == list(range(11))
    assert origin.requests[0].weather == ("11 bytes damaged",)
    origin.set_condition(ONLINE)
    assert client.ask("/x").body == BODY


def test_bandwidth_both_ways(asked: Asked, origin: Origin, client: Client) -> None:
    origin.set_condition(bandwidth(50_000, up=100_000))
    started = time.monotonic()
    assert client.ask("/x", "POST", bytes(10_000)).body == BODY
    assert time.monotonic() - started >= 0.27, "a tenth of a second up, two down"
    assert origin.requests[0].weather == ("slowed by bandwidth(50000, up=100000)",)


@pytest.mark.parametrize("condition", [status(503, body="later"), HANG, RESET, HANG.on("/x")])
def test_nothing_behind_the_origin_is_asked_where_the_weather_answers(
    condition: Condition, asked: Asked, origin: Origin, client: Client
) -> None:
    origin.set_condition(condition)
    client.send("/x", "POST", b"hello")

    def noted(seen: tuple[Exchange, ...]) -> bool:
        return len(seen) == 1 and len(seen[0].weather) == 1

    assert origin.requests.wait_for(noted)
    if condition == status(503, body="later"):
        assert client.read().body == b"later"
    origin.set_condition(ONLINE)
    assert origin.requests[0].body == b"hello"
    assert asked == []


def test_each_has_a_connection_of_its_own_where_some_break(
    asked: Asked, origin: Origin, client: Client
) -> None:
    origin.set_condition(flaky(0.01, seed=1))
    answer = client.ask("/x")
    assert (answer.headers["connection"], answer.body) == ("close", BODY)
    assert client.drain() == (b"", "closed")


def test_a_workers_script_with_its_probe(connect: Connect, elsewhere: OriginServer) -> None:
    upstream = elsewhere.new_origin()
    upstream.reply("/sw.js", "self.x = 1;", headers={"Content-Type": "text/javascript"})
    with OriginServer(instrument=lambda script, *_: b"/* probe */" + script) as server:
        origin = server.new_origin()
        origin.proxy(upstream.url)
        origin.set_condition(truncate(13))
        client = connect(origin)
        client.send("/sw.js", Service_Worker="script")
        assert client.read_head().headers["content-length"] == "22"
        assert client.drain() == (b"/* probe */se", "closed")
        origin.set_condition(corrupt())
        client = connect(origin)
        assert len(client.ask("/sw.js", Service_Worker="script").body) == 22
        assert origin.requests[-1].weather == ("1 byte damaged",)
    elsewhere.close_origin(upstream)
