"""Exchanges: one request as the origin saw it, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_offline.record.conditions import ONLINE, Condition

Outcome = Literal["served", "blocked", "cut", "failed"]
"""``served``: the whole answer was handed over. ``blocked``: the network was away, not one byte was
sent. ``cut``: the answer began and was broken off. ``failed``: the server could not make one."""

Initiator = Literal[
    "document", "iframe", "script", "style", "image", "font", "media", "fetch", "manifest",
    "worker", "sharedworker", "serviceworker", "appcache", "websocket", "eventsource", "beacon",
    "other",
]  # fmt: skip
"""What asked, from ``Sec-Fetch-Dest``, ``Service-Worker: script`` and their kin. ``manifest`` is a
web app's manifest or an application cache's; ``appcache`` what the latter's update fetches else."""


@dataclass(frozen=True)
class Exchange:
    """One request that reached the origin, or that the browser's own offline switch stopped.

    Attributes:
        seq: its place in the ledger; never reused within one test.
        time: when the request had been read, in milliseconds since the Unix epoch.
        path: path and query as asked for (``/search?q=1``).
        url: the absolute URL.
        headers: the request's headers, in order, names in lower case.
        body: the request's body, up to 1 MiB of it.
        status: the answer's status, None where there was none.
        response_headers: the answer's headers as sent.
        bytes_sent: bytes of the answer's body handed to the socket.
        condition: the name of the condition that was in force.
        stopped_by: ``origin`` or ``browser`` for a blocked exchange: who stopped it.
        error: what went wrong on the server's side, as ``ValueError: …`` or a sentence; else None.
        weather: what the condition did to it, in words: ``held back 200 ms``, ``reset by
            flaky(0.1, seed=1)``. Empty where it only was reachable or not.
        in_flight: whether it goes on still (a slow answer, an open event stream). Until it has
            ended ``outcome`` reads ``served``, and ``status`` is None until the answer begins.
    """

    seq: int
    time: float
    method: str
    path: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    bytes_sent: int = 0
    outcome: Outcome = "served"
    initiator: Initiator = "other"
    condition: Condition = ONLINE
    stopped_by: Literal["origin", "browser"] | None = None
    in_flight: bool = False
    error: str | None = None
    weather: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """The request header's value, repeated ones joined with a comma; None if not sent."""
        return _joined(self.headers, name)

    def response_header(self, name: str) -> str | None:
        """The answer header's value, repeated ones joined with a comma; None if not sent."""
        return _joined(self.response_headers, name)

    def __str__(self) -> str:
        answer = f" {self.status}" if self.status is not None else ""
        what = "in flight" if self.in_flight else self.outcome
        return ", ".join((f"{self.method} {self.path} → {what}{answer}", *self.weather))


def _joined(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    values = [value for key, value in headers if key == name.lower()]
    return ", ".join(values) if values else None
