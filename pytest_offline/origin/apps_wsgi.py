"""WSGI applications (PEP 3333), a thread for each request.

Not by a2wsgi 1.10: there, once a client has gone, the application's thread waits for ever, and
since the threads are of an executor the interpreter waits for them. These are daemons.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from pytest_offline.origin.answers import Answer, Asked, Relay, Sending
from pytest_offline.origin.apps_calls import (
    GRACE_S,
    ClientGone,
    Head,
    Surroundings,
    Talk,
    checked_head,
    logger,
)

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WsgiMount:
    """A WSGI application at a path."""

    def __init__(self, app: WsgiApplication, at: str, around: Surroundings) -> None:
        self._app = app
        self._root = at.rstrip("/")
        self._around = around
        self._threads: set[threading.Thread] = set()

    def __repr__(self) -> str:
        return f"<WSGI {self._app!r} at {self._root}/>"

    def answer(self, asked: Asked) -> Answer | Relay:
        """Itself: it answers in its own time."""
        return self

    def cut(self) -> None:
        """Nothing to do: its clients were cut off, and it is told when it writes."""

    def close(self) -> None:
        """Waits a moment for requests that still run; a thread cannot be ended."""
        deadline = time.monotonic() + GRACE_S
        for thread in tuple(self._threads):
            thread.join(max(0, deadline - time.monotonic()))
            if thread.is_alive():
                logger.warning("%r: %s still runs when its origin closes.", self, thread.name)

    async def relay(self, asked: Asked, sending: Sending) -> None:
        """Answers one request."""
        talk = Talk(sending, asked, self._around)
        call = WsgiCall(self._app, talk, asyncio.get_running_loop())
        environ = self._environ(asked, sending, call)
        thread = threading.Thread(
            target=self._run, args=(call, environ), name=f"wsgi {asked.target}", daemon=True
        )
        self._threads.add(thread)
        thread.start()
        try:
            await talk.finished
        finally:
            talk.leave()

    def _run(self, call: WsgiCall, environ: dict[str, Any]) -> None:
        try:
            call.run(environ)
        finally:
            self._threads.discard(threading.current_thread())

    def _environ(self, asked: Asked, sending: Sending, call: WsgiCall) -> dict[str, Any]:
        path = unquote_to_bytes(asked.path.encode("utf-8", "surrogateescape")).decode("latin-1")
        root = unquote_to_bytes(self._root).decode("latin-1")
        host, port = self._around.address
        peer = sending.peer or ("127.0.0.1", 0)
        return {
            **_header_values(asked),
            "REQUEST_METHOD": asked.method,
            "SCRIPT_NAME": root,
            "PATH_INFO": path.removeprefix(root),
            "QUERY_STRING": asked.query.encode("utf-8", "surrogateescape").decode("latin-1"),
            "REQUEST_URI": asked.target,
            "RAW_URI": asked.target,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": peer[0],
            "REMOTE_PORT": str(peer[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self._around.scheme,
            "wsgi.input": io.BufferedReader(_Input(call), 64 * 1024),
            # Werkzeug's: reading it ends where the body ends, though nobody said its length.
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


class WsgiCall:
    """One request, in the application's thread."""

    def __init__(self, app: WsgiApplication, talk: Talk, server: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._talk = talk
        self._server = server
        self._head: Head | None = None
        self._begun = False
        self._complete = False

    def run(self, environ: dict[str, Any]) -> None:
        """Calls the application and sends what it gives; tells the server how it ended."""
        failure: BaseException | None = None
        try:
            result = self._app(environ, self._start_response)
            try:
                for data in result:
                    if data:
                        self._write(data)
                self._end()
            finally:
                close = getattr(result, "close", None)
                if close is not None:
                    close()
        except BaseException as error:
            # SystemExit too: it would end the thread without a word.
            failure = error
        with contextlib.suppress(RuntimeError):
            self._server.call_soon_threadsafe(self._talk.end, failure)

    def read(self) -> bytes:
        """The next piece of the request's body; nothing at its end."""
        return self._do(self._talk.read()) if self._talk.sending.has_body else b""

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None:
            try:
                if self._begun:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._head is not None or self._begun:
            raise RuntimeError(f"start_response({status!r}) was called a second time")
        # PEP 3333: text whose characters are bytes.
        pairs = [(k, v.encode("latin-1").decode("utf-8", "surrogateescape")) for k, v in headers]
        self._head = checked_head(int(status.partition(" ")[0]), pairs)
        return self._write

    def _write(self, data: bytes) -> None:
        if self._complete:
            raise RuntimeError(f"{len(data)} bytes more than the Content-Length announced")
        head = self._take_head()
        # What is whole in one piece goes out in one.
        whole = head is not None and head.headers.get("Content-Length") == str(len(data))
        self._complete = whole
        self._do(self._talk.write(head, data, more=not whole))

    def _end(self) -> None:
        if not self._complete:
            self._complete = True
            self._do(self._talk.write(self._take_head(), b"", more=False))

    def _take_head(self) -> Head | None:
        if self._begun:
            return None
        if self._head is None:
            raise RuntimeError("the application gave a body before it called start_response()")
        self._begun = True
        return self._head

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._server).result()
        except RuntimeError as error:
            if not self._server.is_closed():
                raise
            work.close()
            raise ClientGone("the server has stopped") from error


class _Input(io.RawIOBase):
    """``wsgi.input``, below a buffer that knows lines."""

    def __init__(self, call: WsgiCall) -> None:
        self._call = call
        self._left = b""
        self._ended = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer with what is there; 0 at the end."""
        if not self._left and not self._ended:
            self._left = self._call.read()
            self._ended = not self._left
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def _header_values(asked: Asked) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, text in asked.headers.items():
        if "_" in name:
            continue  # or X_Forwarded_For would pass for X-Forwarded-For
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        value = text.encode("utf-8", "surrogateescape").decode("latin-1")
        joint = "; " if key == "HTTP_COOKIE" else ","
        values[key] = f"{values[key]}{joint}{value}" if key in values else value
    return values
