"""What a test does with its browser, written down while it runs, for a bundle of its failure.

Playwright's own tracing sees every call, whoever makes it, at little cost; it does not say which
page one is about, so the pages that a test opens and moves are written down beside it.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page

from pytest_offline.browser.session import BrowserSession
from pytest_offline.bundles.traces import Trace, read_trace


@dataclass(frozen=True)
class Move:
    """A page was opened (``open``) or moved (``goto``, ``close``, …), at a time in ms."""

    time: float
    page: str
    name: str


@dataclass
class Watched:
    """One context: its name, its trace once that is read, and what was seen beside it."""

    name: str
    trace: Trace | None = None
    moves: list[Move] = field(default_factory=list[Move])
    why_not: str = ""


class Recorder:
    """Writes down what a test does, in each context of a session.

    Attributes:
        watched: by context, in the order they were opened.
    """

    def __init__(self, session: BrowserSession) -> None:
        self.watched: dict[BrowserContext, Watched] = {}
        self._session = session
        self._pages: dict[Page, str] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="pytest-offline-"))
        session.on_context.append(self._begin)
        session.on_page.append(self._opened)
        session.on_move.append(self._moved)
        for context in session.contexts:
            self._begin(context)
            for page in context.pages:
                self._opened(page)

    def finish(self) -> None:
        """Reads the traces of contexts that are open still; they go on without."""
        for context in self._session.contexts:
            self._end(context)

    def name_of(self, page: Page) -> str:
        """What a page is called in the bundle."""
        return self._pages[page]

    def close(self) -> None:
        """Stops, and throws everything away."""
        session = self._session
        session.on_context.remove(self._begin)
        session.on_page.remove(self._opened)
        session.on_move.remove(self._moved)
        for context, watched in self.watched.items():
            if watched.trace is None and context in session.contexts:
                with contextlib.suppress(Error):
                    context.tracing.stop()
        for file in self._folder.iterdir():
            file.unlink()
        self._folder.rmdir()

    def _begin(self, context: BrowserContext) -> None:
        number = len(self.watched) + 1
        watched = Watched("context" if number == 1 else f"context-{number}")
        self.watched[context] = watched
        try:
            context.tracing.start(title="pytest-offline")
        except Error as error:
            watched.why_not = f"its calls were not seen: {error.message.splitlines()[0]}"
            return
        # A test that traces for itself has the one trace that there can be.
        self._before(context.tracing, "start", lambda: self._end(context))
        self._before(context, "close", lambda: self._end(context))

    def _before(self, owner: Any, name: str, act: Callable[[], None]) -> None:
        original = getattr(owner, name)

        def called(*args: Any, **options: Any) -> Any:
            act()
            return original(*args, **options)

        setattr(owner, name, called)

    def _end(self, context: BrowserContext) -> None:
        watched = self.watched[context]
        if watched.trace is not None or watched.why_not:
            return
        path = self._folder / f"{watched.name}.zip"
        try:
            context.tracing.stop(path=path)
            watched.trace = read_trace(path)
        except (Error, OSError, KeyError, ValueError) as error:
            watched.why_not = f"its calls could not be read: {error}"

    def _opened(self, page: Page) -> None:
        number = len(self._pages) + 1
        self._pages[page] = "page" if number == 1 else f"page-{number}"
        self._moved(page, "open")

    def _moved(self, page: Page, name: str) -> None:
        watched = self.watched.get(page.context)
        if watched is not None and page in self._pages:
            watched.moves.append(Move(time.time() * 1000, self._pages[page], name))
