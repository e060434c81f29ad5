"""The two rounds of an audit: every page online, then every page with the network gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pytest_offline.audit.frontier import Frontier, Target
from pytest_offline.audit.looks import Look, Sub
from pytest_offline.audit.options import Progress
from pytest_offline.audit.tab import Patience, Tab, fresh
from pytest_offline.browser.side_by_side import side_by_side
from pytest_offline.record.auditing import Skipped

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

Tool = TypeVar("Tool")
Work = TypeVar("Work")

_PAGES = ("", "text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Offline:
    """The two visits of a page offline, and the request for its document in the first."""

    cold: Look
    warm: Look
    document: Sub | None


@dataclass
class Visitor:
    """Tabs of one context that share the work.

    Attributes:
        online, offline: what was seen, by path.
        skipped: what was found and is no page that could be audited.
    """

    browser: Browser
    context: BrowserContext
    base: str
    tabs: int
    patience: Patience
    progress: Progress
    online: dict[str, Look] = field(default_factory=dict[str, Look])
    offline: dict[str, Offline] = field(default_factory=dict[str, Offline])
    skipped: list[Skipped] = field(default_factory=list[Skipped])

    def crawl(self, frontier: Frontier) -> None:
        """Visits what is known, then what that links to, level by level, within the limits."""
        tabs: list[Tab] = []
        try:
            while level := frontier.next_level():
                while len(tabs) < min(self.tabs, len(level)):
                    tabs.append(self._tab())
                self.progress.stage("online", len(level))
                self._share(level, tabs, lambda tab, target: self._see(tab, target, frontier))
        finally:
            for tab in tabs:
                tab.close()

    def go_offline(self, paths: Sequence[str]) -> None:
        """Opens every page in a tab of its own, and reloads it there."""
        self.progress.stage("offline", len(paths))

        def one(_: None, path: str) -> None:
            with fresh(self.context.new_page(), self.base, self.patience) as tab:
                cold = tab.visit(path, "cold")
                document = tab.document
                # The browser's own page cannot be reloaded in every build.
                warm = tab.reload(path) if cold.opened else tab.visit(path, "warm")
                self.offline[path] = Offline(cold, warm, document)
            self.progress.step(path)

        self._share(paths, [None] * self.tabs, one)

    def again(self, paths: Sequence[str]) -> dict[str, Look]:
        """Pages visited online once more, to see what changes by itself."""
        found: dict[str, Look] = {}

        def one(_: None, path: str) -> None:
            with fresh(self.context.new_page(), self.base, self.patience) as tab:
                found[path] = tab.visit(path, "online")

        self._share(paths, [None] * self.tabs, one)
        return found

    def _see(self, tab: Tab, target: Target, frontier: Frontier) -> None:
        look = tab.visit(target.path, "online")
        why = _no_page(look, tab, target)
        if why:
            self.skipped.append(Skipped(target.path, why, target.found_by))
        else:
            self.online[target.path] = look
            frontier.add_links(look.links, target.path, target.depth)
        self.progress.step(target.path)

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


def _no_page(look: Look, tab: Tab, target: Target) -> str:
    """Why a URL is no page to audit; empty where it is one."""
    if tab.downloaded:
        return "it is a download"
    if not look.opened:
        return f"it does not open online either: {look.error or look.url}"
    if look.url.startswith(("http://", "https://")):
        return f"it leads to another site, {look.url}"
    document = tab.document
    if document is not None and document.mime not in _PAGES:
        return f"it is {document.mime}, no page"
    if look.status is not None and look.status >= 400 and not target.named:
        return f"it answers {look.status} online too"
    return ""
