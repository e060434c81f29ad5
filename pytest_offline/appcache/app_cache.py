"""The application caches of one origin, as a test sees them: events, entries, status, calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_args

from pytest_offline.appcache.deploying import Deploying
from pytest_offline.appcache.missing import missing_lines
from pytest_offline.errors import JSError, ManifestError, UsageError
from pytest_offline.model import Manifest
from pytest_offline.record import (
    APPCACHE_STATUSES,
    AppCacheCall,
    AppCacheDocument,
    AppCacheEntry,
    AppCacheEvent,
    AppCacheEventName,
    AppCacheMethod,
    AppCacheSnapshot,
    AppCacheStatus,
    AppCacheWord,
)

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.compare.appcache import AppCacheComparison
    from pytest_offline.model.appcache.selection import ApplicationCaches
    from pytest_offline.origin import Origin
    from pytest_offline.scene import Scene

_NEWS_MS: Final = 250
"""How long one question waits for news before what was recorded is looked at again."""

_PATIENCE_MS: Final = 15_000
"""How long is waited for what is to come: a download of some files may take so long in CI."""

_DONE: Final = ("noupdate", "cached", "updateready", "obsolete")
"""The events that end an update well."""

_MOST_TRIES: Final = 20
"""How often a page that goes on moving is asked before the test hears of it."""

Seen = TypeVar("Seen")

_WAYS_OUT: Final[dict[AppCacheMethod, str]] = {
    "update": "the page has no application cache yet, or an obsolete one: wait_for('cached') first",
    "swapCache": "no newer version is there to swap in: wait_for('updateready') first",
    "abort": "the platform refuses it in this state",
}


class AppCache(Deploying):
    """What the origin's pages did with their application caches, and what the browser holds.

    You get one from the fixture ``appcache``. Where a page is meant and none is given, it is the
    newest page of the origin. A frame may be given in place of a page.
    """

    def __init__(self, scene: Scene, origin: Origin) -> None:
        super().__init__(origin)
        self._scene = scene
        self._passed: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<AppCache of {self._origin.url}>"

    @property
    def origin(self) -> Origin:
        """The origin they belong to."""
        return self._origin

    @property
    def supported(self) -> bool:
        """Whether the browser has ``applicationCache``."""
        with self._session.frame_of(self._origin.url) as frame:
            return bool(self._session.ask(frame, "appcache")["supported"])

    @property
    def status(self) -> AppCacheStatus:
        """``applicationCache.status`` of the newest page, by its name: ``UNCACHED``, ``IDLE``, …"""
        return self.status_of()

    def status_of(self, page: Page | Frame | None = None) -> AppCacheStatus:
        """`status` of the page given."""
        return APPCACHE_STATUSES[int(self._steadily(lambda: self._ask(page))["status"])]

    @property
    def words(self) -> tuple[AppCacheWord, ...]:
        """Documents, events and calls, by time."""
        self._scene.drain(self._origin)
        words = self._scene.appcache_words(self._origin)
        # So that the ledger knows a manifest of any name.
        self._origin.manifests.update(
            word.manifest.removeprefix(self._origin.base)
            for word in words
            if isinstance(word, AppCacheDocument) and word.manifest is not None
        )
        return words

    @property
    def events(self) -> tuple[AppCacheEvent, ...]:
        """Every event at every document of the origin, frames too, by time."""
        return tuple(word for word in self.words if isinstance(word, AppCacheEvent))

    @property
    def calls(self) -> tuple[AppCacheCall, ...]:
        """Every call of ``update()``, ``swapCache()`` and ``abort()``, the test's own too."""
        return tuple(word for word in self.words if isinstance(word, AppCacheCall))

    @property
    def documents(self) -> tuple[AppCacheDocument, ...]:
        """Every document of the origin, and the manifest that its root element names."""
        return tuple(word for word in self.words if isinstance(word, AppCacheDocument))

    def entries(self, page: Page | Frame | None = None) -> tuple[AppCacheEntry, ...]:
        """What is in the cache of the page, as the browser itself lists it, by URL.

        Without an application cache: nothing. A page that was opened from the old version shows
        the old one until it is opened again, or has called ``swapCache()``.
        """
        snapshot = self.snapshot(page)
        return () if snapshot is None else snapshot.entries

    def snapshot(self, page: Page | Frame | None = None) -> AppCacheSnapshot | None:
        """As `entries`, with the URL of the manifest; None where the page has no cache."""
        from pytest_offline.browser.appcache_list import appcache_of

        return self._steadily(lambda: appcache_of(self._frame(page)))

    def events_of(self, page: Page | Frame | None = None) -> tuple[AppCacheEvent, ...]:
        """The events of the document that the page shows now, not those before a reload."""
        place = self._steadily(lambda: self._place_id(self._frame(page)))
        return tuple(event for event in self.events if event.place and event.place.id == place)

    def update(self, page: Page | Frame | None = None) -> None:
        """Calls ``applicationCache.update()``, and does not wait for what comes of it.

        Raises:
            JSError: ``InvalidStateError``: the page has no application cache.
        """
        self._call("update", page)

    def swap_cache(self, page: Page | Frame | None = None) -> None:
        """Calls ``applicationCache.swapCache()``.

        Raises:
            JSError: ``InvalidStateError``: there is no newer version.
        """
        self._call("swapCache", page)

    def abort(self, page: Page | Frame | None = None) -> None:
        """Calls ``applicationCache.abort()``."""
        self._call("abort", page)

    def wait_for(
        self,
        name: AppCacheEventName,
        *others: AppCacheEventName,
        page: Page | Frame | None = None,
        timeout: float = _PATIENCE_MS,
    ) -> AppCacheEvent:
        """Waits until the event, or the first of several, was fired, and returns it.

        One that has been fired already counts, once: what this method has returned, and all that
        the same document saw before it, is over; so is what a document saw before the test called
        `update` on it.

        Args:
            name, others: ``checking``, ``cached``, ``updateready``, ….
            page: whose event; any of the origin's by default.
            timeout: milliseconds.

        Raises:
            UsageError: there is no event of that name.
            AssertionError: it did not come; the message says what did, and what is missing.
        """
        __tracebackhide__ = True
        names = (name, *others)
        _check_names(names)
        deadline = time.monotonic() + timeout / 1000
        while True:
            for event in self._to_come(page):
                if event.name in names:
                    self._pass(event)
                    return event
            left = (deadline - time.monotonic()) * 1000
            if left <= 0:
                raise AssertionError(self._too_late(names, page, timeout))
            self.wait_for_news(min(left, _NEWS_MS))

    def wait_for_news(self, milliseconds: float) -> None:
        """Waits until something new was recorded, at most so long."""
        self._scene.drain(self._origin, milliseconds)

    def compare(self) -> tuple[AppCacheComparison, ...]:
        """The history and what the browser holds against the model, as data, for each context."""
        from pytest_offline.appcache.verifying import comparisons

        return comparisons(self._scene, self._session)

    @property
    def model(self) -> ApplicationCaches:
        """The reference caches that the history leads to, of the newest context."""
        return self.compare()[-1].model

    def verify(self, *, timeout: float = _PATIENCE_MS) -> None:
        """Holds events, calls and entries against the model; causes are what the origin served.

        Args:
            timeout: milliseconds to wait for what the model says is still to come.

        Raises:
            ModelMismatch: the first that differs, what the model allows in its place, and why.
            ProbeError: a record is lost, so no verdict is possible.
            UsageError: no page of the origin was opened.
        """
        from pytest_offline.appcache.verifying import mismatch_of

        deadline = time.monotonic() + timeout / 1000
        while True:
            found = self.compare()
            left = (deadline - time.monotonic()) * 1000
            if left <= 0 or not any(each.overdue for each in found):
                break
            self.wait_for_news(min(left, _NEWS_MS))
        for mismatch in map(mismatch_of, found):
            if mismatch is not None:
                raise mismatch

    def _to_come(self, page: Page | Frame | None) -> Iterator[AppCacheEvent]:
        """Events that no waiting is over with, by time."""
        wanted = None if page is None else self._place_id(self._frame(page))
        for event in self.events:
            assert event.place is not None  # every recorded event has one
            mine = wanted is None or event.place.id == wanted
            if mine and event.time > self._passed.get(event.place.id, 0):
                yield event

    def _pass(self, event: AppCacheEvent) -> None:
        assert event.place is not None
        self._passed[event.place.id] = event.time

    def _too_late(self, names: Sequence[str], page: Page | Frame | None, timeout: float) -> str:
        seen = [str(event) for event in self._to_come(page)]
        over = len(self.events) - len(seen)
        counted = [f"({over} earlier events are over)"] if over else []
        wanted = " or ".join(map(repr, names))
        lines = [
            f"waited {timeout:g} ms for {wanted} at {self._origin.url}, but saw",
            *(f"  {line}" for line in seen or ["no event"]),
            *(f"  {line}" for line in counted),
            f"  status {self.status_of(page)}",
            *self._under_way(),
        ]
        return "\n".join(lines)

    def _under_way(self) -> list[str]:
        """What the last update still waits for, or how it ended."""
        last = [event.name for event in self.events[-1:]]
        if last and last[0] in _DONE:
            return [f"nothing is under way: the last update ended with {last[0]!r}"]
        missing = self._missing()
        title = "still missing" if missing else "nothing is missing of what the manifest lists"
        return [title, *(f"  {line}" for line in missing)]

    def _missing(self) -> list[str]:
        """What the last update of the newest document's manifest has not got."""
        named = [each.manifest for each in self.documents if each.manifest is not None]
        if not named:
            return ["a manifest: no document of the origin names one"]
        try:
            served = self._origin.peek(named[-1].removeprefix(self._origin.base))[2]
            manifest = Manifest.parse(served, named[-1])
        except ManifestError as error:
            return [str(error)]
        return missing_lines(manifest, self._origin.requests.snapshot())

    def _call(self, method: AppCacheMethod, page: Page | Frame | None) -> None:
        frame = self._frame(page)
        place = self._place_id(frame)
        before = [event.time for event in self.events if event.place and event.place.id == place]
        answer = self._session.ask(frame, "appcache", method=method)
        if method == "update" and before:
            self._passed[place] = max(before)
        self._refuse_unsupported(answer)
        if answer["error"] is not None:
            status = APPCACHE_STATUSES[int(answer["status"])]
            raise JSError(
                answer["error"]["name"],
                f"applicationCache.{method}() at {frame.url}, status {status}: "
                f"{answer['error']['message']}; {_WAYS_OUT[method]}",
            )

    def _steadily(self, ask: Callable[[], Seen]) -> Seen:
        """Asks again where the page reloads itself while it is asked, as apps do on updateready."""
        from pytest_offline.browser.asking import DocumentGone

        for _ in range(_MOST_TRIES):
            try:
                return ask()
            except DocumentGone:
                self.wait_for_news(_NEWS_MS)
        return ask()

    def _ask(self, page: Page | Frame | None) -> dict[str, Any]:
        answer = self._session.ask(self._frame(page), "appcache")
        self._refuse_unsupported(answer)
        return answer

    def _refuse_unsupported(self, answer: dict[str, Any]) -> None:
        if not answer["supported"]:
            raise UsageError(
                f"{self._scene.build or 'this browser'} has no applicationCache at "
                f"{self._origin.url}; run the test in a build that has: --offline-build chromium-83"
            )

    def _place_id(self, frame: Frame) -> str:
        return str(self._session.ask(frame, "place"))

    def _frame(self, page: Page | Frame | None) -> Frame:
        if page is None:
            found = self._session.newest_frame(self._origin.url)
            if found is None:
                raise UsageError(
                    f"no page of {self._origin.url} is open, so its application cache cannot be "
                    f"asked; open one, or give page="
                )
            return found
        return cast("Frame", getattr(page, "main_frame", page))

    @property
    def _session(self) -> BrowserSession:
        return self._scene.asking(self._origin, "the application cache")


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if name not in get_args(AppCacheEventName):
            raise UsageError(
                f"appcache.wait_for({name!r}): applicationCache fires no such event; choose from "
                f"{', '.join(get_args(AppCacheEventName))}"
            )
