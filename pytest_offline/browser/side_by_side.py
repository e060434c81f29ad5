"""Several functions that drive pages by Playwright's synchronous API, at the same time.

Playwright's synchronous API runs one event loop, and lets go of whoever waits for an answer: its
event handlers may call it while the test itself waits, each in a greenlet of its own
(``playwright/_impl/_connection.py``, EventGreenlet). Here functions of ours are given the same.
They take turns wherever one waits for the browser, so nothing they share needs a lock; the browser
works for all of them at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from greenlet import greenlet

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Work = Callable[[], None]


def side_by_side(browser: Browser, works: Sequence[Work]) -> None:
    """Runs all of them, and returns when the last has ended.

    Raises what the first of them raised that failed, once all have ended.
    """
    errors: list[BaseException] = []

    async def run_all() -> None:
        loop = asyncio.get_running_loop()
        ended: list[asyncio.Future[None]] = [loop.create_future() for _ in works]
        for work, end in zip(works, ended, strict=True):
            loop.call_soon(_begin, work, end, errors)
        if ended:
            await asyncio.wait(ended)

    # Nothing public waits for a coroutine; what every method of this API calls does.
    cast(Any, browser)._sync(run_all())
    if errors:
        raise errors[0]


def let_go(work: Work) -> None:
    """Begins something whose end nobody waits for; to be called from what runs side by side.

    It may not raise.
    """
    asyncio.get_running_loop().call_soon(lambda: greenlet(work).switch())


def later(seconds: float, work: Work) -> Callable[[], None]:
    """Begins something after a while, while others wait for the browser; returns what calls it off.

    To be called while Playwright's loop runs, as from its event handlers. It may not raise.
    """
    loop = asyncio.get_running_loop()
    return loop.call_later(seconds, lambda: greenlet(work).switch()).cancel


def _begin(work: Work, end: asyncio.Future[None], errors: list[BaseException]) -> None:
    def run() -> None:
        try:
            work()
        except BaseException as error:  # handed to whoever waits: here nobody would see it
            errors.append(error)
        finally:
            if not end.done():
                end.set_result(None)

    greenlet(run).switch()
