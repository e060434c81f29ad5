"""One test's view of its browser: every context is watched, and every record is brought home.

A session takes in batches of records by three ways (see ``probes/page.js``) and hands them out as
one `History`. It never opens a page of its own while any page of the origin is open.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page, Request

from pytest_offline.errors import BrowserError, ProbeError, UsageError
from pytest_offline.probes import READER_PATH, page_script
from pytest_offline.record import History, decode_batches

# Who else dispatches this event is answered by nobody: the page's probe listens for a name that
# only this process knows. `answered` tells a page without a probe from one that is slow.
_ASK: Final = """([token, asked]) => new Promise((resolve, reject) => {
  const detail = Object.assign({}, asked, {resolve, reject, answered: false});
  window.dispatchEvent(new CustomEvent(token, {detail}));
  if (!detail.answered) { reject(new Error("no probe here")); }
})"""

# Chromium, Firefox: what a request fails with when the browser's own switch stopped it.
_OFFLINE_FAILURES: Final = ("net::ERR_INTERNET_DISCONNECTED", "NS_ERROR_OFFLINE")

# A document that goes away while it is asked; the next one will be asked in its stead.
_GONE: Final = ("Execution context was destroyed", "Frame was detached", "frame got detached",
                "Cannot find context", "has been closed", "most likely because of a navigation",
                "DiscardedBrowsingContextError", "no such frame", "AbortError")  # fmt: skip

Stopped = Callable[[Request], None]


class BrowserSession:
    """The contexts of one test, with a probe in every page of them.

    Args:
        browser: the browser, shared by the tests of a run.
        on_stopped: called with each request that the browser's own offline switch stopped.
    """

    def __init__(self, browser: Browser, on_stopped: Stopped | None = None) -> None:
        self.browser = browser
        self.history = History()
        self.on_stopped = on_stopped
        self.offline = False
        self._token = f"o{secrets.token_hex(16)}"
        self._binding = f"o{secrets.token_hex(16)}"
        self._contexts: list[BrowserContext] = []
        self._read: dict[tuple[int, str], int] = {}

    def start(self) -> None:
        """Watches the contexts that are there and those to come."""
        self.browser.on("context", self._watch)
        for context in self.browser.contexts:
            self._watch(context)

    def stop(self) -> None:
        """Watches no more; contexts that this test left offline are online again."""
        self.browser.remove_listener("context", self._watch)
        if self.offline:
            with contextlib.suppress(Error):
                self.set_offline(False)
        self._contexts.clear()

    @property
    def contexts(self) -> tuple[BrowserContext, ...]:
        """The contexts that are open."""
        return tuple(self._contexts)

    def set_offline(self, offline: bool) -> None:
        """The browser's own switch, in every context of the test and those opened later."""
        self.offline = offline
        for context in self.contexts:
            context.set_offline(offline)

    def ask(self, frame: Frame, question: str, **asked: object) -> object:
        """Puts one question to the probe of a frame, in one ``evaluate``.

        Raises UsageError where the page was opened before the probe was there, BrowserError where
        the browser died.
        """
        try:
            answer = frame.evaluate(_ASK, [self._token, {"question": question, **asked}])
        except Error as error:
            raise self._asking_failed(frame, question, error) from error
        return json.loads(cast(str, answer))

    def drain(self, origin: str, wait: float = 0) -> int:
        """Brings in what has been recorded; returns how many records were new.

        Args:
            origin: the origin's URL, ending in ``/``: whose workers' records are read too.
            wait: milliseconds to wait for something new in the page asked first.
        """
        new = 0
        for context in self.contexts:
            frames = [frame for page in context.pages for frame in page.frames if _has_probe(frame)]
            for frame in frames:
                new += self._drain_frame(context, frame, 0 if new else wait)
                wait = 0
            if not any(frame.url.startswith(origin) for frame in frames):
                new += self._drain_by_reader(context, origin)
        return new

    def frame_of(self, origin: str) -> Frame:
        """A frame of the origin, the newest page's main frame first.

        Raises UsageError where no page of the origin is open.
        """
        for context in reversed(self.contexts):
            for page in reversed(context.pages):
                for frame in page.frames:
                    if frame.url.startswith(origin):
                        return frame
        opened = [page.url for context in self.contexts for page in context.pages]
        raise UsageError(
            f"no page of {origin} is open, so its caches and workers cannot be asked "
            f"(open now: {', '.join(opened) or 'no page'}); call page.goto(origin.url) first"
        )

    def _watch(self, context: BrowserContext) -> None:
        if context in self._contexts:
            return
        self._contexts.append(context)
        context.on("close", self._forget)
        context.on("page", self._watch_page)
        context.on("requestfailed", self._note_failed)
        context.expose_binding(self._binding, self._take)
        context.add_init_script(page_script(self._token, self._binding))
        if self.offline:
            context.set_offline(True)
        for page in context.pages:
            self._watch_page(page)

    def _forget(self, context: BrowserContext) -> None:
        if context in self._contexts:
            self._contexts.remove(context)

    def _watch_page(self, page: Page) -> None:
        """A page that the test closes is asked for its last records before it goes."""
        close = page.close

        def close_after_reading(**options: Any) -> None:
            for frame in page.frames:
                if _has_probe(frame):
                    self._drain_frame(page.context, frame, 0)
            close(**options)

        page.close = close_after_reading  # pyright: ignore[reportAttributeAccessIssue]

    def _take(self, _source: object, text: str) -> None:
        self.history.add(decode_batches([json.loads(text)]))

    def _note_failed(self, request: Request) -> None:
        if self.on_stopped and request.failure in _OFFLINE_FAILURES:
            self.on_stopped(request)

    def _drain_frame(self, context: BrowserContext, frame: Frame, wait: float) -> int:
        origin = "/".join(frame.url.split("/", 3)[:3]) + "/"
        key = (id(context), origin)
        try:
            answer = self.ask(frame, "drain", after=self._read.get(key, 0), wait=wait)
        except _DocumentGone:
            return 0
        fields = cast(dict[str, Any], answer)
        self._read[key] = max(self._read.get(key, 0), int(fields["last"]))
        return self.history.add(decode_batches(fields["batches"]))

    def _drain_by_reader(self, context: BrowserContext, origin: str) -> int:
        """Reads the stored log through an empty page, where workers may have recorded something."""
        if not self._visited(context, origin) or not context.pages:
            return 0
        page = context.new_page()
        try:
            page.goto(origin.rstrip("/") + READER_PATH)
            return self._drain_frame(context, page.main_frame, 0)
        except Error:
            # Offline, and no worker answers for the reader: what the log holds is read later.
            return 0
        finally:
            page.close()

    def _visited(self, context: BrowserContext, origin: str) -> bool:
        return (id(context), origin) in self._read

    def _asking_failed(self, frame: Frame, question: str, error: Error) -> Exception:
        text = error.message
        if any(gone in text for gone in _GONE):
            if not self.browser.is_connected():
                return BrowserError(
                    f"the browser died while {frame.url} was asked for {question!r}: {text}"
                )
            return _DocumentGone(text)
        if "no probe here" in text:
            return UsageError(
                f"{frame.url} was opened before pytest_offline watched its context, so nothing of "
                f"it was recorded; ask for the fixture before the page is opened, or reload it"
            )
        return ProbeError(f"asking {frame.url} for {question!r} failed: {text}")


class _DocumentGone(Exception):
    """The document that was asked has been replaced."""


def _has_probe(frame: Frame) -> bool:
    return frame.url.startswith(("http://", "https://"))


def frames_of(context: BrowserContext) -> Iterator[Frame]:
    """Every frame of every page of the context."""
    for page in context.pages:
        yield from page.frames
