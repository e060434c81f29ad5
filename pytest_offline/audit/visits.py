"""The two rounds of an audit: every page online, then every page with the network gone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pytest_offline.audit.frontier import Frontier, Target
from pytest_offline.audit.looks import Look, Sub
from pytest_offline.audit.options import Progress
from pytest_offline.audit.tab import Patience, Tab
from pytest_offline.browser.side_by_side import let_go, side_by_side
from pytest_offline.record.auditing import Skipped

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

Tool = TypeVar("Tool")
Work = TypeVar("Work")

_CLOSING_S = 5.0
_LOOK_MS = 20
_MOST_LATE = 10
"""So many pages that ran out of time get another chance; where there are more, it is the site."""

_PAGES = ("", "text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Offline:
    """The two visits of a page offline, and the requests for documents in each."""

    cold: Look
    warm: Look
    documents: tuple[Sub, ...] = ()
    warm_documents: tuple[Sub, ...] = ()


@dataclass
class Visitor:
    """Tabs of one context that share the work.

    Attributes:
        home: shows the start page throughout, to be asked about caches and workers.
        online, offline: what was seen, by path.
        skipped: what was found and is no page that could be audited.
        control: what was seen offline at a path that nothing was ever kept for.
    """

    browser: Browser
    context: BrowserContext
    home: Tab
    base: str
    tabs: int
    patience: Patience
    progress: Progress
    online: dict[str, Look] = field(default_factory=dict[str, Look])
    offline: dict[str, Offline] = field(default_factory=dict[str, Offline])
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    control: Look | None = None
    _spare: list[Tab] = field(default_factory=list[Tab])
    _closing: set[Tab] = field(default_factory=set[Tab])

    def crawl(self, frontier: Frontier) -> None:
        """Visits what is known, then what that links to, level by level, within the limits."""
        try:
            while level := frontier.next_level():
                self.progress.stage("online", len(level))
                self._level(level, frontier)
        finally:
            spares = list(self._spare)
            self._share(spares, [None] * len(spares), lambda _, tab: self._clear(tab))

    def _level(self, level: Sequence[Target], frontier: Frontier) -> None:
        """Pages found together; those out of time once more, alone: they may lead to others."""
        late: list[Target] = []

        def one(tab: Tab, target: Target) -> None:
            look = tab.visit(target.path, "online")
            if tab.late and len(late) < _MOST_LATE:
                late.append(target)
            else:
                self._see(look, tab, target, frontier)

        def alone(tab: Tab, target: Target) -> None:
            look = tab.visit(target.path, "online", unhurried=True)
            self._see(look, tab, target, frontier)

        tabs = self._spares(len(level))
        self._share(level, tabs, one)
        self._share(late, tabs[:1], alone)

    def go_offline(self, paths: Sequence[str], control: str) -> None:
        """Opens every page in a tab of its own, and reloads it there; the control is not reloaded.

        What was not done in time is opened again when nothing else goes on: a busy machine is no
        reason to call a page dead.
        """
        self.progress.stage("offline", len(paths) + 1)
        late: list[str] = []

        def one(unhurried: bool, path: str) -> None:
            tab = self._tab()
            cold = tab.visit(path, "cold", unhurried=unhurried)
            slow = tab.late
            if path == control:
                self.control = cold
            else:
                cold = tab.still(cold)
                documents = tab.documents
                # The browser's own page cannot be reloaded in every build.
                warm = tab.reload(path) if cold.opened else tab.visit(path, "warm")
                self.offline[path] = Offline(cold, warm, documents, tab.documents)
                # A script may draw only after a pause that no wait for quiet outlasts.
                blank = any(look.opened and look.blank for look in (cold, warm))
                slow |= blank and not self.online[path].blank
            if slow or tab.late:
                late.append(path)
            self._let_go(tab)
            self.progress.step(path)

        self._share([*paths, control], [False] * self.tabs, one)
        self._share(late[:_MOST_LATE], [True], one)

    def again(self, paths: Sequence[str]) -> dict[str, Look]:
        """Pages visited online once more, to see what changes by itself; those that open."""
        found: dict[str, Look] = {}
        late: list[str] = []

        def one(tab: Tab, path: str, *, unhurried: bool = False) -> None:
            look = tab.visit(path, "online", unhurried=unhurried)
            # Of a page that did not come, every word would seem to change by itself.
            if look.opened:
                found[path] = look
            if tab.late:
                late.append(path)

        tabs = self._spares(len(paths))
        self._share(paths, tabs, one)
        self._share(late[:_MOST_LATE], tabs[:1], lambda tab, path: one(tab, path, unhurried=True))
        return found

    def _spares(self, most: int) -> list[Tab]:
        """Tabs that show one page after the other: to open one costs more than a visit does."""
        while len(self._spare) < min(self.tabs, most):
            self._spare.append(self._tab())
        return self._spare[:most]

    def _clear(self, tab: Tab) -> None:
        """Nothing of the site runs in a tab that waits to be used again."""
        if not tab.clear():
            self._spare.remove(tab)
            self._let_go(tab)

    def _see(self, look: Look, tab: Tab, target: Target, frontier: Frontier) -> None:
        why = _no_page(look, tab, target)
        if why:
            self.skipped.append(Skipped(target.path, why, target.found_by))
        else:
            self.online[target.path] = look
            frontier.add_links(look.links, target.path, target.depth)
        self.progress.step(target.path)

    def _let_go(self, tab: Tab) -> None:
        """Closes a tab while the next page is on its way."""
        self._closing.add(tab)

        def close() -> None:
            tab.close()
            self._closing.discard(tab)

        let_go(close)

    def _wait_for_closing(self) -> None:
        """A tab whose end is never told must not be waited for: it goes with its context."""
        deadline = time.monotonic() + _CLOSING_S
        while self._closing and time.monotonic() < deadline:
            self.home.page.wait_for_timeout(_LOOK_MS)

    def _tab(self) -> Tab:
        return Tab(self.context.new_page(), self.base, self.patience)

    def _share(
        self, work: Sequence[Work], tools: Sequence[Tool], do: Callable[[Tool, Work], None]
    ) -> None:
        """Each tool takes the next piece of work until none is left."""
        waiting = deque(work)

        def worker(tool: Tool) -> Callable[[], None]:
            def run() -> None:
                while waiting:
                    do(tool, waiting.popleft())

            return run

        side_by_side(self.browser, [worker(tool) for tool in tools[: len(work)]])
        self._wait_for_closing()


def _no_page(look: Look, tab: Tab, target: Target) -> str:
    """Why a URL is no page to audit; empty where it is one."""
    if tab.downloaded:
        return "it is a download"
    if not look.opened:
        return f"it does not open online either: {look.error or look.url}"
    if look.url.startswith(("http://", "https://")):
        return f"it leads to another site, {look.url}"
    if look.status is not None and look.status >= 400 and not target.named:
        return f"it answers {look.status} online too"
    mime = tab.documents[-1].mime if tab.documents else ""
    if mime not in _PAGES:
        return f"it is {mime}, no page"
    return ""
