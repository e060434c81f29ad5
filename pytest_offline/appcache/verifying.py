"""From what was recorded to a comparison with the model, and to words for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_offline.compare import explain
from pytest_offline.compare.appcache import AppCacheComparison, verify_appcache
from pytest_offline.errors import ModelMismatch, UsageError
from pytest_offline.record import (
    APPCACHE_STATUSES,
    AppCacheCall,
    AppCacheDocument,
    AppCacheEvent,
    AppCacheSnapshot,
    Exchange,
)

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.origin import Origin
    from pytest_offline.scene import Scene

_MOST_TRIES = 50
"""How often a site that goes on is given the chance to stand still for its entries."""


def comparisons(scene: Scene, session: BrowserSession) -> tuple[AppCacheComparison, ...]:
    """One for each context that had a document of the test's origins: contexts share no cache.

    All origins are judged together, for a file of one may be in a cache of another.

    Raises:
        ProbeError: a record is lost.
        UsageError: no document was opened, or events go on coming.
    """
    asked = [_comparison(scene, session, context) for context in session.histories]
    found = tuple(each for each in asked if each is not None)
    scene.check_complete()
    if not found:
        urls = ", ".join(origin.url for origin in scene.origins)
        raise UsageError(
            f"no page of {urls} was opened, so there is nothing to hold against the model; open "
            f"one first"
        )
    return found


def _comparison(
    scene: Scene, session: BrowserSession, context: BrowserContext
) -> AppCacheComparison | None:
    snapshots = _settled_snapshots(scene, session, context)
    words = [word for origin in scene.origins for word in scene.appcache_words(origin, context)]
    documents = [word for word in words if isinstance(word, AppCacheDocument)]
    if not documents:
        return None
    exchanges, bodies = _exchanges(scene.origins)
    return verify_appcache(
        documents,
        [word for word in words if isinstance(word, AppCacheEvent)],
        [word for word in words if isinstance(word, AppCacheCall)],
        exchanges,
        snapshots,
        build=scene.build,
        bodies=bodies,
    )


def _exchanges(origins: Sequence[Origin]) -> tuple[list[Exchange], dict[int, bytes]]:
    """All origins' exchanges as one ledger, for files may be on another; and what was sent."""
    found: list[tuple[Exchange, bytes | None]] = []
    for origin in origins:
        found += origin.requests.with_answer_bodies()
    found.sort(key=lambda pair: pair[0].time)
    sent = {number: body for number, (_, body) in enumerate(found) if body is not None}
    return [replace(seen, seq=number) for number, (seen, _) in enumerate(found)], sent


def _settled_snapshots(
    scene: Scene, session: BrowserSession, context: BrowserContext
) -> list[AppCacheSnapshot] | None:
    """What is held after exactly the events that are known: none came in while it was asked."""
    _drain(scene)
    for _ in range(_MOST_TRIES):
        found = _snapshots(scene, session, context)
        if not _drain(scene):
            return found
    urls = ", ".join(origin.url for origin in scene.origins)
    raise UsageError(
        f"the application caches of {urls} did not stand still in {_MOST_TRIES} looks, so what "
        f"they hold cannot be verified; wait for the end of the update, then verify"
    )


def _drain(scene: Scene) -> int:
    return sum(scene.drain(origin) for origin in scene.origins)


def _snapshots(
    scene: Scene, session: BrowserSession, context: BrowserContext
) -> list[AppCacheSnapshot] | None:
    """The newest version of each cache; None where no open page can show it.

    A page shows the version it was opened from. Only in the status IDLE is that the newest; an
    obsolete cache is held no more.
    """
    from pytest_offline.browser.appcache_list import appcache_of

    found: dict[str, AppCacheSnapshot] = {}
    frames = [each for origin in scene.origins for each in session.frames_in(context, origin.url)]
    for frame in frames:
        answer = session.ask(frame, "appcache")
        status = APPCACHE_STATUSES[int(answer.get("status", 0))]
        if status not in ("IDLE", "OBSOLETE", "UNCACHED"):
            return None
        snapshot = appcache_of(frame) if status == "IDLE" else None
        if snapshot is not None:
            found[snapshot.manifest] = snapshot
    return list(found.values()) if frames else None


def mismatch_of(comparison: AppCacheComparison) -> ModelMismatch | None:
    """What to raise; None where the model allows it all.

    What is overdue counts: whoever asks has waited for it.
    """
    if comparison.agrees and not comparison.overdue:
        return None
    judged = (
        comparison if not comparison.agrees else replace(comparison, differences=comparison.overdue)
    )
    return ModelMismatch("\n".join(explain(judged)), judged.differences)
