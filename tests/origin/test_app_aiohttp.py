"""aiohttp applications behind an origin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from origin_client import Client

from pytest_offline import OFFLINE
from pytest_offline.errors import SiteError
from pytest_offline.origin import Origin, OriginServer

PATIENCE = 10.0


def application(seen: list[str]) -> web.Application:
    async def show(request: web.Request) -> web.Response:
        data = await request.read()
        return web.Response(text=f"{request.method} {request.url} {data!r} {request.remote}")

    async def wrong(request: web.Request) -> web.Response:
        raise ValueError("no such user")

    async def late(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"begun")
        raise ValueError("too late")

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound("/login?next=/")

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("left")
        return response

    async def life(app: web.Application) -> AsyncIterator[None]:
        seen.append("up")
        yield
        seen.append("down")

    app = web.Application()
    app.router.add_get("/wrong", wrong)
    app.router.add_get("/late", late)
    app.router.add_get("/away", away)
    app.router.add_get("/events", events)
    app.router.add_route("*", "/{rest:.*}", show)
    app.cleanup_ctx.append(life)
    return app


@pytest.fixture
def seen() -> list[str]:
    return []


def test_it_answers_and_lives_as_long_as_the_origin(server: OriginServer, seen: list[str]) -> None:
    origin = server.new_origin()
    origin.app(application(seen))
    assert seen == ["up"]
    client = Client(origin)
    answer = client.ask("/a%20b?c=1", "POST", b"hello")
    assert answer.body.decode() == f"POST {origin.url}a%20b?c=1 b'hello' 127.0.0.1"
    client.close()
    server.close_origin(origin)
    assert seen == ["up", "down"]


def test_one_application_serves_test_after_test(server: OriginServer, seen: list[str]) -> None:
    app = application(seen)
    for _ in range(2):
        origin = server.new_origin()
        origin.app(app)
        client = Client(origin)
        assert client.ask("/").status == 200
        client.close()
        server.close_origin(origin)
    assert seen == ["up", "down"] * 2


def test_its_errors_are_told_of(
    origin: Origin, client: Client, seen: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    origin.app(application(seen))
    answer = client.ask("/wrong")
    assert answer.status == 500
    assert b"the application raised ValueError: no such user\n" in answer.body
    assert origin.requests[-1].outcome == "failed"
    assert [str(error) for error in origin.errors] == ["no such user"]
    assert 'raise ValueError("no such user")' in caplog.text


def test_an_error_after_the_head(origin: Origin, client: Client, seen: list[str]) -> None:
    origin.app(application(seen))
    client.send("/late")
    received, _ = client.drain()
    assert b"begun" in received
    assert (origin.requests[-1].outcome, origin.requests[-1].error) == (
        "cut",
        "ValueError: too late",
    )


def test_below_a_path_its_redirects_are_mapped(
    origin: Origin, client: Client, seen: list[str]
) -> None:
    origin.app(application(seen), at="/app/")
    assert client.ask("/app/away").headers["location"] == "/app/login?next=/"
    assert b"/x " in client.ask("/app/x").body


def test_its_streams_end_when_the_network_goes(
    origin: Origin, client: Client, seen: list[str]
) -> None:
    origin.app(application(seen))
    client.send("/events")
    client.read_until(b"data: 1\n\n")
    origin.set_condition(OFFLINE)
    assert client.drain()[1] == "reset"
    origin.close()
    assert seen == ["up", "left", "down"]


def test_a_start_that_fails_is_raised(origin: Origin) -> None:
    async def start(app: web.Application) -> None:
        raise ConnectionRefusedError("database at 5432")

    app = web.Application()
    app.on_startup.append(start)
    with pytest.raises(SiteError, match="did not start: ConnectionRefusedError: database at 5432"):
        origin.app(app)
