"""What a report wants of a test's browser while it runs: pictures, and what befell its pages.

Made only where a report is asked for. Nothing here may fail a test or change what it sees: what
cannot be had is a remark in the report.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from pytest_offline.errors import OfflineError
from pytest_offline.record import Condition, Moment
from pytest_offline.report import Holding, PageNote, Picture

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from pytest_offline.browser.session import BrowserSession
    from pytest_offline.scene import Scene

MOST_PICTURES: Final = 12
"""Of one test: a test that flips its network by the hundred shows the first."""

_MOST_NOTES: Final = 2_000
_QUALITY: Final = 55
_LIMIT_MS: Final = 10_000
"""Enough on a busy machine. A page that does not answer in it is not asked again in its test."""


class Watcher:
    """One test's, from the moment its scene is set.

    Attributes:
        pictures: the last look before the network went away or came back, and the one at the end.
        notes: what befell the pages, as moments.
        remarks: sentences about what could not be had.
    """

    def __init__(self, scene: Scene) -> None:
        self.pictures: list[Picture] = []
        self.notes: deque[Moment] = deque(maxlen=_MOST_NOTES)
        self.remarks: dict[str, None] = {}
        self._scene = scene
        self._stuck = False
        scene.network.before_change = self._before_change
        if scene.session is not None:
            scene.session.on_context.append(self._follow)
            for context in scene.session.contexts:
                self._follow(context)
        elif scene.following is not None:
            self.remarks[
                "The test is on Playwright's asynchronous API, so there are no pictures and no "
                "cache contents: they are asked for in the middle of a call."
            ] = None

    def look(self, caption: str) -> None:
        """Takes a picture of the newest page that shows anything."""
        from playwright.sync_api import Error, TimeoutError

        session, page = self._scene.session, self._page()
        if session is None or page is None or self._stuck:
            return
        if session.hanging:
            self._remark(caption, "requests hang, and a picture waits for them")
            return
        if len(self.pictures) >= MOST_PICTURES:
            self._remark(caption, f"the test has {MOST_PICTURES} already")
            return
        condition, taken = self._scene.network.condition, time.time() * 1000
        try:
            # The caret is left as it is: hiding it puts a style sheet into the page.
            jpeg = page.screenshot(
                type="jpeg", quality=_QUALITY, timeout=_LIMIT_MS, caret="initial", scale="css"
            )
        except Error as error:
            self._stuck = isinstance(error, TimeoutError)
            self._remark(caption, error.message.splitlines()[0])
        else:
            self.pictures.append(
                Picture(taken, str(condition), caption, condition.is_away, page.url, jpeg)
            )

    def moments(self) -> tuple[Moment, ...]:
        """The timeline, and what befell the pages, by time."""
        self._scene.catch_up()
        found = [*self._scene.timeline(), *self.notes]
        return tuple(sorted(found, key=lambda moment: moment.time))

    def holdings(self) -> tuple[Holding, ...]:
        """What the caches hold now, of origins that a page is open of: no page is opened for it."""
        session = self._scene.session
        if session is None:
            return ()
        found = [
            self._holding(session, number, context, origin.url)
            for origin in self._scene.origins
            for number, context in enumerate(session.contexts)
        ]
        return tuple(each for each in found if each is not None)

    def stop(self) -> None:
        """Takes in nothing more: a context may outlive its test."""
        self._scene.network.before_change = None
        if self._scene.session is not None:
            self._scene.session.on_context.remove(self._follow)
        self.notes = deque(self.notes, maxlen=0)

    def _holding(
        self, session: BrowserSession, number: int, context: BrowserContext, origin: str
    ) -> Holding | None:
        from playwright.sync_api import Error

        try:
            snapshot = session.snapshot_in(context, origin)
        except (OfflineError, Error) as error:
            self.remarks[f"The caches of {origin} could not be read: {_first(error)}"] = None
            return None
        return None if snapshot is None else Holding(origin, number, snapshot)

    def _before_change(self, to_come: Condition) -> None:
        before = self._scene.network.condition
        if before.is_away != to_come.is_away:
            self.look(f"the last moment before {to_come}")

    def _page(self) -> Page | None:
        session = self._scene.session
        contexts = session.contexts if session is not None else ()
        pages = [page for context in contexts for page in context.pages]
        return next((page for page in reversed(pages) if page.url != "about:blank"), None)

    def _remark(self, caption: str, why: str) -> None:
        self.remarks[f"No picture, {caption}: {why}."] = None

    def _follow(self, context: BrowserContext) -> None:
        context.on("page", self._follow_page)
        context.on("console", lambda said: self._note("console", said.page, said.text, said.type))
        context.on("weberror", lambda seen: self._note("error", seen.page, str(seen.error)))
        for page in context.pages:
            self._follow_page(page)

    def _follow_page(self, page: Page) -> None:
        self._note("opened", page)
        page.on("framenavigated", lambda frame: self._moved(page, frame))
        page.on("crash", lambda _: self._note("crashed", page))
        page.on("close", lambda _: self._note("closed", page))

    def _moved(self, page: Page, frame: Any) -> None:
        if frame == page.main_frame and frame.url != "about:blank":
            self._note("navigated", page)

    def _note(self, kind: Any, page: Page | None, text: str = "", level: str = "") -> None:
        shown = f"{level}: {text}" if level and level != "log" else text
        url = page.url if page is not None else ""
        note = PageNote(kind, "" if url == "about:blank" else url, shown)
        self.notes.append(Moment(time.time() * 1000, "page", str(note), note))


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]
