"""A client for the origin's tests."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from pytest_offline.origin import Origin


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Client:
    """A plain socket that speaks HTTP/1.1: nothing retries, nothing is hidden."""

    origin: Origin
    family: int = socket.AF_INET
    socket: socket.socket = field(init=False)
    buffer: bytes = b""

    def __post_init__(self) -> None:
        self.socket = socket.socket(self.family, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        address = "::1" if self.family == socket.AF_INET6 else "127.0.0.1"
        self.socket.connect((address, self.origin.port))

    def send(
        self, path: str, method: str = "GET", body: bytes = b"", host: str = "", **headers: str
    ) -> None:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or self.origin.url[7:-1]}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def ask(
        self, path: str, method: str = "GET", body: bytes = b"", host: str = "", **headers: str
    ) -> Answered:
        self.send(path, method, body, host, **headers)
        return self.read(method)

    def read_until(self, marker: bytes) -> bytes:
        while marker not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"closed after {self.buffer!r}")
            self.buffer += data
        found, _, self.buffer = self.buffer.partition(marker)
        return found + marker

    def read_head(self) -> Answered:
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in lines[1:] if line)
        return Answered(int(lines[0].split()[1]), {k.lower(): v for k, _, v in pairs}, b"")

    def read(self, method: str = "GET") -> Answered:
        answer = self.read_head()
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if answer.headers.get("transfer-encoding") == "chunked":
            answer.body = self._read_chunks()
        else:
            answer.body = self.read_exactly(int(answer.headers["content-length"]))
        return answer

    def read_exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"closed {size - len(self.buffer)} bytes early")
            self.buffer += data
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def _read_chunks(self) -> bytes:
        body = b""
        while size := int(self.read_until(b"\r\n"), 16):
            body += self.read_exactly(size)
            self.read_exactly(2)
        self.read_exactly(2)
        return body

    def drain(self) -> tuple[bytes, str]:
        """All that comes until the connection ends, and how it ended: reset or closed."""
        received, self.buffer = self.buffer, b""
        while True:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return received, "reset"
            if not data:
                return received, "closed"
            received += data

    def close(self) -> None:
        self.socket.close()


class Connect:
    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.clients: list[Client] = []

    def __call__(self, origin: Origin | None = None, family: int = socket.AF_INET) -> Client:
        client = Client(origin or self.origin, family)
        self.clients.append(client)
        return client
