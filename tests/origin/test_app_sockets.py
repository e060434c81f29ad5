"""Web sockets: of ASGI and aiohttp applications, and through a proxy."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import aiohttp
import own_loop
import pytest
from aiohttp import WSMsgType, web

from pytest_offline import OFFLINE, ONLINE
from pytest_offline.origin import Origin, OriginServer

PATIENCE = 10.0
Scenario = Callable[[aiohttp.ClientSession, str], Coroutine[Any, Any, Any]]


def run(origin: Origin, scenario: Scenario) -> Any:
    """Runs a scenario with a client, which finds the origin at 127.0.0.1 by its Host header."""

    async def main() -> Any:
        headers = {"Host": origin.url[7:-1], "Origin": origin.url[:-1]}
        async with aiohttp.ClientSession(headers=headers) as session:
            url = f"http://127.0.0.1:{origin.port}"
            return await asyncio.wait_for(scenario(session, url), PATIENCE)

    return own_loop.run(main)


async def asgi_echo(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "websocket", scope["type"]
    assert (await receive())["type"] == "websocket.connect"
    if scope["path"].endswith("/refused"):
        await send({"type": "websocket.close"})
        return
    if scope["path"].endswith("/raises"):
        raise ValueError("no room")
    protocol = scope["subprotocols"][-1] if scope["subprotocols"] else None
    headers = [(b"x-path", scope["path"].encode())]
    await send({"type": "websocket.accept", "subprotocol": protocol, "headers": headers})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            ENDED.put(event["code"])
            return
        if event.get("text") == "close":
            await send({"type": "websocket.close", "code": 4001, "reason": "as asked"})
            return
        if event.get("text") == "raise":
            raise ValueError("in the middle")
        await send({"type": "websocket.send", "text": event["text"], "bytes": event["bytes"]})


ENDED: queue.SimpleQueue[int] = queue.SimpleQueue()


def aiohttp_echo() -> web.Application:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/refused"):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(protocols=("a", "b"))
        socket.headers["X-Path"] = request.path
        await socket.prepare(request)
        try:
            async for message in socket:
                if message.data == "close":
                    await socket.close(code=4001, message=b"as asked")
                elif message.type == WSMsgType.TEXT:
                    await socket.send_str(message.data)
                else:
                    await socket.send_bytes(message.data)
        finally:
            ENDED.put(socket.close_code or 0)
        return socket

    app = web.Application()
    app.router.add_get("/{rest:.*}", handle)
    return app


@pytest.fixture(params=["asgi", "aiohttp", "proxy of asgi"])
def echoing(request: pytest.FixtureRequest, origin: Origin) -> Iterator[Origin]:
    while not ENDED.empty():
        ENDED.get()
    if request.param == "aiohttp":
        origin.app(aiohttp_echo())
        yield origin
        return
    if request.param == "asgi":
        origin.app(asgi_echo)
        yield origin
        return
    with OriginServer() as elsewhere:
        upstream = elsewhere.new_origin()
        upstream.app(asgi_echo)
        origin.proxy(upstream.url)
        yield origin


def test_messages_go_both_ways(echoing: Origin) -> None:
    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        async with session.ws_connect(f"{url}/x", protocols=("a", "b")) as socket:
            assert socket.protocol in ("a", "b")
            await socket.send_str("grüß")
            assert (await socket.receive()).data == "grüß"
            await socket.send_bytes(b"\0" * 300_000)
            assert (await socket.receive()).data == b"\0" * 300_000

    run(echoing, scenario)
    seen = echoing.requests[-1]
    assert seen.initiator == "websocket"
    assert seen.status == 101


def test_who_closes_is_heard(echoing: Origin) -> None:
    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        async with session.ws_connect(f"{url}/x") as socket:
            await socket.send_str("close")
            message = await socket.receive()
            assert (message.type, message.data, message.extra) == (
                WSMsgType.CLOSE,
                4001,
                "as asked",
            )

    run(echoing, scenario)
    assert echoing.requests.wait_for(lambda seen: seen[-1].outcome == "served")


def test_a_refusal_is_passed(echoing: Origin) -> None:
    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{url}/refused")
        assert caught.value.status == 403

    run(echoing, scenario)
    assert echoing.requests[-1].status == 403


def test_the_cut_closes_it_on_both_sides(echoing: Origin) -> None:
    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        socket = await session.ws_connect(f"{url}/x")
        await socket.send_str("hello")
        await socket.receive()
        await asyncio.to_thread(echoing.set_condition, OFFLINE)
        message = await socket.receive()
        assert message.type in (WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSE)
        with pytest.raises(aiohttp.ClientError):
            await session.ws_connect(f"{url}/x")
        await asyncio.to_thread(echoing.set_condition, ONLINE)
        async with session.ws_connect(f"{url}/x") as again:
            await again.send_str("back")
            assert (await again.receive()).data == "back"

    run(echoing, scenario)
    assert [seen.outcome for seen in echoing.requests][:2] == ["cut", "blocked"]
    echoing.close()
    # An application behind a proxy hears of it a moment later.
    for _ in range(2):
        ENDED.get(timeout=PATIENCE)
    assert ENDED.empty()
    assert echoing.errors == ()


def test_an_app_that_raises_before_it_accepts(origin: Origin) -> None:
    origin.app(asgi_echo)

    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{url}/raises")
        assert caught.value.status == 500

    run(origin, scenario)
    assert origin.requests[-1].outcome == "failed"
    assert "ValueError: no room" in str(origin.requests[-1].error)


def test_an_app_that_raises_in_the_middle(origin: Origin) -> None:
    origin.app(asgi_echo)

    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        async with session.ws_connect(f"{url}/x") as socket:
            await socket.send_str("raise")
            message = await socket.receive()
            assert (message.type, message.data) == (WSMsgType.CLOSE, 1011)

    run(origin, scenario)
    assert origin.requests.wait_for(lambda seen: seen[-1].error is not None)
    assert [str(error) for error in origin.errors] == ["in the middle"]


def test_a_redirect_of_a_web_socket_goes_nowhere(origin: Origin) -> None:
    from upstreams import ScriptedUpstream, answering

    other = ScriptedUpstream(answering(b""))
    upstream = ScriptedUpstream(
        answering(f"HTTP/1.1 302 Found\r\nLocation: {other.url}/\r\n\r\n".encode())
    )
    origin.proxy(upstream.url)

    async def scenario(session: aiohttp.ClientSession, url: str) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{url}/x")
        return caught.value.status

    assert run(origin, scenario) == 502
    assert other.talks == []
    upstream.close()
    other.close()


def test_wsgi_answers_a_web_socket_as_the_request_that_it_is(origin: Origin) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("426 Upgrade Required", [])
        return [b"no"]

    origin.app(app)

    async def scenario(session: aiohttp.ClientSession, url: str) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{url}/x")
        return caught.value.status

    assert run(origin, scenario) == 426


def test_many_are_cut_at_once(origin: Origin) -> None:
    origin.app(asgi_echo)
    opened = threading.Event()
    cut = threading.Event()

    async def scenario(session: aiohttp.ClientSession, url: str) -> int:
        sockets = await asyncio.gather(*[session.ws_connect(f"{url}/x") for _ in range(50)])
        opened.set()
        await asyncio.to_thread(cut.wait, PATIENCE)
        ends = await asyncio.gather(*[socket.receive() for socket in sockets])
        return sum(end.type not in (WSMsgType.TEXT, WSMsgType.BINARY) for end in ends)

    ended: list[int] = []
    client = threading.Thread(target=lambda: ended.append(run(origin, scenario)))
    client.start()
    assert opened.wait(PATIENCE)
    origin.set_condition(OFFLINE)
    cut.set()
    client.join()
    assert ended == [50]
    assert {seen.outcome for seen in origin.requests} == {"cut"}
