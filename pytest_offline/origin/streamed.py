"""An answer that is sent in pieces, its head as it was given.

aiohttp's ``StreamResponse`` adds a Content-Type where there is none, and drops bytes of a header
that are not UTF-8: what comes from an application or another server has to arrive as it was.
"""

from __future__ import annotations

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from pytest_offline.origin.answers import EMPTY, Answer
from pytest_offline.origin.whole import stream_head, write_whole


class Streamed(web.StreamResponse):
    """What aiohttp is handed for such an answer.

    Args:
        length: bytes of the body; None where nobody knows it yet.
        empty: whether no body follows.
    """

    def __init__(self, answer: Answer, length: int | None, *, empty: bool) -> None:
        super().__init__(status=answer.status)
        self._sent: CIMultiDict[str] = answer.headers
        self._length = length
        self._empty = empty
        self._stays = True
        self._writer: AbstractStreamWriter | None = None
        self._ended = False

    @property
    def headers(self) -> CIMultiDict[str]:
        """The headers, once the head was sent as they went out."""
        return self._sent

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection can be used again."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Sends the head, once."""
        if self._writer is not None:
            return self._writer
        self._writer = request.writer
        self._frame(request)
        if write_whole(request, stream_head(self.status, self._sent)):
            await self._writer.drain()
        return self._writer

    def _frame(self, request: web.BaseRequest) -> None:
        """How the end of the body is told (RFC 9112, section 6.3)."""
        headers = self._sent
        assert self._writer is not None
        headers.popall("Transfer-Encoding", None)
        closes = headers.popall("Connection", [""])[0].lower() == "close"
        self._writer.length = None
        self._stays = bool(request.keep_alive) and not closes
        if self._empty:
            if self._length is not None and self.status not in EMPTY:
                headers["Content-Length"] = str(self._length)
        elif self._length is not None:
            headers["Content-Length"] = str(self._length)
            self._writer.length = self._length
        elif request.version >= HttpVersion11:
            headers["Transfer-Encoding"] = "chunked"
            self._writer.enable_chunking()
        else:
            self._stays = False
        if not self._stays:
            headers["Connection"] = "close"
        elif request.version < HttpVersion11:
            headers["Connection"] = "keep-alive"

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Sends a piece of the body, waiting while the client does not keep up."""
        assert self._writer is not None, "prepare() comes before write()"
        await self._writer.write(data)

    async def write_eof(self, data: bytes = b"") -> None:
        """Sends the end, once."""
        if self._ended or self._writer is None:
            return
        self._ended = True
        await self._writer.write_eof(data)
