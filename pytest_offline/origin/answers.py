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


class Sending(Protocol):
    """What a body sends itself with; ``sender.py`` is it.

    Attributes:
        wants_body: False for HEAD and for statuses without content: the head is all there is.
    """

    request: web.BaseRequest
    answer: Answer
    wants_body: bool

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


class Handler(Protocol):
    """What stands behind a mount."""

    def answer(self, asked: Asked) -> Answer:
        """The answer to a request below the mount. Called on the server's loop: never blocks."""
        ...


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
def comparable(target: str) -> str:
    """A path as it is compared: percent-decoded, so ``/ü`` and ``/%C3%BC`` are one."""
    return unquote(target) if "%" in target else target
