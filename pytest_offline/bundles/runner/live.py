"""What stays open between a browser and its origin: event streams and web sockets."""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from .words import Answer


class Live:
    """One of them, at a path of a host."""

    def __init__(self, host: str, path: str) -> None:
        self.host = host
        self.path = path
        self._socket: web.WebSocketResponse[bool] | None = None
        self._stream: web.StreamResponse | None = None

    async def hold(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        """Opens it, and holds it until one side ends it."""
        if answer.live == "echo":
            self._socket = socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await socket.send_str(message.data)
            return socket
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(answer.body or b": open\n\n")
        self._stream = response
        await asyncio.Event().wait()
        return response

    async def send(self, text: str) -> None:
        """Sends a message; to who has gone, nothing."""
        try:
            if self._socket is not None:
                await self._socket.send_str(text)
            elif self._stream is not None:
                lines = "".join(f"data: {line}\n" for line in text.split("\n"))
                await self._stream.write(f"{lines}\n".encode())
        except ConnectionError:
            return
