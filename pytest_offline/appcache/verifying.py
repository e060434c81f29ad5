"""From what was recorded to a comparison with the model, and to words for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_offline.compare.appcache import AppCacheComparison, verify_appcache
from pytest_offline.errors import UsageError
from pytest_offline.record import (
    APPCACHE_STATUSES,
    AppCacheCall,
    AppCacheDocument,
    AppCacheEvent,
    AppCacheSnapshot,
)

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.origin import Origin
    from pytest_offline.scene import Scene

_MOST_TRIES = 50
"""How often a site that goes on is given the chance to stand still for its entries."""


def comparisons(
    scene: Scene, session: BrowserSession, origin: Origin
) -> tuple[AppCacheComparison, ...]:
    """One for each context that had a document of the origin: contexts share no cache.

    Raises:
        ProbeError: a record is lost.
        UsageError: events go on coming.
    """
    found = [_comparison(scene, session, origin, context) for context in session.histories]
    scene.check_complete()
    return tuple(each for each in found if each is not None)


def _comparison(
    scene: Scene, session: BrowserSession, origin: Origin, context: BrowserContext
) -> AppCacheComparison | None:
    snapshots = _settled_snapshots(scene, session, origin, context)
    words = scene.appcache_words(origin, context)
    documents = [word for word in words if isinstance(word, AppCacheDocument)]
    if not documents:
        return None
    return verify_appcache(
        documents,
        [word for word in words if isinstance(word, AppCacheEvent)],
        [word for word in words if isinstance(word, AppCacheCall)],
        origin.requests.snapshot(),
        snapshots,
        build=scene.build,
        bodies=origin.requests.answer_bodies(),
    )


def _settled_snapshots(
    scene: Scene, session: BrowserSession, origin: Origin, context: BrowserContext
) -> list[AppCacheSnapshot] | None:
    """What is held after exactly the events that are known: none came in while it was asked."""
    scene.drain(origin)
    for _ in range(_MOST_TRIES):
        found = _snapshots(session, origin, context)
        if not scene.drain(origin):
            return found
    raise UsageError(
        f"the application caches of {origin.url} did not stand still in {_MOST_TRIES} looks, so "
        f"what they hold cannot be verified; wait for the end of the update, then verify"
    )


def _snapshots(
    session: BrowserSession, origin: Origin, context: BrowserContext
) -> list[AppCacheSnapshot] | None:
    """The newest version of each cache; None where no open page can show it.

    A page shows the version it was opened from. Only in the status IDLE is that the newest; an
    obsolete cache is held no more.
    """
    from pytest_offline.browser.appcache_list import appcache_of

    found: dict[str, AppCacheSnapshot] = {}
    frames = session.frames_in(context, origin.url)
    for frame in frames:
        answer = session.ask(frame, "appcache")
        status = APPCACHE_STATUSES[int(answer.get("status", 0))]
        if status not in ("IDLE", "OBSOLETE", "UNCACHED"):
            return None
        snapshot = appcache_of(frame) if status == "IDLE" else None
        if snapshot is not None:
            found[snapshot.manifest] = snapshot
    return list(found.values()) if frames else None


def in_words(comparison: AppCacheComparison, subject: str) -> str:
    """The first difference, what the model allows in its place, and who saw it."""
    if comparison.undecided is not None:
        return f"{subject}: no verdict: {comparison.undecided}"
    first = comparison.differences[0]
    lines = [
        f"{subject} did what the model does not allow: {first.subject}",
        f"  allowed  {first.allowed}",
        f"  seen     {first.seen}",
        *(f"  rule     {rule}" for rule in [first.rule] if rule),
        *(f"  origin   {witness}" for witness in first.witnesses),
    ]
    more = len(comparison.differences) - 1
    return "\n".join([*lines, f"  and {more} more"] if more else lines)
