"""ASGI applications (https://asgi.readthedocs.io/en/latest/specs/main.html), version 3.

Each runs on a loop and thread of its own. Lifespan is ours, too: asgi-lifespan 2.1 does not know
``lifespan.startup.failed`` and waits for its time-out instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import unquote

from pytest_offline.origin.answers import Answer, Asked, Relay, Sending
from pytest_offline.origin.apps_calls import (
    GRACE_S,
    ClientGone,
    Head,
    Surroundings,
    Talk,
    across,
    checked_head,
    logger,
)
from pytest_offline.origin.apps_lifespan import Lifespan
from pytest_offline.origin.apps_threads import AppThread
from pytest_offline.origin.apps_websocket import SocketCall, SocketTalk

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApplication = Callable[[Message, Receive, Send], Awaitable[None]]

_DISCONNECT: Final = "http.disconnect"


class AsgiMount:
    """An ASGI application at a path: started when it is made, stopped by ``close``.

    Raises:
        SiteError: it did not start.
    """

    def __init__(self, app: AsgiApplication, at: str, around: Surroundings, timeout: float) -> None:
        self._app = app
        self._root = at.rstrip("/")
        self._around = around
        self._running: set[asyncio.Task[None]] = set()
        self._thread = AppThread(app, timeout, around.report)
        self._lifespan = Lifespan(app)
        self._thread.start(self._lifespan.start())

    def __repr__(self) -> str:
        return f"<ASGI {self._app!r} at {self._root}/>"

    def answer(self, asked: Asked) -> Answer | Relay:
        """Itself: it answers in its own time."""
        return self

    def cut(self) -> None:
        """Nothing to do: its clients were cut off, and it is told."""

    def close(self) -> None:
        """Runs the shut-down events, and ends the thread."""
        self._thread.stop(self._stop())

    async def relay(self, asked: Asked, sending: Sending) -> None:
        """Answers one request: HTTP, or a web socket."""
        server = asyncio.get_running_loop()
        call: HttpCall | SocketCall
        if asked.is_upgrade:
            talk = SocketTalk(sending, asked, self._around)
            call = SocketCall(talk, server)
        else:
            talk = Talk(sending, asked, self._around)
            call = HttpCall(talk, server)
        loop = self._thread.loop
        asyncio.run_coroutine_threadsafe(
            self._run(call, self._scope(asked, sending), talk, server), loop
        )
        try:
            await talk.finished
        finally:
            talk.leave()
            with contextlib.suppress(RuntimeError):  # the application's loop is closed already
                loop.call_soon_threadsafe(call.leave)

    async def _run(
        self,
        call: HttpCall | SocketCall,
        scope: Message,
        talk: Talk,
        server: asyncio.AbstractEventLoop,
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        failure: BaseException | None = None
        try:
            await self._app(scope, call.receive, call.send)
        except asyncio.CancelledError as error:
            failure = ClientGone("the origin was closed")
            failure.__cause__ = error
            raise
        except BaseException as error:
            # SystemExit too: it would end the loop, and with it the application.
            failure = error
        finally:
            self._running.discard(task)
            with contextlib.suppress(RuntimeError):
                server.call_soon_threadsafe(talk.end, failure)

    async def _stop(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_S)
        for task in tuple(self._running):
            logger.debug("%r: a request still ran when its origin closed: %r", self, task)
            task.cancel()
        await self._lifespan.stop()

    def _scope(self, asked: Asked, sending: Sending) -> Message:
        is_socket = asked.is_upgrade
        scheme = self._around.scheme
        scope: Message = {
            "type": "websocket" if is_socket else "http",
            # 2.3, not 2.4: there an idle stream hears of a client that left only by sending.
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": scheme.replace("http", "ws") if is_socket else scheme,
            "path": unquote(asked.path),
            "raw_path": asked.path.encode("utf-8", "surrogateescape"),
            "query_string": asked.query.encode("utf-8", "surrogateescape"),
            "root_path": unquote(self._root),
            "headers": [
                (name.lower().encode(), value.encode("utf-8", "surrogateescape"))
                for name, value in asked.headers.items()
            ],
            "client": sending.peer,
            "server": self._around.address,
            "state": self._lifespan.state.copy(),
            "extensions": {},
        }
        if is_socket:
            offered = asked.headers.get("Sec-WebSocket-Protocol", "")
            scope["subprotocols"] = [part.strip() for part in offered.split(",") if part.strip()]
        else:
            scope["method"] = asked.method
        return scope


class HttpCall:
    """``receive`` and ``send`` of one HTTP request, on the application's loop."""

    def __init__(self, talk: Talk, server: asyncio.AbstractEventLoop) -> None:
        self._talk = talk
        self._server = server
        self._left = asyncio.Event()
        self._has_body = talk.sending.has_body
        self._body_told = False
        self._reading: asyncio.Future[bytes] | None = None
        self._head: Head | None = None
        self._begun = False
        self._complete = False

    def leave(self) -> None:
        """The answer is complete, or the client has gone."""
        self._left.set()

    async def receive(self) -> Message:
        """The next event: a piece of the body, then in the end that the client has gone."""
        if not self._body_told and not self._left.is_set():
            if self._has_body:
                return await self._piece()
            self._body_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": _DISCONNECT}

    async def _piece(self) -> Message:
        # Shielded: who stops waiting (Starlette's is_disconnected) may not lose a piece.
        if self._reading is None:
            self._reading = asyncio.ensure_future(across(self._server, self._talk.read()))
            self._reading.add_done_callback(_seen)
        reading = self._reading
        try:
            data = await asyncio.shield(reading)
        except Exception:
            self._left.set()
            return {"type": _DISCONNECT}
        if self._reading is reading:
            self._reading = None
        self._body_told = not data
        return {"type": "http.request", "body": data, "more_body": bool(data)}

    async def send(self, message: Message) -> None:
        """Takes an event of the answer; waits while the client does not keep up.

        Raises:
            ClientGone: an OSError, as ASGI asks for, where nobody listens any more.
            RuntimeError: the events are out of order.
        """
        kind = message["type"]
        if kind == "http.response.start" and not self._begun and self._head is None:
            pairs = [
                (bytes(name).decode("latin-1"), bytes(value).decode("utf-8", "surrogateescape"))
                for name, value in message.get("headers", ())
            ]
            self._head = checked_head(int(message["status"]), pairs)
        elif kind == "http.response.body" and (self._begun or self._head) and not self._complete:
            more = bool(message.get("more_body", False))
            head, self._head = self._head, None
            self._begun, self._complete = True, not more
            body = bytes(message.get("body", b""))
            await across(self._server, self._talk.write(head, body, more=more))
        else:
            raise RuntimeError(f"unexpected ASGI message {kind!r}: {self._where()}")

    def _where(self) -> str:
        if self._complete:
            return "the answer is complete already"
        if self._begun or self._head:
            return "http.response.body is expected"
        return "http.response.start is expected first"


def _seen(reading: asyncio.Future[bytes]) -> None:
    """Takes note of an exception that nobody may ask for."""
    if not reading.cancelled():
        reading.exception()
