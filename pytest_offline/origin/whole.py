"""Sending an answer that is at hand whole, head and body in one write.

aiohttp's ``Response`` does the same in some thirty more steps, a third of the time a small file
takes; most of what an origin answers is small files. Its framing is as simple as HTTP/1.1 allows:
the connection stays open, the length is known. Everything else goes through ``Response``.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

SERVER: Final = "pytest-offline"
# RFC 9110, sections 15.3.5 and 15.4.5: these have no content, and no length is said.
NO_LENGTH: Final = (204, 304)

_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus
}
SLICE: Final = 64 * 1024
"""Bytes of a body handed over at once, so that what was sent can be told when it breaks."""


class _Sent(web.StreamResponse):
    """What aiohttp is handed where the answer is out already and the connection stays open."""

    @property
    def keep_alive(self) -> bool | None:
        """Always."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Nothing is left to prepare."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""


class HttpDate:
    """The Date header's value, made once a second."""

    def __init__(self) -> None:
        self._made = (0, "")

    def __call__(self) -> str:
        """Now."""
        second = int(time.time())
        if self._made[0] != second:
            self._made = (second, formatdate(second, usegmt=True))
        return self._made[1]


SENT: Final = _Sent()
http_date: Final = HttpDate()


def can_be_sent_whole(request: web.BaseRequest, headers: CIMultiDict[str]) -> bool:
    """Whether request and answer leave the connection open and the framing alone."""
    return (
        request.keep_alive
        and request.version == HttpVersion11
        and "Connection" not in headers
        and "Transfer-Encoding" not in headers
    )


def whole_head(status: int, headers: CIMultiDict[str], size: int) -> bytes:
    """The head of an answer; completes the headers as they are sent."""
    if status not in NO_LENGTH:
        headers["Content-Length"] = str(size)
    return stream_head(status, headers)


def stream_head(status: int, headers: CIMultiDict[str]) -> bytes:
    """The head of an answer whose framing the headers say already."""
    headers.setdefault("Date", http_date())
    headers.setdefault("Server", SERVER)
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    first = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} "
    return f"{first}\r\n{''.join(lines)}\r\n".encode("utf-8", "surrogateescape")


def write_whole(request: web.BaseRequest, data: bytes) -> bool:
    """Hands it to the socket; whether the client does not keep up, so that one has to wait.

    Raises:
        ConnectionResetError: the connection is gone.
    """
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError(f"{request.method} {request.raw_path}: the client has gone")
    transport.write(data)
    return transport.get_write_buffer_size() > SLICE
