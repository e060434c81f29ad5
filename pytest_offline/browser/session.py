"""One test's view of its browser: every context is watched, and every record is brought home.

A session takes in batches of records by three ways (see ``probes/page.js``) and keeps one `History`
a context, for contexts share no storage. It opens a page of its own only where something is asked
of an origin that no open page belongs to, and closes it again.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final, cast

from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page, Request

from pytest_offline.browser.asking import SAY, SWITCH_TRIES, DocumentGone, NoProbe, answer_of
from pytest_offline.browser.failures import Stopped, Unreached, sort_failed
from pytest_offline.browser.old_chromium import is_old, teach_visibility
from pytest_offline.browser.opening import Complete, Opening
from pytest_offline.browser.side_by_side import later
from pytest_offline.browser.stuck_workers import StuckWorkers
from pytest_offline.errors import UsageError
from pytest_offline.probes import READER_PATH, online_script, page_script
from pytest_offline.record import History, Snapshot, decode_batches, decode_snapshot

# Moves that take the document away: it is asked for its last records first.
_MOVES: Final = ("close", "goto", "reload", "go_back", "go_forward", "set_content")

_LOOKS: Final = frozenset(("snapshot", "keys", "registrations"))
"""Questions that change nothing, so that they may be put once more."""

_TRIES: Final = 3
"""How often they are put to pages that leave as soon as they have come, before one of ours."""


class BrowserSession:
    """The contexts of one test, with a probe in every page of them.

    Args:
        browser: the browser, shared by the tests of a run.
        on_stopped: called with each request that never came to an origin, and who stopped it: the
            browser's own offline switch, or an origin that nothing listens for.
        complete: adds to the options of each context that is opened.

    Attributes:
        engine: ``chromium``, ``firefox`` or ``webkit``.
        on_unreached: called with each request whose host could not be reached.
        offline: whether the browser's own switch is thrown.
        hanging: whether the network may leave requests without an answer for ever.
        tells_online: whether documents that were opened offline hear of the network again by
            themselves (``probes/online.js``).
        on_context, on_page, on_move: who is called with each context and page that is watched from
            now on, before anyone else has it, and with each page that the test moves, and how.
        stuck: the workers of an old Chromium that may have to be started again.
    """

    def __init__(
        self,
        browser: Browser,
        on_stopped: Stopped | None = None,
        complete: Complete | None = None,
    ) -> None:
        self.browser = browser
        self.on_stopped = on_stopped
        self.on_unreached: Unreached | None = None
        self._complete = complete
        self.offline = False
        self.engine = browser.browser_type.name
        self.hanging = False
        self.tells_online = self.engine != "firefox"
        self.on_context: list[Callable[[BrowserContext], None]] = []
        self.on_page: list[Callable[[Page], None]] = []
        self.on_move: list[Callable[[Page, str], None]] = []
        self._old = is_old(browser)
        self.stuck = StuckWorkers(later)
        self._token = f"o{secrets.token_hex(16)}"
        self._binding = f"o{secrets.token_hex(16)}"
        self._histories: dict[BrowserContext, History] = {}
        self._open: list[BrowserContext] = []
        self._read: dict[tuple[BrowserContext, str], int] = {}
        self._pages: set[Page] = set()
        self._undo = contextlib.ExitStack()

    def start(self) -> None:
        """Watches the contexts that are there and those to come."""
        opening = self._undo.enter_context(
            Opening(self.browser, "new_context", self._watch, self._complete)
        )
        # It opens a context too, which is announced by the event below.
        self._undo.enter_context(
            Opening(self.browser, "new_page", self._watch_page, self._complete)
        )
        self.browser.on("context", opening.if_unexpected)
        self._undo.callback(self.browser.remove_listener, "context", opening.if_unexpected)
        for context in self.browser.contexts:
            self._watch(context)

    def stop(self) -> None:
        """Watches no more; contexts that this test left offline are online again."""
        if self.offline:
            with contextlib.suppress(Error):
                self.set_offline(False)
        with contextlib.suppress(Error):
            self._undo.close()
        self.stuck.stop()
        self._open.clear()

    def asked_by_us(self, text: str) -> bool:
        """Whether what was sent to a browser, as text, is a question of ours and not the test's."""
        return self._token in text or self._binding in text

    @property
    def contexts(self) -> tuple[BrowserContext, ...]:
        """The contexts that are open, oldest first."""
        return tuple(self._open)

    @property
    def histories(self) -> dict[BrowserContext, History]:
        """What was recorded, by context, closed ones included."""
        return self._histories

    def set_offline(self, offline: bool) -> None:
        """The browser's own switch, in every context of the test and those opened later."""
        self.offline = offline
        for context in self.contexts:
            self._switch(context, offline)
            if not offline and not self.tells_online:
                self._tell_online(context)

    def _switch(self, context: BrowserContext, offline: bool) -> None:
        """Playwright tells every page of it, and breaks off where one closes just then."""
        for tries_left in reversed(range(SWITCH_TRIES)):
            try:
                context.set_offline(offline)
            except Error:
                if tries_left == 0 and context in self._open:
                    raise
            else:
                break

    def _tell_online(self, context: BrowserContext) -> None:
        for frame in frames_of(context):
            if _has_probe(frame):
                with contextlib.suppress(Error):  # it has gone: the next is opened online
                    frame.evaluate(SAY, self._token + "online")

    def ask(self, frame: Frame, question: str, **asked: object) -> Any:
        """Puts one question to the probe of a frame, in one ``evaluate``.

        Raises UsageError where the page was opened before the probe was there, or is on its way to
        one that never answers, SiteError where the browser refused what was asked for, BrowserError
        where it died.
        """
        asking = {"question": question, **asked}
        return answer_of(self.browser, frame, self._token, asking, hanging=self.hanging)

    def ask_origin(self, origin: str, question: str, **asked: object) -> Any:
        """Puts one question to the newest page of the origin, or to an empty page opened for it.

        A page that goes away meanwhile was a means only: what takes its place is asked, and at last
        an empty page, if the question changes nothing. Raises what `ask` does.
        """
        return self._ask_in(self._nearest(origin), origin, question, asked)

    def update(self, origin: str, timeout: float, *, alone: bool = False) -> list[str]:
        """Has the browser check every registration of the origin, and waits until that settled.

        Args:
            timeout: milliseconds.
            alone: not before the versions that are being installed are.

        Returns:
            the URLs of the workers' scripts.
        """
        return self.ask_origin(origin, "update", limit=timeout, alone=alone)

    def can_ask(self, context: BrowserContext, origin: str) -> bool:
        """Whether the context is open and has or had a page of the origin."""
        return context in self._open and (
            (context, origin) in self._read or self._main_frame(context, origin) is not None
        )

    def ask_context(self, context: BrowserContext, origin: str, question: str) -> Any:
        """As `ask_origin`, in one context."""
        return self._ask_in(context, origin, question, {})

    def _ask_in(
        self, context: BrowserContext, origin: str, question: str, asked: dict[str, object]
    ) -> Any:
        again = question in _LOOKS and not self.hanging
        for _ in range(_TRIES if again else 0):
            with contextlib.suppress(DocumentGone), self._frame_in(context, origin) as frame:
                return self.ask(frame, question, **asked)
        with self._frame_in(context, origin, of_ours=again) as frame:
            return self.ask(frame, question, **asked)

    def drain(self, origin: str, wait: float = 0) -> int:
        """Brings in what has been recorded; returns how many records were new.

        Args:
            origin: the origin's URL, ending in ``/``: whose workers' records are read too.
            wait: milliseconds to wait for something new in the page asked first.
        """
        new = 0
        for context in self.contexts:
            frames = [frame for frame in frames_of(context) if _has_probe(frame)]
            for frame in frames:
                new += self._drain_frame(context, frame, 0 if new else wait)
                wait = 0
            visited = (context, origin) in self._read
            if visited and not any(frame.url.startswith(origin) for frame in frames):
                new += self._drain_by_reader(context, origin)
        return new

    def pump(self) -> None:
        """Lets the browser's own events come in: what it sent before this call is here after it."""
        for context in self.contexts:
            for page in context.pages[-1:]:
                with contextlib.suppress(Error):
                    if self.hanging:
                        page.title()  # never waits for a page that does not come
                    else:
                        page.evaluate("0")

    @contextlib.contextmanager
    def frame_of(self, origin: str) -> Generator[Frame]:
        """A frame of the origin: the newest page's, else of an empty page that is closed again.

        Raises UsageError where there is no context, or the origin cannot be reached.
        """
        with self._frame_in(self._nearest(origin), origin) as frame:
            yield frame

    def _nearest(self, origin: str) -> BrowserContext:
        if not self.contexts:
            raise UsageError(
                f"nothing is open that could be asked about {origin}: the test has no browser "
                f"context; ask for the fixture 'page' too"
            )
        having = [each for each in self.contexts if self._main_frame(each, origin) is not None]
        return (having or self.contexts)[-1]

    def newest_frame(self, origin: str) -> Frame | None:
        """The main frame of the newest page of the origin in any context; None where none is."""
        found = [self._main_frame(context, origin) for context in self.contexts]
        return next((frame for frame in reversed(found) if frame is not None), None)

    def frames_in(self, context: BrowserContext, origin: str) -> list[Frame]:
        """Every frame of the context that shows a document of the origin; none once closed."""
        known = frames_of(context) if context in self._open else ()
        return [frame for frame in known if frame.url.startswith(origin)]

    def snapshot_in(self, context: BrowserContext, origin: str) -> Snapshot | None:
        """What the caches of the origin hold, asked of a page that is open: none is opened for it.

        None where the context shows nothing of the origin. Raises what `ask` does.
        """
        frames = self.frames_in(context, origin)
        return decode_snapshot(self.ask(frames[-1], "snapshot")) if frames else None

    def _main_frame(self, context: BrowserContext, origin: str) -> Frame | None:
        for page in reversed(context.pages):
            if page.url.startswith(origin):
                return page.main_frame
        return None

    @contextlib.contextmanager
    def _frame_in(
        self, context: BrowserContext, origin: str, *, of_ours: bool = False
    ) -> Generator[Frame]:
        frame = self._main_frame(context, origin)
        if frame is not None and not of_ours:
            yield frame
            return
        page = context.new_page()
        try:
            self._open_reader(page, origin)
            yield page.main_frame
        finally:
            page.close()

    def _watch(self, context: BrowserContext) -> None:
        if context in self._histories:
            return
        self._histories[context] = History()
        self._open.append(context)
        context.on("close", self._forget)
        opening = self._undo.enter_context(Opening(context, "new_page", self._watch_page))
        context.on("page", opening.if_unexpected)
        context.on("requestfailed", self._note_failed)
        # A context may outlive the test; its next test has a probe and a session of its own.
        self._enter(cast(Any, context).expose_binding(self._binding, self._take))
        self._enter(context.add_init_script(page_script(self._token, self._binding)))
        if not self.tells_online:
            self._enter(context.add_init_script(online_script(self._token + "online")))
        if self.offline:
            context.set_offline(True)
        for page in context.pages:
            self._watch_page(page)
        for told in self.on_context:
            told(context)

    def _enter(self, disposable: Any) -> None:
        """Undone when the test ends, where this Playwright can (1.60 gives None)."""
        if disposable is not None:
            self._undo.callback(_dispose, disposable)

    def _forget(self, context: BrowserContext) -> None:
        if context in self._open:
            self._open.remove(context)

    def _watch_page(self, page: Page) -> None:
        """A page that the test moves is asked for its last records before it goes.

        Chromium loses calls of the binding that a document makes while a navigation swaps its
        process, and no build reports a page's end to the page itself when a test closes it.
        """
        if page in self._pages:
            return
        self._pages.add(page)
        for told in self.on_page:
            told(page)
        for move in _MOVES:
            setattr(page, move, self._after_reading(page, move))
        try:
            if self._old:
                self.stuck.watch(page.context, cast(Any, teach_visibility(page)))
        except Error as error:
            # One that closes as it opens, as windows of a site may, needs neither.
            if "has been closed" not in error.message:
                raise

    def _after_reading(self, page: Page, name: str) -> Callable[..., Any]:
        move = getattr(page, name)

        def moved(*args: Any, **options: Any) -> Any:
            for told in self.on_move:
                told(page, name)
            if page.context in self._open:
                for frame in page.frames:
                    if _has_probe(frame):
                        self._drain_frame(page.context, frame, 0)
            return move(*args, **options)

        return moved

    def _take(self, source: Any, text: str) -> None:
        self._history(source["context"]).add(decode_batches([json.loads(text)]))

    def _history(self, context: BrowserContext) -> History:
        return self._histories.setdefault(context, History())

    def _note_failed(self, request: Request) -> None:
        sort_failed(request, self.on_stopped, self.on_unreached)

    def _drain_frame(self, context: BrowserContext, frame: Frame, wait: float) -> int:
        origin = "/".join(frame.url.split("/", 3)[:3]) + "/"
        key = (context, origin)
        try:
            answer = self.ask(frame, "drain", after=self._read.get(key, 0), wait=wait)
        except (DocumentGone, NoProbe):
            return 0
        self._read[key] = max(self._read.get(key, 0), int(answer["last"]))
        return self._history(context).add(decode_batches(answer["batches"]))

    def _drain_by_reader(self, context: BrowserContext, origin: str) -> int:
        """Reads the stored log through an empty page, where workers may have recorded something."""
        try:
            with self._frame_in(context, origin) as frame:
                return self._drain_frame(context, frame, 0)
        except UsageError:
            # Offline, and no worker answers for the reader: what the log holds is read later.
            return 0

    def _open_reader(self, page: Page, origin: str) -> None:
        try:
            page.goto(origin.rstrip("/") + READER_PATH)
        except Error as error:
            raise UsageError(
                f"no page of {origin} is open and none can be opened now ({error.message}), so its "
                f"caches and workers cannot be asked; keep a page of it open, or go online first"
            ) from error


def _dispose(disposable: Any) -> None:
    with contextlib.suppress(Error):
        disposable.__exit__(None, None, None)


def _has_probe(frame: Frame) -> bool:
    return frame.url.startswith(("http://", "https://"))


def frames_of(context: BrowserContext) -> Iterator[Frame]:
    """Every frame of every page of the context."""
    for page in context.pages:
        yield from page.frames
