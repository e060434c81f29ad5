"""Causes of what an application cache does, in the order of time: documents, calls, answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urljoin

from pytest_offline.errors import ProbeError
from pytest_offline.model.appcache.exchanges import Fetched, without_fragment
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import AppCacheCall, AppCacheDocument, AppCacheEvent

DOWNLOADS: Final = ("appcache", "manifest")
NAVIGATIONS: Final = ("document", "iframe")


class Gone(NamedTuple):
    """A document went away."""

    document: AppCacheDocument


class Navigation(NamedTuple):
    """A document was asked for: no cache had it just then."""

    document: AppCacheDocument
    exchange: Exchange


Cause = AppCacheDocument | Gone | Navigation | AppCacheCall | Exchange

_RANK: Final[Mapping[type, int]] = {
    Exchange: 0, AppCacheCall: 1, Gone: 2, Navigation: 3, AppCacheDocument: 4,
}  # fmt: skip
"""What comes first of what has the same time."""


@dataclass(frozen=True)
class AppCacheHistory:
    """All that was recorded, ready to be replayed.

    Attributes:
        causes: documents, how they were asked for, calls and the download process's own exchanges,
            by time.
        seen: the events of each document, by its place's id, by time.
        navigations: the exchanges that documents came from, by their places' ids.
        exchanges: all of them.
        bodies: what was sent, by ``Exchange.seq``.
    """

    documents: tuple[AppCacheDocument, ...]
    causes: tuple[Cause, ...]
    seen: Mapping[str, tuple[AppCacheEvent, ...]]
    navigations: Mapping[str, Exchange]
    exchanges: tuple[Exchange, ...]
    bodies: Mapping[int, bytes] = field(default_factory=dict[int, bytes])

    def answer(self, exchange: Exchange, url: str, *, as_if_whole: bool = False) -> Fetched:
        """What the browser got in an exchange that is over.

        Args:
            as_if_whole: whether an answer that was broken off is taken for a whole one.

        Raises:
            ProbeError: a manifest was sent, and its body was not kept.
        """
        status = exchange.status
        location = exchange.response_header("location")
        broken = exchange.outcome != "served" and not as_if_whole
        if status is None or (broken and status < 300):
            return Fetched(url, failed="network")
        return Fetched(
            url,
            status=status,
            headers=exchange.response_headers,
            body=self._body(exchange),
            redirected_to=urljoin(exchange.url, location) if _moves(status, location) else None,
        )

    def _body(self, exchange: Exchange) -> bytes | None:
        body = self.bodies.get(exchange.seq)
        if body is None and exchange.initiator == "manifest" and exchange.status == 200:
            raise ProbeError(
                f"{exchange} is a manifest, and what was sent was not kept, so nobody knows what "
                "it said: hand in its body by its seq, "
                f"{exchange.seq}"
            )
        return body

    def stored_before(self, url: str, before: float) -> Fetched | None:
        """The last whole answer for a URL, which an HTTP cache may give again."""
        found = [
            each
            for each in self.exchanges
            if each.url == url and each.time < before and each.status == 200 and not each.in_flight
        ]
        answer = self.answer(found[-1], url) if found else None
        return None if answer is None or answer.failed else answer

    def fresh_before(self, url: str, before: float) -> Fetched | None:
        """That answer, where an HTTP cache may give it without asking (RFC 9111, section 4.2)."""
        answer = self.stored_before(url, before)
        return answer if answer is not None and may_be_fresh(answer) else None

    def navigation_of(self, document: AppCacheDocument) -> Exchange | None:
        """The exchange that a document came from; None where it did not come from the origin."""
        return self.navigations.get(document.place.id)


def may_be_fresh(answer: Fetched) -> bool:
    """Whether the headers of an answer give it a lifetime, which may not be over."""
    given = {name.lower(): value.lower() for name, value in answer.headers}
    directives = [each.strip() for each in given.get("cache-control", "").split(",")]
    if any(each in ("no-cache", "no-store", "max-age=0") for each in directives):
        return False
    timed = any(each.startswith("max-age=") for each in directives)
    return timed or "expires" in given or "last-modified" in given


def _moves(status: int, location: str | None) -> bool:
    return location is not None and 300 <= status < 400 and status != 304


def history_of_appcache(
    documents: Sequence[AppCacheDocument],
    events: Sequence[AppCacheEvent],
    calls: Sequence[AppCacheCall],
    exchanges: Sequence[Exchange],
    bodies: Mapping[int, bytes],
) -> AppCacheHistory:
    """Put what was recorded in order.

    Raises:
        ProbeError: an event or a call whose document is not among the documents.
    """
    known = {document.place.id for document in documents}
    for each in (*events, *calls):
        if each.place is None or each.place.id not in known:
            raise ProbeError(
                f"{each} is of a document that was not recorded ({each.place}): a record is lost"
            )
    gone = [Gone(each) for each in documents if each.ended is not None]
    downloads = [each for each in exchanges if each.initiator in DOWNLOADS]
    asked = _navigations(documents, exchanges)
    causes = (*documents, *gone, *asked, *calls, *downloads)
    return AppCacheHistory(
        documents=tuple(documents),
        causes=tuple(sorted(causes, key=_when)),
        seen=_by_place(events),
        navigations={each.document.place.id: each.exchange for each in asked},
        exchanges=tuple(sorted(exchanges, key=lambda each: (each.time, each.seq))),
        bodies=bodies,
    )


def _navigations(
    documents: Sequence[AppCacheDocument], exchanges: Sequence[Exchange]
) -> list[Navigation]:
    """What each document came from, where it came from the origin.

    A document's root element is there after its request; what an earlier document of the same URL
    came from is not taken twice.
    """
    found: list[Navigation] = []
    since: dict[str, float] = {}
    asked = [each for each in exchanges if each.initiator in NAVIGATIONS]
    for document in sorted(documents, key=lambda each: each.time):
        after = since.get(document.url, 0.0)
        since[document.url] = document.time
        mine = [
            each
            for each in asked
            if after < each.time <= document.time and without_fragment(each.url) == document.url
        ]
        found += [Navigation(document, each) for each in mine[-1:]]
    return found


def time_of(cause: Cause) -> float:
    """When a cause was written down."""
    if isinstance(cause, Gone):
        return cause.document.ended or 0.0
    return cause.exchange.time if isinstance(cause, Navigation) else cause.time


def _when(cause: Cause) -> tuple[float, int, int]:
    return time_of(cause), _RANK[type(cause)], cause.seq if isinstance(cause, Exchange) else 0


def _by_place(events: Iterable[AppCacheEvent]) -> dict[str, tuple[AppCacheEvent, ...]]:
    found: dict[str, list[AppCacheEvent]] = {}
    for event in events:
        found.setdefault(event.place.id if event.place else "", []).append(event)
    return {place: tuple(sorted(each, key=lambda one: one.time)) for place, each in found.items()}
