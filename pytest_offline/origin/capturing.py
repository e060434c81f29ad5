"""Answers of a relay that are held whole: worker scripts, and what a test peeks at.

A worker's script gets the probe in front, so what an application or another server sends of it is
collected, decompressed if it has to be, and sent when it is complete.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import zlib
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from pytest_offline.origin.answers import (
    EMPTY,
    Answer,
    AnswerError,
    Asked,
    Relay,
    Sending,
    announced_length,
)
from pytest_offline.origin.conditional import asked_whole, conditional_answer
from pytest_offline.origin.content_types import is_script
from pytest_offline.origin.instrumenting import Instrumenter

logger = logging.getLogger("pytest_offline.origin")

# brotli ships no types: what is used of it is written down here.
_brotli: Any = importlib.import_module("brotli")
_BrotliError: type[Exception] = _brotli.error

LARGEST: Final = 32 * 1024 * 1024
"""Bytes that are held; a worker's script that is larger goes out as it is."""

_OF_THE_BYTES: Final = ("Content-Encoding", "Content-Digest", "Repr-Digest", "Digest")


class Collector:
    """A `Sending` that sends nothing: it holds what it is given."""

    def __init__(self, method: str) -> None:
        self.has_body = False
        self.answer = Answer(200, CIMultiDict())
        self.complete = False
        self._method = method
        self._held: bytearray = bytearray()

    @property
    def request(self) -> web.BaseRequest:
        """There is none: nobody asks by a connection here."""
        raise AnswerError("A web socket cannot be peeked at.")

    @property
    def peer(self) -> tuple[str, int] | None:
        """Nobody."""
        return None

    @property
    def wants_body(self) -> bool:
        """False for HEAD and for statuses without content: the head is all there is."""
        return self._method != "HEAD" and self.answer.status not in EMPTY

    async def read(self) -> bytes:
        """Nothing: a request that is made up has no body."""
        return b""

    async def start(self, length: int | None) -> None:
        """The head is there."""

    async def open(self, response: web.StreamResponse) -> None:
        """Not for a web socket."""
        raise AnswerError("A web socket cannot be peeked at.")

    async def write(self, data: bytes) -> None:
        """Holds a piece.

        Raises:
            AnswerError: it is too much to be held.
        """
        self._held += data
        if len(self._held) > LARGEST:
            raise AnswerError(f"The answer is larger than {LARGEST >> 20} MiB.")

    def count(self, size: int) -> None:
        """Nothing was sent."""

    async def finish(self) -> None:
        """The answer is complete."""
        self.answer.body = bytes(self._held)
        self.complete = True

    def done(self) -> None:
        """The answer is complete."""
        self.complete = True

    def fail(self, error: str) -> None:
        """It never became complete."""
        raise AnswerError(error)

    def break_off(self) -> None:
        """It never became complete."""
        raise AnswerError("The answer broke off in the middle.")

    async def send(self) -> web.StreamResponse:
        """Holds an answer that is at hand whole."""
        self.complete = True
        return web.Response()


async def peeked(relay: Relay, asked: Asked, timeout: float = 10.0) -> Answer | None:
    """What a relay answers, decompressed; None where no whole answer came.

    Raises:
        AnswerError: it could not answer.
    """
    collector = Collector(asked.method)
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(relay.relay(asked, collector), timeout)
    answer = collector.answer
    if not collector.complete or not isinstance(answer.body, bytes):
        return None
    body = decoded(answer.body, answer.headers.get("Content-Encoding", ""))
    if body is None:
        return None
    for name in _OF_THE_BYTES:
        answer.headers.popall(name, None)
    return Answer(answer.status, answer.headers, body)


class ScriptCapture(Collector):
    """A `Sending` that holds a worker's script back until it is complete; other answers pass.

    Attributes:
        asked: the request to make of what stands behind: one that gets the whole script.
    """

    def __init__(
        self,
        sending: Sending,
        asked: Asked,
        instrument: Instrumenter,
        scripts: dict[str, Answer],
    ) -> None:
        super().__init__(asked.method)
        self.has_body = sending.has_body
        self.asked = _asked_whole(asked)
        self._client_asked = asked
        self._sending = sending
        self._instrument = instrument
        self._scripts = scripts
        self._passes = False

    @property
    def request(self) -> web.BaseRequest:
        """The browser's."""
        return self._sending.request

    @property
    def peer(self) -> tuple[str, int] | None:
        """The browser's address and port."""
        return self._sending.peer

    async def read(self) -> bytes:
        """The next piece of the request's body."""
        return await self._sending.read()

    async def start(self, length: int | None) -> None:
        """Lets the head pass, or holds it back if it is a script's."""
        headers = self.answer.headers
        self._passes = not _is_whole_script(self.answer) or not self.wants_body
        if not self._passes:
            return
        if _is_whole_script(self.answer):  # asked with HEAD: its length is not the probe's
            headers.popall("Content-Length", None)
            length = None
        self._sending.answer = self.answer
        await self._sending.start(length)

    async def open(self, response: web.StreamResponse) -> None:
        """Lets a head made elsewhere pass."""
        self._passes = True
        await self._sending.open(response)

    async def write(self, data: bytes) -> None:
        """Holds a piece of a script; once it is too large, lets all of it go."""
        if self._passes:
            await self._sending.write(data)
            return
        self._held += data
        if len(self._held) > LARGEST:
            self._tell(f"it is larger than {LARGEST >> 20} MiB")
            self._passes = True
            self._sending.answer = self.answer
            await self._sending.start(announced_length(self.answer.headers))
            await self._sending.write(bytes(self._held))
            self._held.clear()

    async def finish(self) -> None:
        """Sends the script that was held, the probe in front."""
        if self._passes:
            await self._sending.finish()
        else:
            self.answer.body = bytes(self._held)
            await self.send()

    def count(self, size: int) -> None:
        """Notes bytes that were sent without ``write``."""
        self._sending.count(size)

    def done(self) -> None:
        """The answer is complete."""
        self._sending.done()

    def fail(self, error: str) -> None:
        """It broke off by a fault."""
        self._sending.fail(error)

    def break_off(self) -> None:
        """Closes the connection with the answer incomplete."""
        self._sending.break_off()

    async def send(self) -> web.StreamResponse:
        """Sends an answer that is at hand whole, with the probe if it is a script."""
        answer = self.answer
        if _is_whole_script(answer) and isinstance(answer.body, bytes) and self.wants_body:
            answer = self._probed(answer, answer.body)
        self._sending.answer = answer
        return await self._sending.send()

    def _probed(self, answer: Answer, body: bytes) -> Answer:
        plain = decoded(body, answer.headers.get("Content-Encoding", ""))
        if plain is None:
            encoding = answer.headers.get("Content-Encoding")
            self._tell(f"its Content-Encoding {encoding!r} could not be undone")
            return answer
        headers = CIMultiDict(answer.headers)
        for name in _OF_THE_BYTES:
            headers.popall(name, None)
        script = Answer(answer.status, headers, plain, conditional=True)
        self._scripts[self._client_asked.target] = script
        probed = self._instrument(self._client_asked, script)
        return conditional_answer(self._client_asked, probed) if probed.status == 200 else probed

    def _tell(self, why: str) -> None:
        logger.warning(
            "%s was served without a probe, so what this worker does is not recorded: %s.",
            self._client_asked.target,
            why,
        )


def decoded(body: bytes, encoding: str) -> bytes | None:
    """A body without its Content-Encoding; None if that is unknown or the body is damaged."""
    for name in reversed([part.strip().lower() for part in encoding.split(",") if part.strip()]):
        undo = _DECODERS.get(name)
        if undo is None:
            return None
        try:
            body = undo(body)
        except (zlib.error, _BrotliError):
            return None
    return body


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        # RFC 9110, section 8.4.1.2: "deflate" without the zlib wrapper is sent, and accepted.
        return zlib.decompress(body, -zlib.MAX_WBITS)


_DECODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda body: zlib.decompress(body, zlib.MAX_WBITS | 16),
    "x-gzip": lambda body: zlib.decompress(body, zlib.MAX_WBITS | 16),
    "deflate": _inflated,
    "br": _brotli.decompress,
    "identity": lambda body: body,
}


def _asked_whole(asked: Asked) -> Asked:
    """The server may not answer "unchanged" of a script that the browser has with a probe."""
    headers = CIMultiDict(asked_whole(asked).headers.items())
    if "Accept-Encoding" in headers:
        headers["Accept-Encoding"] = "gzip, deflate, br"
    return Asked(asked.method, asked.target, headers)


def _is_whole_script(answer: Answer) -> bool:
    return answer.status in (200, 203) and is_script(answer.headers.get("Content-Type", ""))
