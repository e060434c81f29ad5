"""One tab of a browser that visits pages and says what it saw."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from pytest_offline.audit.looks import Look, Sub, seen
from pytest_offline.record.auditing import How
from pytest_offline.record.wording import as_path

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Download, Page, Request, Response

_LOOK: Final = files(__package__ or "").joinpath("look.js").read_text("utf-8")
_QUIET: Final = files(__package__ or "").joinpath("quiet.js").read_text("utf-8")
_ENDED: Final = """() => Object.fromEntries(performance.getEntriesByType("resource")
  .filter((each) => each.responseStatus).map((each) => [each.name, each.responseStatus]))"""
_MOST_TEXT: Final = 200_000
_QUIET_MS: Final = 100
_MOST_QUIET_MS: Final = 2_000
_MOST_MOVES: Final = 5
"""How often a page may leave for another by itself before that is what is said of it."""

_ERROR_PAGE: Final = re.compile("^chrome-error:")
_ERROR_PAGE_MS: Final = 2_000

_UNHURRIED: Final = 3
_ENDLESS: Final = frozenset(("eventsource", "websocket", "media", "ping"))


@dataclass
class Patience:
    """How long a site is waited for; what has shown to be endless is waited for once.

    Attributes:
        limit: milliseconds for one page to load and come to rest.
        endless: URLs, queries left out, of requests that did not end in that time.
    """

    limit: float = 10_000
    endless: set[str] = field(default_factory=set[str])


class Tab:
    """One page of a context, listened to. One visit at a time.

    Args:
        base: the origin's URL, without a slash at its end.
        patience: shared by the tabs of an audit.

    Attributes:
        downloaded, late: whether the last visit was a download, and whether it ran out of time.
    """

    def __init__(self, page: Page, base: str, patience: Patience) -> None:
        self.page = page
        self.downloaded = False
        self.late = False
        self._base = base
        self._leaving = False
        self._looked = 0
        browser = page.context.browser
        self._chromium = browser is not None and browser.browser_type.name == "chromium"
        # Over WebDriver BiDi what a worker answers is told later.
        self._least_quiet = _QUIET_MS if self._chromium else 3 * _QUIET_MS
        self._quiet = self._least_quiet
        self._patience = patience
        self._limit = patience.limit
        self._subs: dict[Request, Sub] = {}
        self._documents: list[Request] = []
        self._pending: set[Request] = set()
        self._errors: list[str] = []
        self._remarks: list[str] = []
        page.on("request", self._requested)
        page.on("response", self._responded)
        page.on("requestfinished", self._finished)
        page.on("requestfailed", self._failed)
        page.on("pageerror", lambda error: self._errors.append(str(error.message)[:300]))
        page.on("dialog", self._dialog)
        page.on("download", self._download)
        page.on("popup", self._popup)

    def visit(self, path: str, how: How, *, unhurried: bool = False) -> Look:
        """Opens a path, waits until it has come to rest, and looks.

        Unhurried, here and in what follows, it takes a multiple of the patience: for what ran out
        of time among others and is opened alone.
        """
        self._limit = self._patience.limit * (_UNHURRIED if unhurried else 1)
        if unhurried:
            # Chromium aborts a navigation to the URL that another one is still on its way to.
            self.clear()
        return self._visited(path, how, reload=False)

    def reload(self, path: str) -> Look:
        """Reloads what is shown, which was opened as the path."""
        return self._visited(path, "warm", reload=True)

    def clear(self) -> bool:
        """Shows nothing; whether it does."""
        from playwright.sync_api import Error

        with contextlib.suppress(Error):
            self.page.goto("about:blank", timeout=_ERROR_PAGE_MS)
            self._leaving = False
            return True
        return False

    def close(self) -> None:
        """The tab is gone; a page that asks to stay is not asked.

        Chromium loses the command to close a tab whose navigation is about to be committed, and
        Playwright waits for its end for ever: so a page that may be leaving is led away first.
        """
        from playwright.sync_api import Error

        if self._leaving:
            self.clear()
        with contextlib.suppress(Error):
            self.page.close()

    def _visited(self, path: str, how: How, *, reload: bool) -> Look:
        self._begin()
        look = Look(path, how, started=time.time() * 1000)
        error = self._go(path, reload=reload)
        self._leaving = bool(error) or len(self._documents) > 1 or bool(self._pending)
        if error:
            self._looked = len(self._documents)
            look = replace(look, error=error, url=as_path(self.page.url, self._base))
        else:
            look = replace(look, **self._look())
        return self._with_events(look)

    def still(self, look: Look) -> Look:
        """The look, taken again if the page has left for another one since."""
        if len(self._documents) == self._looked or not look.opened:
            return look
        self._leaving = True
        error = self._rest(self._limit)
        found: dict[str, Any] = {"error": error} if error else self._look()
        return self._with_events(replace(look, **found))

    def _with_events(self, look: Look) -> Look:
        return replace(
            look,
            status=self.documents[-1].status if self._documents else None,
            subs=tuple(sub for request, sub in self._subs.items() if not _is_page(request)),
            script_errors=tuple(dict.fromkeys(self._errors)),
            remarks=tuple(dict.fromkeys(self._remarks)),
        )

    @property
    def documents(self) -> tuple[Sub, ...]:
        """The requests for documents that the last visit made, redirects included."""
        return tuple(self._subs[request] for request in self._documents)

    def _begin(self) -> None:
        self.downloaded = self.late = False
        self._subs.clear()
        self._pending.clear()
        self._errors.clear()
        self._remarks.clear()
        self._documents.clear()

    def _go(self, path: str, *, reload: bool) -> str:
        """Returns why it did not open, in one line; empty where it did, even if not to its end."""
        from playwright.sync_api import Error, TimeoutError

        limit = self._limit
        began = time.monotonic()
        try:
            if reload:
                self.page.reload(timeout=limit, wait_until="domcontentloaded")
            else:
                url = self._base + path
                if "#" in path and _bare(self.page.url) == _bare(url):
                    # Else nothing would be loaded: it is another place in the same document.
                    self.page.goto("about:blank")
                self.page.goto(url, timeout=limit, wait_until="domcontentloaded")
        except TimeoutError:
            if len(self._documents) > _MOST_MOVES:
                return "it goes on leaving for other pages"
            if not self._documents or self.documents[-1].status is None:
                self.late = True
                return f"nothing answered in {limit:.0f} ms"
            self.late = True
            self._remarks.append(f"it was still loading after {limit:.0f} ms")
        except Error as error:
            first = error.message.splitlines()[0]
            # A page that leaves while it loads interrupts its own navigation, and is no failure.
            if "interrupted by another navigation" not in first:
                if self.downloaded:
                    return "it is a download"
                self._let_error_page_come()
                return _told(first)
        # Where a page takes long, so does all that it does, and the events that tell of it.
        took = (time.monotonic() - began) * 1000
        self._quiet = min(max(self._least_quiet, took / 2), _MOST_QUIET_MS)
        return self._rest(limit)

    def _let_error_page_come(self) -> None:
        """Chromium says that a page failed before its error page is there, and a tab that is closed
        in between is never reported as closed.
        """
        from playwright.sync_api import Error

        if self._chromium:
            with contextlib.suppress(Error):
                self.page.wait_for_url(_ERROR_PAGE, wait_until="commit", timeout=_ERROR_PAGE_MS)

    def _rest(self, limit: float) -> str:
        """Waits until the page and its requests have come to rest."""
        from playwright.sync_api import Error

        deadline = time.monotonic() + limit / 1000
        moves = 0
        while True:
            left = max((deadline - time.monotonic()) * 1000, 0)
            try:
                self.page.evaluate(
                    _QUIET, {"quiet": self._quiet, "limit": min(left, self._quiet + 1_500)}
                )
                self._learn_of_ends()
            except Error as error:
                moves += 1
                if moves > _MOST_MOVES:
                    self._remarks.append(f"it goes on leaving for another page ({self._place()})")
                    return ""
                why = self._after_move(error)
                if why is not None:
                    return why
                continue
            if not self._waiting() or left <= 0:
                self._note_endless()
                return ""

    def _after_move(self, error: Exception) -> str | None:
        """The page left by itself: waits for the next one; returns why none is there."""
        from playwright.sync_api import Error, TimeoutError

        try:
            self.page.wait_for_load_state("domcontentloaded", timeout=self._limit)
        except TimeoutError:
            return "it goes on leaving for other pages"
        except Error as late:
            return _told(late.message.splitlines()[0])
        return _told(str(error).splitlines()[0]) if self.page.is_closed() else None

    def _learn_of_ends(self) -> None:
        """Over WebDriver BiDi the end of a request is not always told, and the page knows of it."""
        if self._chromium or not self._pending:
            return
        ended: dict[str, int] = self.page.evaluate(_ENDED)
        for request in [each for each in self._pending if each.url in ended]:
            self._pending.discard(request)
            known = self._subs.get(request)
            if known is not None and known.status is None:
                self._subs[request] = replace(known, status=ended[request.url])

    def _waiting(self) -> list[Request]:
        return [
            request
            for request in self._pending
            if request.resource_type not in _ENDLESS
            and _plain(request.url) not in self._patience.endless
        ]

    def _note_endless(self) -> None:
        for request in self._pending:
            if request.resource_type in _ENDLESS:
                continue
            self._patience.endless.add(_plain(request.url))
            url = as_path(request.url, self._base)
            self._remarks.append(f"its request for {url} did not end, so it was not waited for")

    def _look(self) -> dict[str, Any]:
        from playwright.sync_api import Error

        for _ in range(_MOST_MOVES):
            self._looked = len(self._documents)
            try:
                return seen(self._base, self.page.evaluate(_LOOK, _MOST_TEXT))
            except Error as error:
                why = self._after_move(error)
                if why is not None:
                    return {"error": why}
        return {"error": "it never stood still long enough to be looked at"}

    def _place(self) -> str:
        return as_path(self.page.url, self._base)

    def _requested(self, request: Request) -> None:
        if _is_page(request):
            self._documents.append(request)
        self._pending.add(request)
        self._subs[request] = Sub(
            as_path(request.url, self._base),
            request.resource_type,
            request.method,
            started=time.time() * 1000,
        )

    def _responded(self, response: Response) -> None:
        known = self._subs.get(response.request)
        if known is not None:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            self._subs[response.request] = replace(
                known, status=response.status, mime=kind, by_worker=response.from_service_worker
            )

    def _finished(self, request: Request) -> None:
        self._pending.discard(request)

    def _failed(self, request: Request) -> None:
        self._pending.discard(request)
        known = self._subs.get(request)
        if known is not None:
            error = _told(request.failure or "it failed")
            self._subs[request] = replace(known, error=error, status=None)

    def _dialog(self, dialog: Dialog) -> None:
        from playwright.sync_api import Error

        self._remarks.append(f"it opened a dialog ({dialog.type}): {dialog.message[:80]!r}")
        # To stay where a page asks not to be left would keep every page behind it from its turn.
        with contextlib.suppress(Error):  # it may have gone with its page
            dialog.accept()

    def _download(self, download: Download) -> None:
        from playwright.sync_api import Error

        self.downloaded = True
        self._remarks.append(f"it started a download: {download.suggested_filename!r}")
        with contextlib.suppress(Error):
            download.cancel()

    def _popup(self, page: Page) -> None:
        from playwright.sync_api import Error

        self._remarks.append("it opened another window, which was closed")
        with contextlib.suppress(Error):
            page.close()


def _is_page(request: Request) -> bool:
    from playwright.sync_api import Error

    with contextlib.suppress(Error):
        return request.is_navigation_request() and request.frame.parent_frame is None
    return False


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _plain(url: str) -> str:
    return url.partition("?")[0]


def _told(message: str) -> str:
    """A browser's words without what Playwright puts around them."""
    text = message.partition(": ")[2] if message.startswith(("Page.", "Frame.")) else message
    # All that Firefox says over WebDriver BiDi, whatever the cause.
    if "browsingContext." in text and "unknown error" in text:
        return "the browser's error page"
    return text.partition(" at http")[0].strip() or message
