"""What the application cache did, held against the model: who calls this, with what.

``verify_appcache`` compares; ``explain`` (compare/explain.py) words what it found, in the same
shape as for the Cache API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from pytest_offline.compare.appcache_behaviour import Behaviour, Parsed
from pytest_offline.compare.appcache_causes import DOWNLOADS, AppCacheHistory, history_of_appcache
from pytest_offline.compare.appcache_deviations import AppCacheDeviation
from pytest_offline.compare.appcache_findings import DeadEnd, Finding
from pytest_offline.compare.appcache_matching import Matcher, Mismatch, match_events
from pytest_offline.compare.appcache_replay import AppCacheReplay
from pytest_offline.compare.choices import Choices, every_way
from pytest_offline.model.appcache.application_cache import ApplicationCache
from pytest_offline.model.appcache.manifest import Manifest
from pytest_offline.model.appcache.selection import ApplicationCaches
from pytest_offline.record import Exchange
from pytest_offline.record.appcache import (
    AppCacheCall,
    AppCacheDocument,
    AppCacheEntryKind,
    AppCacheEvent,
    AppCacheSnapshot,
)

MOST_WAYS: Final = 1000
"""Ways to read a history that are tried before no verdict is given."""

MOST_WITNESSES: Final = 4
"""Exchanges that a difference names."""

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
        differences: first difference first; empty where the model allows all of it, and where no
            verdict could be reached.
        model: the caches that the history leads to.
        overdue: what the model fires, or stores, after all that was seen, and what has not come
            (yet). No difference while the browser may be at it still: wait and compare again.
            Whoever knows that the browser is at rest takes it for one.
        undecided: why no verdict could be reached; None where one was. Not to be taken for
            agreement.
        deviations: the known deviations of the build that were met.
        explored: how many ways to read the history were looked at.
    """

    differences: tuple[AppCacheDifference, ...]
    model: ApplicationCaches = field(default_factory=ApplicationCaches, compare=False)
    overdue: tuple[AppCacheDifference, ...] = ()
    undecided: str | None = None
    deviations: tuple[AppCacheDeviation, ...] = ()
    explored: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the model allows the history, decided to the end."""
        return not self.differences and self.undecided is None

    def to_json(self) -> dict[str, object]:
        """Plain data, for a file beside the report."""
        return {
            "agrees": self.agrees,
            "differences": [each.to_json() for each in self.differences],
            "overdue": [each.to_json() for each in self.overdue],
            "undecided": self.undecided,
            "deviations": [each.id for each in self.deviations],
            "explored": self.explored,
        }


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
    history = history_of_appcache(documents, events, calls, exchanges, bodies)
    return Reading(history, snapshots, build).compare()


@dataclass
class Reading:
    """The search for a way to read a history that explains what was seen.

    Attributes:
        furthest: the way that explained most events before it went wrong.
    """

    history: AppCacheHistory
    snapshots: Sequence[AppCacheSnapshot] | None
    build: str | None
    explored: int = 0
    furthest: tuple[int, Choices] | None = None
    parsed: Parsed = field(default_factory=dict[tuple[bytes, str], Manifest])

    def compare(self) -> AppCacheComparison:
        """The best way: one without a fault if there is one, else the one that went furthest."""
        best: AppCacheComparison | None = None
        for found in every_way(self._try, MOST_WAYS):
            self.explored += 1
            if found is not None and (best is None or _badness(found) < _badness(best)):
                best = found
            if best is not None and not any(_badness(best)):
                break
        if best is None or best.differences:
            best = self._as_far_as_it_goes(best)
        best = replace(best, explored=self.explored)
        if self.explored < MOST_WAYS or not any(_badness(best)):
            return best
        return replace(best, differences=(), undecided=_undecided(self.history, best))

    def _try(self, choices: Choices) -> AppCacheComparison | None:
        behaviour = Behaviour.of(self.build, self.parsed)
        replay = AppCacheReplay(self.history, behaviour, choices, to_the_end=False)
        try:
            replay.run()
        except DeadEnd:
            if self.furthest is None or replay.explained > self.furthest[0]:
                self.furthest = replay.explained, choices
            return None
        return _judge(self.history, self.snapshots, replay, behaviour)

    def _as_far_as_it_goes(self, best: AppCacheComparison | None) -> AppCacheComparison:
        if best is not None or self.furthest is None:
            assert best is not None
            return best
        behaviour = Behaviour.of(self.build, self.parsed)
        choices = Choices(self.furthest[1].script())
        replay = AppCacheReplay(self.history, behaviour, choices).run()
        return _judge(self.history, self.snapshots, replay, behaviour)


def _badness(comparison: AppCacheComparison) -> tuple[int, int]:
    return len(comparison.differences), len(comparison.overdue)


def _undecided(history: AppCacheHistory, best: AppCacheComparison) -> str:
    nearest = (*best.differences, *best.overdue)[0]
    return (
        f"{len(history.causes)} causes can be read in more than {MOST_WAYS} ways, for pages came "
        "or went while updates were under way; none of those that were tried explains what was "
        f"seen, and the best of them does not explain {nearest.subject}: {nearest.seen}, where it "
        f"has {nearest.allowed}. This is no agreement, and no difference either. Compare after "
        "fewer updates, or wait for the end of an update before a page is opened, joins or leaves."
    )


def _judge(
    history: AppCacheHistory,
    snapshots: Sequence[AppCacheSnapshot] | None,
    replay: AppCacheReplay,
    behaviour: Behaviour,
) -> AppCacheComparison:
    differences = [_of_finding(each) for each in replay.findings]
    overdue: list[AppCacheDifference] = []
    matcher = Matcher(replay.statuses, replay.downloads, behaviour)
    for document in history.documents:
        seen = history.seen.get(document.place.id, ())
        mismatch = match_events(document, replay.expected[document.place.id], seen, matcher)
        if mismatch is not None and not (mismatch.overdue and document.ended is not None):
            place = overdue if mismatch.overdue else differences
            place.append(_of_mismatch(mismatch, document, history))
    differences += [] if overdue else _held(replay, snapshots or ())
    return AppCacheComparison(
        differences=tuple(differences),
        model=replay.caches,
        overdue=tuple(overdue),
        deviations=behaviour.rows_met(),
    )


def _of_finding(finding: Finding) -> AppCacheDifference:
    return AppCacheDifference(
        finding.subject,
        finding.allowed,
        finding.seen,
        finding.witnesses,
        finding.rule,
        finding.document,
    )


def _of_mismatch(
    mismatch: Mismatch, document: AppCacheDocument, history: AppCacheHistory
) -> AppCacheDifference:
    until = mismatch.event.time if mismatch.event else float("inf")
    mine = [each for each in history.exchanges if each.initiator in DOWNLOADS]
    near = [each for each in mine if document.time <= each.time <= until][-MOST_WITNESSES:]
    which = f"event {mismatch.event.name}" if mismatch.event else "the events"
    return AppCacheDifference(
        f"{which} of {document.place.kind} {document.url}",
        mismatch.allowed,
        mismatch.seen,
        tuple(near),
        mismatch.rule,
        document,
        mismatch.event,
    )


def _held(
    replay: AppCacheReplay, snapshots: Sequence[AppCacheSnapshot]
) -> list[AppCacheDifference]:
    """What the browser lists, cache by cache.

    A list is of a version that some document has, or of the newest. One that is not shown is no
    difference: the browser shows those of open documents only.
    """
    found: list[AppCacheDifference] = []
    for snapshot in snapshots:
        seen = {each.url: each.kinds - {"foreign"} for each in snapshot.entries}
        versions = [_entries(each) for each in _versions(replay, snapshot.manifest)]
        if seen not in versions:
            allowed = versions[0] if versions else {}
            found.append(
                AppCacheDifference(
                    f"the entries of {snapshot.manifest}",
                    _listed(allowed, seen),
                    _listed(seen, allowed),
                    rule="7.9.4, steps 8.3, 18, 24 and 28: what is stored, in which categories",
                )
            )
    return found


def _versions(replay: AppCacheReplay, manifest: str) -> list[ApplicationCache]:
    """The newest cache of a manifest, then those that documents have."""
    caches = replay.caches
    known = [each.newest for each in caches.groups if each.newest is not None]
    known += [host.cache for host in caches.hosts if host.cache is not None and host.cache.complete]
    return [each for each in (*known, *replay.orphans) if each.group.manifest_url == manifest]


def _entries(cache: ApplicationCache) -> dict[str, frozenset[AppCacheEntryKind]]:
    return {url: frozenset(entry.kinds) for url, entry in cache.entries.items()}


def _listed(
    these: Mapping[str, frozenset[AppCacheEntryKind]],
    others: Mapping[str, frozenset[AppCacheEntryKind]],
) -> str:
    """The entries that the other side has not, or has otherwise."""
    odd = [
        f"{url} ({' '.join(sorted(kinds))})"
        for url, kinds in sorted(these.items())
        if others.get(url) != kinds
    ]
    more = f" and {len(these) - len(odd)} more that agree" if len(odd) < len(these) else ""
    return (", ".join(odd) or "no other entry") + more
