"""``expect(appcache)``: events, status and entries, and whether the model agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, get_args

from pytest_offline.errors import ModelMismatch, UsageError
from pytest_offline.expectations.event_sequences import beside, is_sequence
from pytest_offline.expectations.waiting import DEFAULT_TIMEOUT_MS, Expectation, Sight, indented
from pytest_offline.record import (
    APPCACHE_STATUSES,
    AppCacheEntry,
    AppCacheEntryKind,
    AppCacheEventName,
    AppCacheStatus,
)

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

    from pytest_offline.appcache import AppCache

_MOST_SHOWN = 8


class AppCacheAssertions:
    """What can be expected of ``appcache``. Every method has a ``not_`` twin.

    Where a page is meant and none is given, it is the newest of the origin; a frame will do.
    """

    def __init__(
        self, appcache: AppCache, *, timeout: float = DEFAULT_TIMEOUT_MS, title: str | None = None
    ) -> None:
        self._appcache = appcache
        self._timeout = timeout
        self._title = title

    def to_have_fired(
        self, name: AppCacheEventName, *, times: int | None = None, timeout: float | None = None
    ) -> None:
        """An event that fired at any document of the origin, since the test began.

        Args:
            name: ``checking``, ``cached``, ….
            times: exactly so often; at least once where it is left out.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._fired(name, times, timeout)

    def not_to_have_fired(
        self, name: AppCacheEventName, *, times: int | None = None, timeout: float | None = None
    ) -> None:
        """The opposite of `to_have_fired`."""
        __tracebackhide__ = True
        self._fired(name, times, timeout, negated=True)

    def to_have_events(
        self,
        names: Sequence[AppCacheEventName],
        *,
        page: Page | Frame | None = None,
        timeout: float | None = None,
    ) -> None:
        """Exactly these events, in this order, at the document that the page shows now.

        It holds as soon as they are the ones, so end with the event that ends the update.

        Args:
            names: one ``progress`` stands for one or more of them in a row; two or more in a row
                for exactly so many.
            page: whose document.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._events(names, page, timeout)

    def not_to_have_events(
        self,
        names: Sequence[AppCacheEventName],
        *,
        page: Page | Frame | None = None,
        timeout: float | None = None,
    ) -> None:
        """The opposite of `to_have_events`."""
        __tracebackhide__ = True
        self._events(names, page, timeout, negated=True)

    def to_have_status(
        self,
        name: AppCacheStatus,
        *,
        page: Page | Frame | None = None,
        timeout: float | None = None,
    ) -> None:
        """``applicationCache.status`` by its name: ``UNCACHED``, ``IDLE``, …, ``OBSOLETE``."""
        __tracebackhide__ = True
        self._status(name, page, timeout)

    def not_to_have_status(
        self,
        name: AppCacheStatus,
        *,
        page: Page | Frame | None = None,
        timeout: float | None = None,
    ) -> None:
        """The opposite of `to_have_status`."""
        __tracebackhide__ = True
        self._status(name, page, timeout, negated=True)

    def to_contain(
        self,
        url: str,
        *,
        kind: AppCacheEntryKind | None = None,
        page: Page | Frame | None = None,
        timeout: float | None = None,
    ) -> None:
        """An entry of the cache that the page uses, as the browser itself lists it.

        Args:
            url: a path of the origin, or a URL.
            kind: ``master``, ``manifest``, ``explicit``, ``fallback`` or ``foreign``; an entry may
                be of several.
            page: whose cache.
            timeout: milliseconds.
        """
        __tracebackhide__ = True
        self._entry(url, kind, page, timeout)

    def not_to_contain(
        self,
        url: str,
        *,
        kind: AppCacheEntryKind | None = None,
        page: Page | Frame | None = None,
        timeout: float | None = None,
    ) -> None:
        """The opposite of `to_contain`."""
        __tracebackhide__ = True
        self._entry(url, kind, page, timeout, negated=True)

    def to_match_model(self) -> None:
        """Events, calls and entries are what the model allows; see ``appcache.verify()``."""
        __tracebackhide__ = True
        try:
            self._appcache.verify()
        except ModelMismatch as mismatch:
            # Raised anew here: the traceback then ends in the test's own line.
            text = f"{self._title}\n{mismatch}" if self._title else str(mismatch)
            raise ModelMismatch(text, mismatch.differences) from None

    def not_to_match_model(self) -> None:
        """The opposite of `to_match_model`: for a test that shows a browser's bug."""
        __tracebackhide__ = True
        try:
            self._appcache.verify()
        except ModelMismatch:
            return
        title = f"{self._title}\n" if self._title else ""
        raise AssertionError(
            f"{title}expected {self._appcache!r} not to match the model, but all "
            f"{len(self._appcache.events)} events and what is cached are what it allows"
        )

    def _fired(
        self,
        name: AppCacheEventName,
        times: int | None,
        timeout: float | None,
        negated: bool = False,
    ) -> None:
        __tracebackhide__ = True
        _check_name(name, get_args(AppCacheEventName), "event")
        often = "" if times is None else f" {times} times"

        def look() -> Sight:
            events = self._appcache.events
            count = sum(event.name == name for event in events)
            holds = count == times if times is not None else count > 0
            counted = "" if times is None else f"  {count} such events; all that fired:\n"
            nearest = sorted(events, key=lambda event: event.name != name)
            return Sight(holds, counted + _shown(map(str, nearest), "no event fired"))

        self._wait(f"to have fired {name!r}{often}", look, timeout, negated)

    def _events(
        self,
        names: Sequence[AppCacheEventName],
        page: Page | Frame | None,
        timeout: float | None,
        negated: bool = False,
    ) -> None:
        __tracebackhide__ = True
        for name in names:
            _check_name(name, get_args(AppCacheEventName), "event")

        def look() -> Sight:
            events = self._appcache.events_of(page)
            seen = [event.name for event in events]
            lines = beside(names, seen, list(map(str, events)))
            return Sight(is_sequence(names, seen), indented(lines, "no event fired"))

        self._wait(f"to have events {', '.join(names) or 'none'}", look, timeout, negated)

    def _status(
        self,
        name: AppCacheStatus,
        page: Page | Frame | None,
        timeout: float | None,
        negated: bool = False,
    ) -> None:
        __tracebackhide__ = True
        _check_name(name, APPCACHE_STATUSES, "status")

        def look() -> Sight:
            now = self._appcache.status_of(page)
            last = [f"its last event: {event}" for event in self._appcache.events_of(page)[-1:]]
            return Sight(now == name, indented([f"its status is {now}", *last], ""))

        self._wait(f"to have status {name}", look, timeout, negated)

    def _entry(
        self,
        url: str,
        kind: AppCacheEntryKind | None,
        page: Page | Frame | None,
        timeout: float | None,
        negated: bool = False,
    ) -> None:
        __tracebackhide__ = True
        if kind is not None:
            _check_name(kind, get_args(AppCacheEntryKind), "kind of entry")
        absolute = url if "://" in url else self._appcache.origin.url_for(url)

        def look() -> Sight:
            entries = self._appcache.entries(page)
            holds = any(
                entry.url == absolute and (kind is None or kind in entry.kinds) for entry in entries
            )
            ranked = sorted(entries, key=lambda entry: _distance(entry, absolute))
            lines = (_entry_text(entry, absolute, kind) for entry in ranked)
            return Sight(holds, _shown(lines, "nothing: the page has no application cache"))

        said = f" (kind={kind!r})" if kind else ""
        self._wait(f"to contain {absolute!r}{said}", look, timeout, negated)

    def _wait(
        self, wanted: str, look: Callable[[], Sight], timeout: float | None, negated: bool
    ) -> None:
        __tracebackhide__ = True
        Expectation(
            self._appcache,
            wanted,
            look,
            self._appcache.wait_for_news,
            self._timeout if timeout is None else timeout,
            negated,
            self._title,
        ).wait()


def _check_name(given: str, known: Sequence[str], what: str) -> None:
    if given not in known:
        raise UsageError(
            f"{given!r} is no {what} of an application cache; choose from {', '.join(known)}"
        )


def _distance(entry: AppCacheEntry, url: str) -> tuple[bool, float]:
    return entry.url != url, -SequenceMatcher(None, entry.url, url).ratio()


def _entry_text(entry: AppCacheEntry, url: str, kind: str | None) -> str:
    wrong = ["its URL is another one"] if entry.url != url else []
    if kind is not None and kind not in entry.kinds:
        wrong.append(f"it is not {kind}")
    text = f"{entry.url} ({', '.join(sorted(entry.kinds))})"
    return text + (f", but {' and '.join(wrong)}" if wrong else "")


def _shown(lines: Iterable[str], nothing: str) -> str:
    every = list(lines)
    more = [f"and {len(every) - _MOST_SHOWN} more"] if len(every) > _MOST_SHOWN else []
    return indented([*every[:_MOST_SHOWN], *more], nothing)
