"""One exchange while it is under way: written on the server's loop, read from any thread."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Literal

from multidict import CIMultiDict

from pytest_offline.origin.initiators import initiator_of, is_cache_manifest
from pytest_offline.record import Condition, Exchange, Initiator, Outcome

RawHeaders = tuple[tuple[bytes, bytes], ...]


class Flight:
    """What is known of one exchange so far.

    Requests are many and questions few, so decoding waits until somebody reads. Only the loop
    writes; ``in_flight`` is written last, so a reader that sees False sees the rest in its end
    state.
    """

    __slots__ = (
        "_ended",
        "answer_body",
        "answer_headers",
        "base",
        "body",
        "bytes_sent",
        "condition",
        "error",
        "in_flight",
        "initiator",
        "manifests",
        "method",
        "outcome",
        "raw_headers",
        "seq",
        "status",
        "stopped_by",
        "target",
        "time",
        "weather",
    )

    def __init__(
        self, method: str, target: str, base: str, raw_headers: RawHeaders, condition: Condition
    ) -> None:
        self.seq = -1
        self.time = time.time() * 1000
        self.method = method
        self.target = target
        self.base = base
        self.raw_headers = raw_headers
        self.condition = condition
        self.body = b""
        self.status: int | None = None
        self.answer_headers: CIMultiDict[str] | None = None
        self.answer_body: bytes | None = None
        self.bytes_sent = 0
        self.outcome: Outcome = "served"
        self.stopped_by: Literal["origin", "browser"] | None = None
        self.initiator: Initiator | None = None
        self.error: str | None = None
        self.manifests: Collection[str] = ()
        self.in_flight = True
        self.weather: list[str] = []
        self._ended: Exchange | None = None

    def begin(self, status: int, headers: CIMultiDict[str]) -> None:
        """The head of the answer is on its way."""
        self.answer_headers = headers
        self.status = status

    def end(self, outcome: Outcome) -> None:
        """It is over. Said again, nothing changes: what came first is what became of it."""
        if self.in_flight:
            self.outcome = outcome
            self.in_flight = False

    def stop(self, condition: Condition, unsent: int = 0) -> None:
        """The network went away under it: ``cut`` if the answer had begun, else ``blocked``."""
        if not self.in_flight:
            return
        self.condition = condition
        self.bytes_sent = max(0, self.bytes_sent - unsent)
        if self.status is None:
            self.stopped_by = "origin"
        self.end("blocked" if self.status is None else "cut")

    def lose(self, condition: Condition) -> None:
        """The connection is gone: by the network if that is away, else by the client."""
        if not condition.reachable:
            self.stop(condition)
        self.end("failed" if self.status is None else "cut")

    def take_back(self, unsent: int, condition: Condition) -> None:
        """It counted as served, but that many bytes had not left when the connection broke."""
        if self.outcome == "served" and not self.in_flight:
            self.condition = condition
            self.bytes_sent = max(0, self.bytes_sent - unsent)
            self.outcome = "cut"
            self._ended = None

    def exchange(self) -> Exchange:
        """The exchange as it stands now."""
        if self._ended is not None:
            return self._ended
        in_flight = self.in_flight
        exchange = self._built(in_flight)
        if not in_flight:
            self._ended = exchange
        return exchange

    def sent(self) -> bytes | None:
        """What has left of the answer's body; None where that is not kept."""
        if self.answer_body is None or self.status is None:
            return None
        return self.answer_body[: self.bytes_sent]

    def _built(self, in_flight: bool) -> Exchange:
        headers = _decoded(self.raw_headers)
        sent = self.answer_headers.items() if self.answer_headers is not None else ()
        return Exchange(
            seq=self.seq,
            time=self.time,
            method=self.method,
            path=self.target,
            url=self.base + self.target,
            headers=headers,
            body=self.body,
            status=self.status,
            response_headers=tuple((name.lower(), value) for name, value in sent),
            bytes_sent=self.bytes_sent,
            outcome="served" if in_flight else self.outcome,
            initiator=self.initiator or self._initiator(dict(headers)),
            condition=self.condition,
            stopped_by=self.stopped_by,
            in_flight=in_flight,
            error=self.error,
            weather=tuple(self.weather),
        )

    def _initiator(self, headers: Mapping[str, str]) -> Initiator:
        typed = self.answer_headers is not None and is_cache_manifest(self.answer_headers)
        known = typed or self.target in self.manifests
        return initiator_of(self.method, self.target, headers, manifest=known)


def _decoded(raw_headers: RawHeaders) -> tuple[tuple[str, str], ...]:
    # Latin-1 gives every byte a character (Fetch, "isomorphic decode").
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw_headers
    )
