"""What the application cache did, held against the model: who calls this, with what.

``verify_appcache`` compares; ``explain`` (compare/explain.py) words what it found, in the same
shape as for the Cache API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pytest_offline.record import Exchange
from pytest_offline.record.appcache import (
    AppCacheCall,
    AppCacheDocument,
    AppCacheEvent,
    AppCacheSnapshot,
)

NO_BODIES: Final[Mapping[int, bytes]] = MappingProxyType({})


@dataclass(frozen=True)
class AppCacheDifference:
    """One thing a browser did that the model does not allow.

    Attributes:
        subject: what it is about, in a few words: an event of a document, a cache's entries.
        allowed: what the model allows, in words.
        seen: what the browser did, in words.
        witnesses: what the origin saw of it.
        rule: the step of the specification that decides.
        document: the document it happened to; None where the browser's caches differ.
        event: the event at fault; None where one is missing, or where it is about no event.
    """

    subject: str
    allowed: str
    seen: str
    witnesses: tuple[Exchange, ...] = ()
    rule: str = ""
    document: AppCacheDocument | None = None
    event: AppCacheEvent | None = None

    def to_json(self) -> dict[str, object]:
        """Plain data, for a file beside the report."""
        return {
            "subject": self.subject,
            "allowed": self.allowed,
            "seen": self.seen,
            "rule": self.rule,
            "witnesses": [str(witness) for witness in self.witnesses],
        }


@dataclass(frozen=True)
class AppCacheComparison:
    """What became of holding a history of application caches against the model.

    Attributes:
        differences: first difference first; empty where the model allows all of it.
        undecided: why no verdict could be reached; None where one was. Not to be taken for
            agreement.
        explored: how many ways to read the history were looked at.
    """

    differences: tuple[AppCacheDifference, ...]
    undecided: str | None = None
    explored: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the model allows the history, decided to the end."""
        return not self.differences and self.undecided is None


def verify_appcache(
    documents: Sequence[AppCacheDocument],
    events: Sequence[AppCacheEvent],
    calls: Sequence[AppCacheCall] = (),
    exchanges: Sequence[Exchange] = (),
    snapshots: Sequence[AppCacheSnapshot] | None = None,
    *,
    build: str | None = None,
    bodies: Mapping[int, bytes] = NO_BODIES,
) -> AppCacheComparison:
    """Hold what the application caches of one browser profile did against the model.

    Causes are the documents, the calls and what the origin served; what is judged are the events,
    their status, the results of calls, and what the browser holds in the end.

    Args:
        documents: every document of the origin, with and without a manifest, in any order.
        events: what fired, each with the ``place`` of its document.
        calls: of ``update()``, ``swapCache()`` and ``abort()``, with their ``place``.
        exchanges: the origin's ledger, all of it. The download process's own requests have the
            initiator ``appcache``, or ``manifest`` for the manifest itself; the requests of
            navigations have ``document`` or ``iframe``.
        snapshots: what the browser holds now, one for each manifest; an empty sequence where it
            holds nothing; None where nobody looked, or the browser cannot say.
        build: the browser's name, whose known deviations are excused; None excuses none.
        bodies: the bodies that the origin sent, by ``Exchange.seq``. The body of every answer to
            a manifest's URL has to be there (an empty one too, not that of a 304): without it
            nobody knows what the manifest said.

    Raises:
        ProbeError: for records that cannot be: an event without a document, a manifest that was
            served and whose body was not kept.
    """
    raise NotImplementedError("filled in by the next commits")
