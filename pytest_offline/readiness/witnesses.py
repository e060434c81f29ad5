"""From what workers and documents were seen to do to the facts that a verdict stands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

from pytest_offline.readiness.declared import DeclaredUrl
from pytest_offline.readiness.facts import AppCacheFacts, Event, Failure, PendingWork
from pytest_offline.record import (
    AppCacheDocument,
    AppCacheEvent,
    AppCacheStatus,
    AppCacheWord,
    FetchAnswer,
    LifecycleEvent,
    Place,
    WorkerEvent,
    WorkerFetch,
)

_BEFORE_MS: Final = 1500
"""How long before a document begins its navigation may have been handed to a worker."""


@dataclass(frozen=True)
class Workers:
    """What the workers of one site were seen to do, by time."""

    events: Sequence[WorkerEvent]

    def saw(self, name: str) -> bool:
        """Whether a step of that name was seen."""
        return any(event.name == name for event in self._lifecycle())

    def runs(self, place: Place) -> bool:
        """Whether what this place began can still end: a worker that was restarted cannot."""
        return place.kind == "serviceworker" and self._last.get(place.url, place).id == place.id

    def pending_work(self) -> Iterator[PendingWork]:
        """Handlers whose ``waitUntil`` has not settled."""
        for name in ("install", "activate"):
            begun: dict[str, Place] = {}
            for event in self._lifecycle():
                if event.name == name:
                    begun[event.place.id] = event.place
                elif event.name in (f"{name}-done", f"{name}-failed"):
                    begun.pop(event.place.id, None)
            for place in begun.values():
                if self.runs(place):
                    yield PendingWork(cast(Event, name), place.url)

    def pending_fetches(self) -> Iterator[str]:
        """What a worker fetches by itself, not what it passes on to a page that asked for it."""
        passed_on = {event.url for event in self.events if isinstance(event, FetchAnswer)}
        for event in self.events:
            if not isinstance(event, WorkerFetch) or event.settled is not None:
                continue
            if self.runs(event.place) and event.url not in passed_on:
                yield event.url

    def failures(self, since: float) -> Iterator[Failure]:
        """What failed since the page was loaded: it may try again what failed before.

        Args:
            since: in milliseconds since the Unix epoch.
        """
        for event in self._lifecycle():
            name, _, failed = event.name.partition("-")
            if failed == "failed" and event.time >= since:
                yield Failure(cast(Event, name), event.place.url, event.detail)

    def answered_navigation(self, page: str, loaded: float) -> bool:
        """Whether the load of this page was handed to a worker: a navigation before it began."""
        return any(
            isinstance(event, FetchAnswer)
            and event.mode == "navigate"
            and event.url == page.partition("#")[0]
            and event.time >= loaded - _BEFORE_MS
            for event in self.events
        )

    def _lifecycle(self) -> Iterator[LifecycleEvent]:
        return (event for event in self.events if isinstance(event, LifecycleEvent))

    @cached_property
    def _last(self) -> dict[str, Place]:
        """Worker scripts to the place that runs them now: the one that began last."""
        last: dict[str, Place] = {}
        for event in self.events:
            known = last.get(event.place.url)
            if known is None or event.place.began >= known.began:
                last[event.place.url] = event.place
        return last


def document_at(words: Sequence[AppCacheWord], place: str) -> AppCacheDocument | None:
    """The document that a place shows, where it names a manifest; None elsewhere."""
    for word in words:
        if isinstance(word, AppCacheDocument) and word.place.id == place and word.manifest:
            return word
    return None


def appcache_facts(
    document: AppCacheDocument,
    words: Sequence[AppCacheWord],
    status: AppCacheStatus,
    listed: Sequence[str],
    held: Sequence[str],
) -> AppCacheFacts:
    """What is known of the application cache of one document.

    Args:
        words: of all documents, by time.
        status: of the document's ``applicationCache`` now.
        listed: the URLs of the manifest that are always cached, as the origin serves it now.
        held: what the browser lists of the cache that the document is of.
    """
    events = [
        word for word in words if isinstance(word, AppCacheEvent) and word.place == document.place
    ]
    last = events[-1] if events else None
    source = f"manifest {document.manifest}"
    return AppCacheFacts(
        manifest=document.manifest or "",
        status=status,
        # What was downloaded is whole (HTML 5.1, 7.9.4, step 18.5: one file that fails makes all
        # fail), and the page is opened from it next; the list is of the version before.
        held=tuple(listed) if status == "UPDATEREADY" else tuple(held),
        listed=tuple(DeclaredUrl(url, (url,), source) for url in listed),
        loaded=document.loaded is not None,
        failure=last.detail or "error" if last is not None and last.name == "error" else "",
    )
