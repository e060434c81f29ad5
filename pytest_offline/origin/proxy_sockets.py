"""Web sockets through a proxy: message by message, both ways."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Final

import aiohttp
from aiohttp import WSMsgType, web
from multidict import CIMultiDict
from yarl import URL

from pytest_offline.origin.answers import AnswerError, Asked, Sending, plain

_LARGEST: Final = 64 * 1024 * 1024
_DATA: Final = (WSMsgType.TEXT, WSMsgType.BINARY)
_GONE_AWAY: Final = 1001  # RFC 6455, section 7.4.1
# RFC 6455, section 7.4.1: these are never sent.
_NEVER_SENT: Final = (1005, 1006, 1015)


async def pass_on(
    session: aiohttp.ClientSession,
    url: URL,
    headers: CIMultiDict[str],
    asked: Asked,
    sending: Sending,
    timeout: float | None,
) -> None:
    """Opens a web socket at the upstream, then the browser's, and joins them until one ends.

    Raises:
        aiohttp.ClientError: the upstream could not be asked.
    """
    for name in [name for name in headers if name.lower().startswith("sec-websocket-")]:
        headers.popall(name, None)
    offered = asked.headers.get("Sec-WebSocket-Protocol", "")
    protocols = tuple(part.strip() for part in offered.split(",") if part.strip())
    opening = session.ws_connect(
        url, headers=headers, protocols=protocols, autoping=False, max_msg_size=_LARGEST
    )
    try:
        upstream = await asyncio.wait_for(opening, timeout)
    except aiohttp.WSServerHandshakeError as error:
        text = f"{asked.path}: the upstream refused the web socket with status {error.status}."
        sending.answer = plain(error.status if error.status >= 400 else 502, text)
        await sending.send()
        return
    try:
        await _join(upstream, sending)
    finally:
        if not upstream.closed:
            await upstream.close(code=_GONE_AWAY)


async def _join(upstream: aiohttp.ClientWebSocketResponse[bool], sending: Sending) -> None:
    protocols = (upstream.protocol,) if upstream.protocol else ()
    browser = web.WebSocketResponse(protocols=protocols, autoping=False, max_msg_size=_LARGEST)
    await sending.open(browser)
    ways = (
        asyncio.ensure_future(_pump(browser, upstream, sending, counts=False)),
        asyncio.ensure_future(_pump(upstream, browser, sending, counts=True)),
    )
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pump(
    source: aiohttp.ClientWebSocketResponse[bool] | web.WebSocketResponse,
    sink: aiohttp.ClientWebSocketResponse[bool] | web.WebSocketResponse,
    sending: Sending,
    *,
    counts: bool,
) -> None:
    """Carries messages one way until the source is closed, then closes the sink alike."""
    while True:
        message = await source.receive()
        if message.type in _DATA:
            text = message.type == WSMsgType.TEXT
            await (sink.send_str if text else sink.send_bytes)(message.data)
            if counts:
                sending.count(len(message.data.encode() if text else message.data))
        elif message.type == WSMsgType.PING:
            await sink.ping(message.data)
        elif message.type == WSMsgType.PONG:
            await sink.pong(message.data)
        else:
            code = source.close_code
            reason = message.extra if isinstance(message.extra, str) else ""
            if message.type == WSMsgType.CLOSE:
                sending.done()  # before the handshake: who has read its end may leave
            elif counts:
                sending.fail("the upstream's web socket broke off")
            if code is None or code in _NEVER_SENT:
                code = 1000 if code == 1005 else _GONE_AWAY
            await sink.close(code=code, message=reason.encode())
            return


async def _never_elsewhere(
    session: aiohttp.ClientSession, context: SimpleNamespace, params: object
) -> None:
    raise AnswerError("a redirect of a web socket is not followed.", status=502)


def no_redirects() -> aiohttp.TraceConfig:
    """Stops the client from following a redirect, as it does by itself for web sockets."""
    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(_never_elsewhere)
    return config
