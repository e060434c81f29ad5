"""What the application cache did: events, calls, documents, and what the browser holds of it.

The words are those of W3C HTML 5.1 (May 2016), section 7.9, "Offline Web applications".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pytest_offline.record.places import Place

AppCacheEventName = Literal[
    "checking", "error", "noupdate", "downloading", "progress", "updateready", "cached", "obsolete"
]

AppCacheStatus = Literal["UNCACHED", "IDLE", "CHECKING", "DOWNLOADING", "UPDATEREADY", "OBSOLETE"]

APPCACHE_STATUSES: Final[tuple[AppCacheStatus, ...]] = (
    "UNCACHED", "IDLE", "CHECKING", "DOWNLOADING", "UPDATEREADY", "OBSOLETE",
)  # fmt: skip
"""By the number that ``applicationCache.status`` has for each: 0 to 5."""

AppCacheMethod = Literal["update", "swapCache", "abort"]

AppCacheEntryKind = Literal["master", "manifest", "explicit", "fallback", "foreign"]


@dataclass(frozen=True)
class AppCacheEvent:
    """One event at one document's ``applicationCache``, seen before the site's own handlers.

    Attributes:
        status: ``applicationCache.status`` when it fired.
        loaded, total: files done and files in all, of a ``progress`` event; None for the others.
        time: in milliseconds since the Unix epoch.
        url: of the document.
        detail: what the browser says of an ``error``: its reason, URL and status, and its words
            where there is no URL, or where they say that it could not store it; empty otherwise.
    """

    name: AppCacheEventName
    status: AppCacheStatus
    loaded: int | None
    total: int | None
    time: float
    url: str
    place: Place | None = None
    detail: str = ""

    def __str__(self) -> str:
        done = f" {self.loaded}/{self.total}" if self.total is not None else ""
        return f"{self.name}{done} ({self.status}) at {self.url}"


@dataclass(frozen=True)
class AppCacheCall:
    """One call of ``update()``, ``swapCache()`` or ``abort()``, by the site or by the test.

    Attributes:
        before, after: ``applicationCache.status`` around the call.
        error: the name of what it threw (``InvalidStateError``); None where it returned.
    """

    method: AppCacheMethod
    before: AppCacheStatus
    after: AppCacheStatus
    time: float
    place: Place
    error: str | None = None

    def __str__(self) -> str:
        threw = f" threw {self.error}" if self.error else ""
        change = f"{self.before} → {self.after}" if self.before != self.after else self.before
        return f"applicationCache.{self.method}(){threw} ({change}) at {self.place.url}"


@dataclass(frozen=True)
class AppCacheDocument:
    """One document of a page or frame, and the manifest its root element names.

    Attributes:
        url: without its fragment.
        manifest: the attribute, resolved and without its fragment; None where it has none.
        time: when it began, before its root element and all that comes of it, in milliseconds
            since the Unix epoch.
        loaded: when its ``load`` event was over; None before.
        ended: when it went away (``pagehide``); None while it is there.
    """

    url: str
    manifest: str | None
    time: float
    place: Place
    loaded: float | None = None
    ended: float | None = None

    def __str__(self) -> str:
        return f"document {self.url} with manifest {self.manifest or 'none'}"


AppCacheWord = AppCacheEvent | AppCacheCall | AppCacheDocument


@dataclass(frozen=True)
class AppCacheEntry:
    """One entry of an application cache, as the browser lists it.

    Attributes:
        url: absolute, without a fragment.
        kinds: every category the entry is in.
        size: of headers and body as the browser counts them, in bytes; None where it is not said.
    """

    url: str
    kinds: frozenset[AppCacheEntryKind]
    size: int | None = None


@dataclass(frozen=True)
class AppCacheSnapshot:
    """One application cache as the browser holds it: what ``chrome://appcache-internals`` shows."""

    manifest: str
    entries: tuple[AppCacheEntry, ...]
