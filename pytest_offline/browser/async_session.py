"""The same part of a test where it drives its browser by Playwright's asynchronous API.

What a page has to be asked for (`caches`, `service_worker`) is not to be had here: their objects
ask in the middle of a call, and a call cannot wait for the loop that it was made from. What needs
no answer is the same as ever: origins, the network, the world outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from playwright.async_api import Browser, BrowserContext, Error

from pytest_offline.browser.asking import SAY, SWITCH_TRIES
from pytest_offline.browser.failures import Stopped, Unreached, sort_failed
from pytest_offline.errors import UsageError
from pytest_offline.probes import online_script
from pytest_offline.record import History

if TYPE_CHECKING:
    from playwright.sync_api import Request

    from pytest_offline.browser.opening import Complete


class AsyncSession:
    """The contexts of one test, as far as they can be watched without asking them anything.

    Attributes as those of `BrowserSession`, which it stands in for.
    """

    def __init__(self, browser: Browser, complete: Complete | None = None) -> None:
        self.browser = browser
        self.engine = browser.browser_type.name
        self.on_stopped: Stopped | None = None
        self.on_unreached: Unreached | None = None
        self.offline = False
        self.hanging = False
        self._token = f"o{secrets.token_hex(16)}" if self.engine == "firefox" else None
        self.histories: dict[Any, History] = {}
        self._complete = complete
        self._open: list[BrowserContext] = []
        self._switching: list[asyncio.Task[None]] = []
        self._undo = contextlib.ExitStack()

    def start(self) -> None:
        """Watches the contexts that are there and those to come."""
        for name in ("new_context", "new_page"):
            self._wrap(name, getattr(self.browser, name))
        self.browser.on("context", self._watch)
        self._undo.callback(self.browser.remove_listener, "context", self._watch)
        for context in self.browser.contexts:
            self._watch(context)

    def stop(self) -> None:
        """Watches no more."""
        self._undo.close()
        self._open.clear()

    def set_offline(self, offline: bool) -> None:
        """The browser's own switch, thrown as soon as the test lets the loop run.

        `settled` waits for it. Raises UsageError outside of a coroutine.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise UsageError(
                f"the network was to be set {'offline' if offline else 'online'} where no loop "
                f"runs, and this browser is driven by Playwright's asynchronous API: do it in a "
                f"coroutine, async with network.offline(): ..."
            ) from None
        self.offline = offline
        self._switching += [loop.create_task(self._switch(each, offline)) for each in self._open]

    async def _switch(self, context: BrowserContext, offline: bool) -> None:
        for tries_left in reversed(range(SWITCH_TRIES)):
            try:
                await context.set_offline(offline)
            except Error:
                if tries_left == 0 and context in self._open:
                    raise
            else:
                break
        if offline or self._token is None:
            return
        for frame in [frame for page in context.pages for frame in page.frames]:
            with contextlib.suppress(Error):  # it has gone: the next is opened online
                await frame.evaluate(SAY, self._token)

    async def settled(self) -> bool:
        """Waits until the browser has done what it was told; whether there was anything."""
        switching, self._switching = self._switching, []
        await asyncio.gather(*switching)
        return bool(switching)

    def pump(self) -> None:
        """Events come in whenever the test awaits something."""

    def drain(self, origin: str, wait: float = 0) -> int:
        """Nothing is recorded: nobody could ask for it."""
        return 0

    def _wrap(self, name: str, original: Callable[..., Any]) -> None:
        async def opened(*args: Any, **options: Any) -> Any:
            found = await original(*args, **(self._complete or dict)(options))
            context = found.context if name == "new_page" else found
            self._watch(context)
            if self._token is not None:
                await context.add_init_script(online_script(self._token))
            if self.offline:
                await context.set_offline(True)
            return found

        setattr(self.browser, name, opened)
        self._undo.callback(setattr, self.browser, name, original)

    def _watch(self, context: BrowserContext) -> None:
        if context not in self._open:
            self._open.append(context)
            context.on("close", self._forget)
            context.on("requestfailed", self._note_failed)

    def _forget(self, context: BrowserContext) -> None:
        if context in self._open:
            self._open.remove(context)

    def _note_failed(self, request: object) -> None:
        # Both APIs know a request by the same names; this one's properties wait for nothing.
        sort_failed(cast("Request", request), self.on_stopped, self.on_unreached)
