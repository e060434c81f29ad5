"""The browser's own switch: Playwright sets it page by page, and breaks off where one goes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import own_loop
import pytest
from playwright.async_api import Error

from pytest_offline.browser.async_session import AsyncSession
from pytest_offline.bundles.runner.switching import switch

GONE = "Target page, context or browser has been closed"


class Context:
    """Breaks off so many times before it obeys."""

    pages = ()

    def __init__(self, breaks: int) -> None:
        self.breaks = breaks
        self.offline = False

    def set_offline(self, offline: bool) -> None:
        self.breaks -= 1
        if self.breaks >= 0:
            raise Error(GONE)
        self.offline = offline

    def on(self, *_: object) -> None:
        pass


class AsyncContext(Context):
    async def set_offline(self, offline: bool) -> None:  # type: ignore[override]
        super().set_offline(offline)


def switched(context: Any) -> None:
    async def opened(**_: object) -> None:
        raise AssertionError("nothing is opened here")

    async def scene() -> None:
        browser: Any = SimpleNamespace(
            browser_type=SimpleNamespace(name="chromium"),
            contexts=[context],
            on=lambda *_: None,
            remove_listener=lambda *_: None,
            new_context=opened,
            new_page=opened,
        )
        session = AsyncSession(browser)
        session.start()
        session.set_offline(True)
        try:
            assert await session.settled()
        finally:
            session.stop()

    own_loop.run(scene)


def test_a_coroutine_sets_it_again_while_pages_close() -> None:
    context = AsyncContext(breaks=2)
    switched(context)
    assert context.offline


def test_a_coroutine_is_told_where_it_goes_on_breaking_off() -> None:
    with pytest.raises(Error, match=GONE):
        switched(AsyncContext(breaks=3))


def test_a_bundle_sets_it_again_too() -> None:
    context: Any = Context(breaks=2)
    switch(context, offline=True)
    assert context.offline
    with pytest.raises(Error, match=GONE):
        switch(Context(breaks=3), offline=True)  # type: ignore[arg-type]
