"""The browser's own offline switch, set in one context."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import BrowserContext, Error

_TRIES: Final = 3


def switch(context: BrowserContext, *, offline: bool) -> None:
    """Playwright tells every page of it, and breaks off where one closes just then.

    Raises Error where it goes on breaking off.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            context.set_offline(offline)
        except Error:
            if tries_left == 0:
                raise
        else:
            break
