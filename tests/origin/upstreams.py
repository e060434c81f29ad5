"""Servers to be a proxy of, for the origin's tests."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Script = Callable[["Talk"], None]


class Talk:
    """One connection that somebody opened to a scripted upstream."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = b""
        self.ended = threading.Event()

    def read_head(self) -> bytes:
        return self.read_until(b"\r\n\r\n")

    def read_until(self, marker: bytes) -> bytes:
        while marker not in self.received:
            data = self.connection.recv(65536)
            if not data:
                raise ConnectionError("closed")
            self.received += data
        return self.received

    def drain(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.connection.recv(65536):
                self.received += data
        self.ended.set()

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)


class ScriptedUpstream:
    """Listens, and answers each connection as a function says, byte by byte."""

    def __init__(self, script: Script) -> None:
        self.talks: list[Talk] = []
        self._script = script
        self._running: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(20)
                talk = Talk(connection)
                self.talks.append(talk)
                running = threading.Thread(target=self._run, args=(talk,), daemon=True)
                self._running.append(running)
                running.start()

    def _run(self, talk: Talk) -> None:
        with contextlib.suppress(OSError):
            self._script(talk)
        with contextlib.suppress(OSError):
            talk.connection.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in self.talks:
            with contextlib.suppress(OSError):
                talk.connection.shutdown(socket.SHUT_RDWR)
        for thread in (self._thread, *self._running):
            thread.join()


def answering(data: bytes) -> Script:
    def script(talk: Talk) -> None:
        talk.read_head()
        talk.send(data)

    return script
