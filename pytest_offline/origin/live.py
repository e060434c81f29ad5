"""Open-ended answers: event streams and web sockets that a test drives."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final

from aiohttp import WSMsgType, web

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import Sending, plain
from pytest_offline.origin.loop_thread import LoopThread

Message = str | bytes
OnMessage = Callable[[Message], "Message | None"]

_PATIENCE_S: Final = 10.0


class ClientCount:
    """How many clients are connected, for a test to wait for."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0
        self._changed = threading.Condition()

    def __int__(self) -> int:
        return self._count

    def add(self, change: int) -> None:
        """One more, or one less."""
        with self._changed:
            self._count += change
            self._changed.notify_all()

    def wait_for(self, count: int, timeout: float) -> None:
        """Waits until exactly so many are connected; UsageError when the seconds are over."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._count == count, timeout):
                raise UsageError(
                    f"{self._what} has {self._count} clients, not {count}, after {timeout} s. "
                    "Did the page open it, and was it cut off or closed since?"
                )


_OPENING: Final = b": open\n\n"
"""A comment, which says nothing: Firefox fires ``open`` only once a first byte of the body is there
(seen in ESR 153)."""


class EventStream:
    """A ``text/event-stream`` that a test sends events over; you get one from an origin."""

    def __init__(self, thread: LoopThread, path: str, retry: int | None = None) -> None:
        self.path = path
        self._opening = _OPENING if retry is None else b"retry: %d\n\n" % retry
        self._thread = thread
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._count = ClientCount(f"event_stream({path!r})")
        self._closed = False

    @property
    def clients(self) -> int:
        """How many are connected now."""
        return int(self._count)

    def wait_for_clients(self, count: int = 1, timeout: float = _PATIENCE_S) -> None:
        """Waits until so many are connected (0: until all have gone)."""
        self._count.wait_for(count, timeout)

    def send(self, data: str, event: str | None = None, *, id: str | None = None) -> int:
        """Sends one event to everyone connected; returns to how many."""
        lines = [f"{name}: {text}" for name, text in (("event", event), ("id", id)) if text]
        lines += [f"data: {line}" for line in data.split("\n")]
        return self._thread.call(lambda: self._put(("\n".join(lines) + "\n\n").encode()))

    def close(self) -> None:
        """Ends the stream for everyone, and tells those that come back to stay away."""
        self._closed = True
        self._thread.call(lambda: self._put(None))

    def _put(self, data: bytes | None) -> int:
        for queue in self._queues:
            queue.put_nowait(data)
        return len(self._queues)

    async def serve(self, sending: Sending) -> None:
        """Sends head and events to one client until the stream is closed."""
        if self._closed:
            # HTML, "server-sent events": 204 tells the browser not to connect again.
            sending.answer.status = 204
        await sending.start(None)
        if sending.wants_body:
            await self._pump(sending)
        await sending.finish()

    async def _pump(self, sending: Sending) -> None:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._queues.add(queue)
        self._count.add(1)
        try:
            await sending.write(self._opening)
            while (data := await queue.get()) is not None:
                await sending.write(data)
        finally:
            self._queues.discard(queue)
            self._count.add(-1)


class WebSocketRoute:
    """A web socket that a test listens and talks on; you get one from an origin.

    Attributes:
        messages: what came in, from whichever client, in order.
    """

    def __init__(self, thread: LoopThread, path: str, on_message: OnMessage | None) -> None:
        self.path = path
        self.messages: list[Message] = []
        self._thread = thread
        self._on_message = on_message
        self._sockets: dict[web.WebSocketResponse, Sending] = {}
        self._count = ClientCount(f"websocket({path!r})")

    @property
    def clients(self) -> int:
        """How many are connected now."""
        return int(self._count)

    def wait_for_clients(self, count: int = 1, timeout: float = _PATIENCE_S) -> None:
        """Waits until so many are connected (0: until all have gone)."""
        self._count.wait_for(count, timeout)

    def send(self, message: Message) -> int:
        """Sends to everyone connected; returns to how many."""
        return self._thread.run(self._broadcast(message))

    def close(self, code: int = 1000) -> None:
        """Closes all that are connected, with the closing handshake."""
        self._thread.run(self._close(code))

    async def _broadcast(self, message: Message) -> int:
        for socket in list(self._sockets):
            await self._tell(socket, message)
        return len(self._sockets)

    async def _close(self, code: int) -> None:
        for socket in list(self._sockets):
            await socket.close(code=code)

    async def serve(self, sending: Sending) -> None:
        """Talks with one client until it goes."""
        if sending.request.headers.get("Upgrade", "").lower() != "websocket":
            text = f"{self.path} is a web socket: open it with new WebSocket(…)."
            sending.answer = plain(426, text, {"Upgrade": "websocket", "Connection": "Upgrade"})
            await sending.send()
            return
        socket = web.WebSocketResponse()
        await sending.open(socket)
        self._sockets[socket] = sending
        self._count.add(1)
        try:
            await self._listen(socket)
        finally:
            del self._sockets[socket]
            self._count.add(-1)
        sending.done()

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            self.messages.append(message.data)
            reply = self._on_message(message.data) if self._on_message else None
            if reply is not None:
                await self._tell(socket, reply)

    async def _tell(self, socket: web.WebSocketResponse, message: Message) -> None:
        if isinstance(message, str):
            await socket.send_str(message)
        else:
            await socket.send_bytes(message)
        sending = self._sockets.get(socket)
        if sending is not None:
            sending.count(len(message.encode() if isinstance(message, str) else message))


class LiveBody:
    """Joins a stream or socket, which tests hold, to the answers of an origin."""

    def __init__(self, live: EventStream | WebSocketRoute) -> None:
        self.live = live

    async def send(self, sending: Sending) -> None:
        """Serves one client."""
        await self.live.serve(sending)

    def whole(self) -> bytes:
        """Nothing: it has no end."""
        return b""
