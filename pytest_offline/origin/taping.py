"""What an origin answered, kept for a bundle: bodies too, and before anything was done to them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from multidict import CIMultiDict

from pytest_offline.origin.answers import Answer, Asked
from pytest_offline.origin.live import EventStream, LiveBody
from pytest_offline.origin.replies import ScriptedBody
from pytest_offline.record import Headers

ROOM: Final = 64 * 1024 * 1024
"""Bytes of bodies that a tape holds; what comes after that is kept without its body."""


@dataclass(frozen=True)
class Taped:
    """One answer, as it was before the network did anything to it.

    Attributes:
        time: of the request, in milliseconds since the Unix epoch.
        script: when and in which pieces it came, where that was scripted.
        live: ``events`` or ``echo`` for what stays open; else empty.
        whole: whether the body is all of it.
    """

    time: float
    method: str
    target: str
    status: int
    headers: Headers
    body: bytes
    script: ScriptedBody | None = None
    live: str = ""
    whole: bool = True


class Tape:
    """The answers of one origin, in order. Written on the server's loop."""

    def __init__(self) -> None:
        self.taken: list[Taped] = []
        self._room = ROOM

    def take(self, asked: Asked, answer: Answer, body: bytes | bytearray | None = None) -> None:
        """Keeps an answer; ``body`` is what was collected of one that came in pieces."""
        given = answer.body
        live = ""
        if isinstance(given, LiveBody):
            live, content = ("events" if isinstance(given.live, EventStream) else "echo"), b""
        elif body is not None:
            content = bytes(body)
        else:
            content = given if isinstance(given, bytes) else given.whole()
        whole = len(content) <= self._room
        self._room -= len(content) if whole else 0
        self.taken.append(
            Taped(
                time.time() * 1000,
                asked.method,
                asked.target,
                answer.status,
                _pairs(answer.headers),
                content if whole else b"",
                given if isinstance(given, ScriptedBody) else None,
                live,
                whole,
            )
        )


def _pairs(headers: CIMultiDict[str]) -> Headers:
    return tuple((name.lower(), value) for name, value in headers.items())
