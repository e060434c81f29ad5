"""What is asked, and what is answered: the words between the server and what stands behind it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import unquote, unquote_to_bytes

from aiohttp import web
from multidict import CIMultiDict

from pytest_offline.origin.content_types import PLAIN

NO_CACHE: Final = "no-cache"
"""The default Cache-Control. Left to itself a browser may reuse an answer for as long as it
guesses (RFC 9111, section 4.2.2), and what the HTTP cache gives while the network is away would
pass for offline support of the site. ``no-cache`` makes it ask first, so only a real cache of the
site answers offline. Headers given to ``mount`` or ``reply`` replace it."""


EMPTY: Final = (204, 205, 304)
"""RFC 9110: statuses without content."""


class Asked:
    """One request, as far as an answer can depend on it."""

    __slots__ = ("headers", "method", "path", "query", "target")

    def __init__(self, method: str, target: str, headers: Mapping[str, str]) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.path, _, self.query = target.partition("?")

    @property
    def is_navigation(self) -> bool:
        """Whether a page is being opened: by Sec-Fetch-Mode, or by Accept without it."""
        mode = self.headers.get("Sec-Fetch-Mode")
        if mode is not None:
            return mode == "navigate"
        return "text/html" in self.headers.get("Accept", "")

    @property
    def is_upgrade(self) -> bool:
        """Whether a web socket is asked for."""
        return (
            self.method == "GET"
            and self.headers.get("Upgrade", "").lower() == "websocket"
            and "upgrade" in self.headers.get("Connection", "").lower()
        )


class Sending(Protocol):
    """What a body sends itself with; ``sender.py`` is it.

    Attributes:
        has_body: whether the request has a body to read.
    """

    answer: Answer
    has_body: bool

    @property
    def request(self) -> web.BaseRequest:
        """The request, for who has to have aiohttp's."""
        ...

    @property
    def peer(self) -> tuple[str, int] | None:
        """Address and port of who asks; None if they are gone."""
        ...

    @property
    def wants_body(self) -> bool:
        """False for HEAD and for statuses without content: the head is all there is."""
        ...

    async def read(self) -> bytes:
        """The next piece of the request's body, nothing at its end; the ledger keeps it."""
        ...

    async def start(self, length: int | None) -> None:
        """Sends the head; a length of None means that nobody knows it yet."""
        ...

    async def open(self, response: web.StreamResponse) -> None:
        """Sends the head of a response made elsewhere, such as a web socket's."""
        ...

    async def write(self, data: bytes) -> None:
        """Sends some of the body, waiting while the client does not keep up."""
        ...

    def count(self, size: int) -> None:
        """Notes bytes that were sent without ``write``."""
        ...

    async def finish(self) -> None:
        """Sends the end: the answer is complete."""
        ...

    def done(self) -> None:
        """The answer is complete, and its end was sent already."""
        ...

    def fail(self, error: str) -> None:
        """It broke off by a fault, which the ledger is told; who says so closes it."""
        ...

    def break_off(self) -> None:
        """Closes the connection with the answer incomplete, what was written before delivered."""
        ...

    async def send(self) -> web.StreamResponse:
        """Sends ``answer``, for a body that has put another in its place."""
        ...


class Body(Protocol):
    """A body that is more than bytes at hand: a large file, a script of chunks, an open stream."""

    async def send(self, sending: Sending) -> None:
        """Sends head and body; whoever sends decides when, and how much."""
        ...

    def whole(self) -> bytes:
        """All of it at once, for whoever wants to read and not to send."""
        ...


@dataclass
class Answer:
    """What to send.

    Attributes:
        headers: the answer's own; it may be changed on the way out.
        conditional: whether If-None-Match, If-Modified-Since and Range apply to it.
    """

    status: int
    headers: CIMultiDict[str]
    body: bytes | Body = b""
    conditional: bool = False


class Relay(Protocol):
    """What answers in its own time, and reads the request's body itself: an app, another server."""

    async def relay(self, asked: Asked, sending: Sending) -> None:
        """Answers one request.

        Raises:
            AnswerError: it could not; where nothing was sent yet, the client is told so.
        """
        ...


class Handler(Protocol):
    """What stands behind a mount."""

    def answer(self, asked: Asked) -> Answer | Relay:
        """What answers a request below the mount. Called on the server's loop: never blocks."""
        ...

    def cut(self) -> None:
        """The network went away: nothing may go on behind the origin. On the server's loop."""
        ...

    def close(self) -> None:
        """It is mounted no more. Called from any thread but the server's."""
        ...


class AnswerError(Exception):
    """What stands behind a path could not answer; its text tells whoever asked.

    Attributes:
        status: of the answer that is made of it.
        error: in short, for the ledger.
    """

    def __init__(self, text: str, *, status: int = 500, error: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.error = error or text


class BrokenOff(ConnectionError):
    """The weather ends an answer here: to who sends it, as if the client had gone."""


def shown_error(error: BaseException) -> str:
    """An exception in one line: ``ValueError: no such name``."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def announced_length(headers: Mapping[str, str]) -> int | None:
    """The length that a Content-Length says; None where there is none, or it says nothing."""
    said = headers.get("Content-Length", "")
    return int(said) if said.isdecimal() else None


def plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A short answer of our own making, for a person to read."""
    values: CIMultiDict[str] = CIMultiDict(
        {"Content-Type": PLAIN, "Cache-Control": NO_CACHE, **(headers or {})}
    )
    return Answer(status, values, f"{text}\n".encode())


@functools.lru_cache(maxsize=8192)
def safe_segments(path: str) -> tuple[str, ...] | None:
    """The decoded segments of a URL path; None if it could lead anywhere but down.

    Refused: ``.`` and ``..`` (also as %2e), slashes and backslashes inside a segment (%2f, %5c),
    NUL, an empty segment. Browsers never send these in a path; who does is trying something.
    """
    if not path.startswith("/"):
        return None
    # Bytes that are not UTF-8 are kept as the file system keeps them (os.fsdecode).
    parts = [unquote_to_bytes(part).decode("utf-8", "surrogateescape") for part in path.split("/")]
    for index, part in enumerate(parts[1:], 1):
        if part in (".", "..") or (part == "" and index != len(parts) - 1):
            return None
        if "/" in part or "\\" in part or "\0" in part:
            return None
    return tuple(parts[1:])


@functools.lru_cache(maxsize=8192)
def decoded_segments(path: str) -> tuple[str, ...] | None:
    """The decoded segments of a path, for finding its mount; None where ``.`` or ``..`` is one.

    Anything else is left to what is mounted there: an app may want ``//`` or ``a%2Fb``.
    """
    if not path.startswith("/"):
        return None
    parts = tuple(unquote(part) for part in path.split("/")[1:])
    return None if "." in parts or ".." in parts else parts


@functools.lru_cache(maxsize=8192)
def comparable(target: str) -> str:
    """A path as it is compared: percent-decoded, so ``/ü`` and ``/%C3%BC`` are one."""
    return unquote(target) if "%" in target else target
