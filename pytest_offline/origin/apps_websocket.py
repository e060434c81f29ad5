"""Web sockets of ASGI applications.

https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final

from aiohttp import WSMsgType, web
from multidict import CIMultiDict

from pytest_offline.origin.answers import Asked, Sending, plain, shown_error
from pytest_offline.origin.apps_calls import ClientGone, Surroundings, Talk, across, checked_head

Message = MutableMapping[str, Any]

_LARGEST: Final = 16 * 1024 * 1024
_LOST: Final = 1006  # RFC 6455, section 7.4.1: closed without a closing handshake


class SocketTalk(Talk):
    """One web socket, on the server's loop."""

    def __init__(self, sending: Sending, asked: Asked, around: Surroundings) -> None:
        super().__init__(sending, asked, around)
        self._socket: web.WebSocketResponse | None = None

    async def accept(self, protocol: str | None, headers: CIMultiDict[str]) -> None:
        """The handshake."""
        self._check_here()
        protocols = () if protocol is None else (protocol,)
        socket = web.WebSocketResponse(protocols=protocols, max_msg_size=_LARGEST)
        socket.headers.extend(headers)
        await self.sending.open(socket)
        self._socket = socket

    async def refuse(self) -> None:
        """Instead of the handshake: 403, as the specification says."""
        self._check_here()
        self.sending.answer = plain(403, f"{self._asked.path}: the application refused.")
        await self.sending.send()
        self._finish()

    async def hear(self) -> Message:
        """The next message, or that the client has gone."""
        assert self._socket is not None
        message = await self._socket.receive()
        if message.type == WSMsgType.TEXT:
            return {"type": "websocket.receive", "text": message.data, "bytes": None}
        if message.type == WSMsgType.BINARY:
            return {"type": "websocket.receive", "text": None, "bytes": message.data}
        code, reason = self._socket.close_code, message.extra
        return {"type": "websocket.disconnect", "code": code or _LOST, "reason": reason or ""}

    async def say(self, data: str | bytes) -> None:
        """Sends a message."""
        self._check_here()
        assert self._socket is not None
        try:
            if isinstance(data, str):
                await self._socket.send_str(data)
            else:
                await self._socket.send_bytes(data)
        except ConnectionError as error:
            raise ClientGone(str(error)) from error
        self.sending.count(len(data.encode() if isinstance(data, str) else data))

    async def hang_up(self, code: int, reason: str) -> None:
        """The closing handshake."""
        self.sending.done()
        if self._socket is not None and not self._gone:
            await self._socket.close(code=code, message=reason.encode())
        self._finish()

    def end(self, error: BaseException | None) -> None:
        """The application has ended: a socket that it left open is closed."""
        socket = self._socket
        if socket is None or self.finished.done():
            super().end(error)
            return
        if error is None:
            self.sending.done()
        else:
            self._tell(error, "while its web socket was open")
            self.sending.fail(shown_error(error))
        # RFC 6455, section 7.4.1: 1011, the server met something unexpected.
        closing = asyncio.ensure_future(socket.close(code=1000 if error is None else 1011))
        closing.add_done_callback(self._closed)

    def _closed(self, closing: asyncio.Future[bool]) -> None:
        if not closing.cancelled():
            closing.exception()  # the client has gone in the middle of it: nothing is left to say
        self._finish()

    def _check_here(self) -> None:
        if self._gone:
            raise ClientGone(f"web socket {self._asked.path}: the client has gone")


class SocketCall:
    """``receive`` and ``send`` of one web socket, on the application's loop."""

    def __init__(self, talk: SocketTalk, server: asyncio.AbstractEventLoop) -> None:
        self._talk = talk
        self._server = server
        self._left = asyncio.Event()
        self._told_of_connect = False
        self._accepted = False
        self._closed = False
        self._hearing: asyncio.Future[Message] | None = None

    def leave(self) -> None:
        """The client has gone."""
        self._left.set()

    async def receive(self) -> Message:
        """The next event: the connection, messages, the end."""
        if not self._told_of_connect:
            self._told_of_connect = True
            return {"type": "websocket.connect"}
        if not self._accepted or self._closed:
            await self._left.wait()
            return {"type": "websocket.disconnect", "code": _LOST, "reason": ""}
        if self._hearing is None:
            self._hearing = asyncio.ensure_future(self._hear())
        hearing = self._hearing
        message = await asyncio.shield(hearing)  # who stops waiting may not lose a message
        self._hearing = None
        self._closed = message["type"] == "websocket.disconnect"
        return message

    async def _hear(self) -> Message:
        talking = asyncio.ensure_future(across(self._server, self._talk.hear()))
        leaving = asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait((talking, leaving), return_when=asyncio.FIRST_COMPLETED)
            if talking.done() and not talking.cancelled() and talking.exception() is None:
                return talking.result()
            return {"type": "websocket.disconnect", "code": _LOST, "reason": ""}
        finally:
            talking.cancel()
            leaving.cancel()

    async def send(self, message: Message) -> None:
        """Takes an event.

        Raises:
            ClientGone: an OSError, as ASGI asks for, where nobody listens any more.
            RuntimeError: the events are out of order.
        """
        kind = message["type"]
        if kind == "websocket.accept" and not self._accepted and not self._closed:
            pairs = [
                (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
                for name, value in message.get("headers") or ()
            ]
            headers = checked_head(200, pairs).headers
            await self._do(self._talk.accept(message.get("subprotocol"), headers))
            self._accepted = True
        elif kind == "websocket.send" and self._accepted and not self._closed:
            text = message.get("text")
            await self._do(self._talk.say(message["bytes"] if text is None else text))
        elif kind == "websocket.close" and not self._closed:
            self._closed = True
            if self._accepted:
                code, reason = message.get("code", 1000), message.get("reason") or ""
                await self._do(self._talk.hang_up(code, reason))
            else:
                await self._do(self._talk.refuse())
        else:
            state = "closed" if self._closed else "open" if self._accepted else "not accepted yet"
            raise RuntimeError(f"unexpected ASGI message {kind!r}: the web socket is {state}")

    async def _do(self, work: Any) -> None:
        await across(self._server, work)
