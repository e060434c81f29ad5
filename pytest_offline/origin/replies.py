"""Scripted answers: what ``origin.reply`` lays over whatever is mounted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from multidict import CIMultiDict

from pytest_offline.errors import UsageError
from pytest_offline.origin.answers import EMPTY, NO_CACHE, Answer, Asked, Body, Sending, comparable
from pytest_offline.origin.content_types import content_type_of_reply
from pytest_offline.origin.header_sets import checked_headers


@dataclass(frozen=True)
class ScriptedBody:
    """A body with a script: when it starts, in which pieces it comes, where it breaks off.

    Attributes:
        pieces: what is sent, one by one.
        delay: seconds before the head is sent.
        pause: seconds between pieces.
        cut_after: bytes of the body after which the connection is closed, the answer unfinished.
        streamed: whether it goes out in chunks, its length not said beforehand.
    """

    pieces: tuple[bytes, ...]
    delay: float = 0
    pause: float = 0
    cut_after: int | None = None
    streamed: bool = False

    def whole(self) -> bytes:
        """The pieces in one, as if nothing broke."""
        return b"".join(self.pieces)

    async def send(self, sending: Sending) -> None:
        """Sends head and pieces by the script."""
        if self.delay:
            await asyncio.sleep(self.delay)
        await sending.start(None if self.streamed else len(self.whole()))
        if sending.wants_body and not await self._send_pieces(sending):
            sending.break_off()
            return
        await sending.finish()

    async def _send_pieces(self, sending: Sending) -> bool:
        """Whether they all went out and nothing is to break."""
        left = self.cut_after
        for index, piece in enumerate(self.pieces):
            if index and self.pause:
                await asyncio.sleep(self.pause)
            await sending.write(piece if left is None else piece[:left])
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    return False
        return left is None


@dataclass(eq=False)
class Reply:
    """One scripted answer, and how often it is still to be given (None: always)."""

    status: int
    headers: CIMultiDict[str]
    body: bytes | Body
    left: int | None = None

    def answer(self) -> Answer:
        """The answer, to be changed freely."""
        return Answer(self.status, CIMultiDict(self.headers), self.body)


@dataclass
class Replies:
    """The scripted answers of one origin, by method and path; the last one given lies on top."""

    _stacks: dict[tuple[str, str], tuple[Reply, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[Reply, ...]]
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, method: str, path: str, reply: Reply) -> Laid:
        """Lays a reply over what is there; one that is given always replaces all before it."""
        key = (method, comparable(path))
        with self._lock:
            before = self._stacks.get(key, ())
            self._stacks[key] = (reply,) if reply.left is None else (*before, reply)
        return Laid(self, key, reply, before)

    def take_away(self, laid: Laid) -> None:
        """What was there before answers again; what was laid over it since stays."""
        with self._lock:
            stack = self._stacks.get(laid.key, ())
            if laid.reply in stack:
                later = stack[stack.index(laid.reply) + 1 :]
                self._stacks[laid.key] = (*(each for each in laid.before if each.left != 0), *later)

    def clear(self) -> None:
        """Lets go of everything."""
        with self._lock:
            self._stacks.clear()

    def answer(self, asked: Asked, *, consume: bool = True) -> Answer | None:
        """The scripted answer, None if there is none; a reply with ``times`` is used up by one."""
        if not self._stacks:
            return None
        with self._lock:
            for key in _keys(asked):
                stack = self._stacks.get(key)
                if stack:
                    if consume:
                        self._use(key, stack)
                    return stack[-1].answer()
        return None

    def _use(self, key: tuple[str, str], stack: tuple[Reply, ...]) -> None:
        top = stack[-1]
        if top.left is None:
            return
        top.left -= 1
        if top.left == 0:
            self._stacks[key] = stack[:-1]


@dataclass(frozen=True)
class Laid:
    """A reply that was laid over others; as a context manager it is taken away at the end."""

    replies: Replies
    key: tuple[str, str]
    reply: Reply
    before: tuple[Reply, ...]

    def __enter__(self) -> Laid:
        return self

    def __exit__(self, *_: object) -> None:
        self.replies.take_away(self)


def _keys(asked: Asked) -> list[tuple[str, str]]:
    """What a reply may be filed under: path and query first, then the path; HEAD as GET too."""
    methods = ("HEAD", "GET") if asked.method == "HEAD" else (asked.method,)
    paths = (asked.target, asked.path) if "?" in asked.target else (asked.path,)
    return [(method, comparable(path)) for method in methods for path in paths]


@dataclass(frozen=True)
class ReplyScript:
    """The arguments of ``origin.reply``, which documents them."""

    path: str
    body: str | bytes = b""
    status: int = 200
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None
    method: str = "GET"
    delay: float = 0
    chunks: Iterable[bytes | str] | None = None
    chunk_delay: float = 0
    cut_after: int | None = None
    times: int | None = None

    def reply(self) -> Reply:
        """The reply to file; UsageError for what cannot be."""
        self._check()
        pieces = (
            (_encoded(self.body),)
            if self.chunks is None
            else tuple(_encoded(chunk) for chunk in self.chunks)
        )
        self._check_cut(sum(map(len, pieces)))
        headers = self._headers()
        scripted = self.delay or self.cut_after is not None or self.chunks is not None
        body: bytes | Body = pieces[0] if not scripted else self._scripted(pieces, headers)
        return Reply(self.status, headers, body, self.times)

    def _scripted(self, pieces: tuple[bytes, ...], headers: CIMultiDict[str]) -> ScriptedBody:
        streamed = self.chunks is not None and "Content-Length" not in headers
        return ScriptedBody(pieces, self.delay, self.chunk_delay, self.cut_after, streamed)

    def _headers(self) -> CIMultiDict[str]:
        headers = checked_headers(CIMultiDict(self.headers or ()).items(), f"reply({self.path!r})")
        if self.status not in EMPTY:
            headers.setdefault("Content-Type", content_type_of_reply(self.path, self.body))
        headers.setdefault("Cache-Control", NO_CACHE)
        return headers

    def _check(self) -> None:
        where = f"reply({self.path!r}"
        if not self.path.startswith("/"):
            raise UsageError(f'{where}): the path has to begin with "/", such as "/data.json".')
        if not 200 <= self.status <= 599:
            raise UsageError(f"{where}, status={self.status}): use a status from 200 to 599.")
        if self.times is not None and self.times < 1:
            raise UsageError(f"{where}, times={self.times}): how often is at least 1.")
        for name, seconds in (("delay", self.delay), ("chunk_delay", self.chunk_delay)):
            if seconds < 0:
                raise UsageError(f"{where}, {name}={seconds}): seconds cannot be negative.")
        if self.chunks is not None and self.body:
            raise UsageError(
                f"{where}, body={self.body[:40]!r}, chunks=…): give a body or chunks, not both."
            )

    def _check_cut(self, size: int) -> None:
        if self.cut_after is None:
            return
        if not 0 <= self.cut_after <= size or (self.chunks is None and self.cut_after == size):
            raise UsageError(
                f"reply({self.path!r}, cut_after={self.cut_after}): the body has {size} bytes, so "
                "nothing would be cut off. Give fewer bytes, or leave cut_after out."
            )


def _encoded(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else bytes(data)
